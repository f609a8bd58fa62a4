/* The pure parts of NtpClient: what an answer is, when to ask next. */
#include "client/polling.h"
#include "client/reply.h"
#include "unit.h"

#include <string.h>

#define NONCE  UINT64_C(0x0123456789abcdef)
#define SECOND (UINT64_C(1) << 32)
/* 2026-11-21, as NTP counts. */
#define TODAY (UINT64_C(3973000000) << 32)

static const struct reply_rules strict = { 0 };

/* A server's perfectly good answer. */
static struct ntp_header good_answer(void)
{
	return (struct ntp_header){
		.leap = NTP_LEAP_NONE,
		.version = 4,
		.mode = NTP_MODE_SERVER,
		.stratum = 2,
		.poll = 6,
		.precision = -20,
		.root_delay = 0.01,
		.root_dispersion = 0.02,
		.reference_id = 0xC0000201,
		.reference = TODAY - 100 * SECOND,
		.origin = NONCE,
		.receive = TODAY,
		.transmit = TODAY + 1000,
	};
}

static enum reply_verdict check_with(const struct ntp_header *answer, uint8_t mode, uint8_t version,
				     const struct reply_rules *rules)
{
	struct reply_request request = { .nonce = NONCE, .version = version, .mode = mode };
	struct reply_memory memory = { 0 };
	struct ntp_header header;
	uint8_t data[NTP_HEADER_SIZE];

	ntp_header_encode(answer, data);
	return reply_check(&request, &memory, rules, data, sizeof data, &header);
}

static enum reply_verdict check(const struct ntp_header *answer)
{
	return check_with(answer, NTP_MODE_CLIENT, 4, &strict);
}

struct bad_answer {
	const char *what;
	void (*spoil)(struct ntp_header *answer);
	enum reply_verdict verdict;
};

#define SPOIL(name, statement)                                                                     \
	static void name(struct ntp_header *answer)                                                \
	{                                                                                          \
		statement;                                                                         \
	}

SPOIL(spoil_nothing, (void)answer)
SPOIL(spoil_origin, answer->origin++)
SPOIL(spoil_origin_zero, answer->origin = 0)
SPOIL(spoil_version, answer->version = 5)
SPOIL(spoil_mode_client, answer->mode = NTP_MODE_CLIENT)
SPOIL(spoil_mode_passive, answer->mode = NTP_MODE_SYMMETRIC_PASSIVE)
SPOIL(spoil_mode_broadcast, answer->mode = NTP_MODE_BROADCAST)
SPOIL(spoil_leap, answer->leap = NTP_LEAP_UNSYNCHRONIZED)
SPOIL(spoil_stratum_16, answer->stratum = 16)
SPOIL(spoil_stratum_255, answer->stratum = 255)
SPOIL(spoil_stratum_0, (answer->stratum = 0, answer->reference_id = 0))
SPOIL(spoil_init, (answer->stratum = 0, answer->reference_id = NTP_KISS('I', 'N', 'I', 'T')))
SPOIL(spoil_rate, (answer->stratum = 0, answer->reference_id = NTP_KISS('R', 'A', 'T', 'E')))
SPOIL(spoil_deny, (answer->stratum = 0, answer->reference_id = NTP_KISS('D', 'E', 'N', 'Y')))
SPOIL(spoil_rstr, (answer->stratum = 0, answer->reference_id = NTP_KISS('R', 'S', 'T', 'R')))
SPOIL(spoil_false_deny,
      (spoil_deny(answer), answer->origin = 1)) /* a kiss by somebody who saw no request */
SPOIL(spoil_rate_bare, (spoil_rate(answer), answer->receive = answer->transmit = 0))
SPOIL(spoil_receive_zero, answer->receive = 0)
SPOIL(spoil_transmit_zero, answer->transmit = 0)
SPOIL(spoil_order, answer->receive = answer->transmit + SECOND / 400)
SPOIL(spoil_blur, (answer->precision = -20, answer->receive = answer->transmit + SECOND / 600000))
SPOIL(spoil_instant, answer->receive = answer->transmit)
SPOIL(spoil_future, answer->reference = answer->transmit + SECOND / 400)
SPOIL(spoil_future_blur,
      (answer->precision = -20, answer->reference = answer->transmit + SECOND / 600000))
SPOIL(spoil_day_old, answer->reference = answer->transmit - 86400 * SECOND)
SPOIL(spoil_older, answer->reference = answer->transmit - 86400 * SECOND - 1)
SPOIL(spoil_primary_older, (spoil_older(answer), answer->stratum = 1))
SPOIL(spoil_no_reference, answer->reference = 0)
SPOIL(spoil_windows, (answer->root_dispersion = 10.5, answer->root_delay = 1))
SPOIL(spoil_dispersion, answer->root_dispersion = 16)
SPOIL(spoil_delay, answer->root_delay = 16)
SPOIL(spoil_negative_delay, answer->root_delay = 65535.9)
SPOIL(spoil_era, (answer->receive = 5 * SECOND, answer->transmit = 6 * SECOND,
		  answer->reference = 0 - 50 * SECOND))

static const struct bad_answer bad_answers[] = {
	{ "a good one", spoil_nothing, REPLY_GOOD },
	{ "wrong origin", spoil_origin, REPLY_BOGUS },
	{ "no origin", spoil_origin_zero, REPLY_BOGUS },
	{ "a version above ours", spoil_version, REPLY_BOGUS },
	{ "a request", spoil_mode_client, REPLY_BOGUS },
	{ "passive to a client", spoil_mode_passive, REPLY_BOGUS },
	{ "a broadcast", spoil_mode_broadcast, REPLY_BOGUS },
	{ "leap 3", spoil_leap, REPLY_UNSYNCHRONIZED },
	{ "stratum 16", spoil_stratum_16, REPLY_UNSYNCHRONIZED },
	{ "stratum 255", spoil_stratum_255, REPLY_UNSYNCHRONIZED },
	{ "stratum 0 without a code", spoil_stratum_0, REPLY_UNSYNCHRONIZED },
	{ "INIT", spoil_init, REPLY_KISS_OTHER },
	{ "RATE", spoil_rate, REPLY_KISS_RATE },
	{ "RATE without times", spoil_rate_bare, REPLY_KISS_RATE },
	{ "DENY", spoil_deny, REPLY_KISS_DENY },
	{ "RSTR", spoil_rstr, REPLY_KISS_DENY },
	{ "DENY with a wrong origin", spoil_false_deny, REPLY_BOGUS },
	{ "no receive time", spoil_receive_zero, REPLY_OUT_OF_ORDER },
	{ "no transmit time", spoil_transmit_zero, REPLY_OUT_OF_ORDER },
	{ "sent before it was received", spoil_order, REPLY_OUT_OF_ORDER },
	{ "sent before it was received, within its precision", spoil_blur, REPLY_GOOD },
	{ "sent at once", spoil_instant, REPLY_GOOD },
	{ "a reference in the future", spoil_future, REPLY_STALE },
	{ "a reference in the future, within its precision", spoil_future_blur, REPLY_GOOD },
	{ "a reference a day old", spoil_day_old, REPLY_GOOD },
	{ "a reference more than a day old", spoil_older, REPLY_STALE },
	{ "a primary server's old reference", spoil_primary_older, REPLY_GOOD },
	{ "an unknown reference", spoil_no_reference, REPLY_GOOD },
	{ "Windows' dispersion", spoil_windows, REPLY_GOOD },
	{ "16 s of dispersion", spoil_dispersion, REPLY_ROOT_DISTANCE },
	{ "16 s of delay", spoil_delay, REPLY_ROOT_DISTANCE },
	{ "a negative root delay", spoil_negative_delay, REPLY_GOOD },
	{ "times on both sides of 2036", spoil_era, REPLY_GOOD },
};

START_TEST(every_kind_of_answer_gets_its_verdict)
{
	const struct bad_answer *bad = &bad_answers[_i];
	struct ntp_header answer = good_answer();

	bad->spoil(&answer);
	ck_assert_msg(check(&answer) == bad->verdict, "%s: %d", bad->what, (int)check(&answer));
}
END_TEST

START_TEST(short_and_odd_datagrams_are_bogus)
{
	struct reply_request request = { .nonce = NONCE, .version = 4, .mode = NTP_MODE_CLIENT };
	struct reply_memory memory = { 0 };
	struct ntp_header answer = good_answer(), header;
	uint8_t data[NTP_HEADER_SIZE + 3] = { 0 };

	ntp_header_encode(&answer, data);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 0, &header), REPLY_BOGUS);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 47, &header), REPLY_BOGUS);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 51, &header), REPLY_BOGUS);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header), REPLY_GOOD);
}
END_TEST

START_TEST(modes_fit_together_as_configured)
{
	const struct reply_rules lenient = { .nonstandard_modes = true };
	struct ntp_header answer = good_answer();

	answer.mode = NTP_MODE_SYMMETRIC_PASSIVE;
	ck_assert_int_eq(check_with(&answer, NTP_MODE_SYMMETRIC_ACTIVE, 4, &strict), REPLY_GOOD);
	ck_assert_int_eq(check_with(&answer, NTP_MODE_CLIENT, 4, &lenient), REPLY_BOGUS);
	answer.mode = NTP_MODE_SERVER;
	ck_assert_int_eq(check_with(&answer, NTP_MODE_SYMMETRIC_ACTIVE, 4, &strict), REPLY_BOGUS);
	ck_assert_int_eq(check_with(&answer, NTP_MODE_SYMMETRIC_ACTIVE, 4, &lenient), REPLY_GOOD);
	answer.mode = NTP_MODE_SYMMETRIC_ACTIVE;
	ck_assert_int_eq(check_with(&answer, NTP_MODE_SYMMETRIC_ACTIVE, 4, &lenient), REPLY_BOGUS);
}
END_TEST

START_TEST(answers_may_be_older_than_requests_but_not_newer)
{
	struct ntp_header answer = good_answer();

	for (uint8_t version = 1; version <= 4; version++) {
		answer.version = version;
		ck_assert_int_eq(check_with(&answer, NTP_MODE_CLIENT, 4, &strict), REPLY_GOOD);
		ck_assert_int_eq(check_with(&answer, NTP_MODE_CLIENT, 3, &strict),
				 version <= 3 ? REPLY_GOOD : REPLY_BOGUS);
	}
}
END_TEST

START_TEST(compatibility_flags_soften_the_rules)
{
	const struct reply_rules no_dispersion = { .ignore_dispersion = true };
	const struct reply_rules future = { .ignore_future_reference = true };
	struct ntp_header answer = good_answer();

	answer.root_dispersion = 1000;
	ck_assert_int_eq(check_with(&answer, NTP_MODE_CLIENT, 4, &no_dispersion), REPLY_GOOD);
	answer = good_answer();
	answer.reference = answer.transmit + 5 * SECOND;
	ck_assert_int_eq(check_with(&answer, NTP_MODE_CLIENT, 4, &future), REPLY_GOOD);
	ck_assert_int_eq(check_with(&answer, NTP_MODE_CLIENT, 4, &no_dispersion), REPLY_STALE);
}
END_TEST

START_TEST(a_second_answer_is_a_duplicate)
{
	struct reply_request request = { .nonce = NONCE, .version = 4, .mode = NTP_MODE_CLIENT };
	struct reply_memory memory = { 0 };
	struct ntp_header answer = good_answer(), header;
	uint8_t data[NTP_HEADER_SIZE];

	ntp_header_encode(&answer, data);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header), REPLY_GOOD);
	reply_remember(&memory, &request);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header),
			 REPLY_DUPLICATE);
	/* It is one for the requests that follow, too, until it is forgotten. */
	for (ntp_timestamp nonce = 1; nonce <= 15; nonce++) {
		request.nonce = nonce;
		ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header),
				 REPLY_DUPLICATE);
		reply_remember(&memory, &request);
	}
	request.nonce = 16;
	reply_remember(&memory, &request);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header), REPLY_BOGUS);
}
END_TEST

/* An answer to a request in interleaved mode: it tells when the one of eight seconds
 * ago left. */
#define INTERLEAVED_NONCE UINT64_C(0xfedcba9876543210)

static enum reply_verdict check_interleaved(const struct ntp_header *answer)
{
	const struct reply_request request = { .nonce = NONCE,
					       .interleaved_nonce = INTERLEAVED_NONCE,
					       .server_received = TODAY - 8 * SECOND,
					       .version = 4,
					       .mode = NTP_MODE_CLIENT };
	struct reply_memory memory = { 0 };
	struct ntp_header header;
	uint8_t data[NTP_HEADER_SIZE];
	enum reply_verdict verdict;

	ntp_header_encode(answer, data);
	verdict = reply_check(&request, &memory, &strict, data, sizeof data, &header);
	if (verdict == REPLY_GOOD)
		ck_assert(reply_is_interleaved(&request, &header) ==
			  (answer->origin == INTERLEAVED_NONCE));
	return verdict;
}

static struct ntp_header good_interleaved_answer(void)
{
	struct ntp_header answer = good_answer();

	answer.origin = INTERLEAVED_NONCE;
	answer.transmit = TODAY - 8 * SECOND + 1000;
	return answer;
}

SPOIL(spoil_basic, *answer = good_answer())
SPOIL(spoil_basic_order, (spoil_basic(answer), answer->transmit = TODAY - 8 * SECOND + 1000))
SPOIL(spoil_named, answer->origin = TODAY - 8 * SECOND)
SPOIL(spoil_left_early, answer->transmit = TODAY - 8 * SECOND - SECOND / 400)
SPOIL(spoil_left_at_once, answer->transmit = TODAY - 8 * SECOND)
SPOIL(spoil_left_late, answer->transmit = TODAY + SECOND / 400)
SPOIL(spoil_clock_set_back, answer->receive = TODAY - 9 * SECOND)
SPOIL(spoil_lag, (answer->receive = TODAY + 60 * SECOND, answer->transmit = TODAY + SECOND))
SPOIL(spoil_new_reference, answer->reference = TODAY - SECOND)
SPOIL(spoil_coming_reference, answer->reference = TODAY + SECOND)

static const struct bad_answer interleaved_answers[] = {
	{ "a good one", spoil_nothing, REPLY_GOOD },
	{ "one in basic mode", spoil_basic, REPLY_GOOD },
	{ "an old time in basic mode", spoil_basic_order, REPLY_OUT_OF_ORDER },
	{ "wrong origin", spoil_origin, REPLY_BOGUS },
	{ "no origin", spoil_origin_zero, REPLY_BOGUS },
	{ "the server's own time stamp as origin", spoil_named, REPLY_BOGUS },
	{ "left before it was asked for", spoil_left_early, REPLY_OUT_OF_ORDER },
	{ "left at once", spoil_left_at_once, REPLY_GOOD },
	{ "left after this one", spoil_left_late, REPLY_OUT_OF_ORDER },
	{ "left long after it was asked for", spoil_lag, REPLY_OUT_OF_ORDER },
	{ "no transmit time", spoil_transmit_zero, REPLY_OUT_OF_ORDER },
	{ "a clock that was set back", spoil_clock_set_back, REPLY_OUT_OF_ORDER },
	{ "a reference younger than the answer before", spoil_new_reference, REPLY_GOOD },
	{ "a reference in the future", spoil_coming_reference, REPLY_STALE },
	{ "leap 3", spoil_leap, REPLY_UNSYNCHRONIZED },
	{ "RATE", spoil_rate, REPLY_KISS_RATE },
};

START_TEST(interleaved_answers_get_their_verdict)
{
	const struct bad_answer *bad = &interleaved_answers[_i];
	struct ntp_header answer = good_interleaved_answer();

	bad->spoil(&answer);
	ck_assert_msg(check_interleaved(&answer) == bad->verdict, "%s: %d", bad->what,
		      (int)check_interleaved(&answer));
	/* Who did not ask for it takes none. */
	if (answer.origin != NONCE)
		ck_assert_int_eq(check(&answer), REPLY_BOGUS);
}
END_TEST

START_TEST(a_second_answer_in_the_other_mode_is_a_duplicate)
{
	const struct reply_request request = { .nonce = NONCE,
					       .interleaved_nonce = INTERLEAVED_NONCE,
					       .server_received = TODAY - 8 * SECOND,
					       .version = 4,
					       .mode = NTP_MODE_CLIENT };
	struct ntp_header basic = good_answer(), interleaved = good_interleaved_answer(), header;
	struct reply_memory memory = { 0 };
	uint8_t data[NTP_HEADER_SIZE];

	reply_remember(&memory, &request);
	ntp_header_encode(&basic, data);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header),
			 REPLY_DUPLICATE);
	ntp_header_encode(&interleaved, data);
	ck_assert_int_eq(reply_check(&request, &memory, &strict, data, 48, &header),
			 REPLY_DUPLICATE);
}
END_TEST

START_TEST(header_is_handed_out_cleaned)
{
	const struct reply_rules rules = { .ignore_dispersion = true };
	struct reply_request request = { .nonce = NONCE, .version = 4, .mode = NTP_MODE_CLIENT };
	struct reply_memory memory = { 0 };
	struct ntp_header answer = good_answer(), header;
	uint8_t data[NTP_HEADER_SIZE];

	answer.root_delay = 65535.9;
	ntp_header_encode(&answer, data);
	ck_assert_int_eq(reply_check(&request, &memory, &rules, data, 48, &header), REPLY_GOOD);
	ck_assert_double_eq(header.root_delay, 0);
	ck_assert_double_eq(header.root_dispersion, 0);
	ck_assert_uint_eq(header.stratum, 2);
	ck_assert_uint_eq(header.reference_id, 0xC0000201);
}
END_TEST

/* ------------------------------------------------------------------------- */

static const struct polling_settings controller = { .min_poll = 6, .max_poll = 10 };
static const struct polling_settings workgroup = { .min_poll = 10, .max_poll = 15 };

static int exponent(const struct polling_settings *settings, bool answered, unsigned misses,
		    int wanted)
{
	struct polling_state state = { .wanted = wanted, .answered = answered, .misses = misses };

	return polling_exponent(settings, &state);
}

START_TEST(an_answering_server_is_asked_as_the_discipline_wants)
{
	ck_assert_int_eq(exponent(&controller, true, 0, 7), 7);
	ck_assert_int_eq(exponent(&controller, true, 0, 3), 6);
	ck_assert_int_eq(exponent(&controller, true, 0, 12), 10);
	ck_assert_int_eq(exponent(&workgroup, true, 0, 6), 10);
}
END_TEST

START_TEST(a_silent_server_is_asked_ever_less)
{
	/* The transcript of three servers: the silent ones at 2^5 beside one at 2^6. */
	ck_assert_int_eq(exponent(&controller, false, 0, 6), 5);
	ck_assert_int_eq(exponent(&controller, false, 7, 6), 5);
	ck_assert_int_eq(exponent(&controller, false, 8, 6), 6);
	ck_assert_int_eq(exponent(&controller, false, 11, 6), 6);
	ck_assert_int_eq(exponent(&controller, false, 12, 6), 7);
	ck_assert_int_eq(exponent(&controller, false, 4000000000u, 6), 10);
	ck_assert_int_eq(exponent(&workgroup, false, 1000, 6), 10);
	/* One that has answered goes back to the shortest allowed interval by and by. */
	ck_assert_int_eq(exponent(&controller, true, 1, 10), 9);
	ck_assert_int_eq(exponent(&controller, true, 3, 10), 7);
	ck_assert_int_eq(exponent(&controller, true, 3, 8), 6);
	ck_assert_int_eq(exponent(&controller, true, 5, 10), 6);
	ck_assert_int_eq(exponent(&controller, true, 9, 10), 7);
	ck_assert_int_eq(exponent(&workgroup, true, 5, 15), 10);
	ck_assert_int_eq(exponent(&workgroup, true, 100, 15), 10);
}
END_TEST

START_TEST(the_special_interval_is_kept_within_the_limits)
{
	struct polling_settings settings = {
		.min_poll = 6, .max_poll = 10, .fixed = true, .special_interval = 900
	};
	struct polling_state state = { .wanted = 6, .answered = true };

	ck_assert_double_eq(polling_interval(&settings, &state), 900);
	ck_assert_int_eq(polling_exponent(&settings, &state), 10);
	settings.special_interval = 604800;
	ck_assert_double_eq(polling_interval(&settings, &state), 1024);
	settings.special_interval = 1;
	ck_assert_double_eq(polling_interval(&settings, &state), 64);
	settings.special_interval = 900;
	state.misses = 1;
	ck_assert_double_eq(polling_interval(&settings, &state), 64);
	state.misses = 100;
	ck_assert_double_eq(polling_interval(&settings, &state), 900);
}
END_TEST

START_TEST(a_server_that_said_rate_is_asked_less)
{
	struct polling_state state = { .wanted = 6, .answered = true };

	state.floor = polling_raise_floor(state.floor, 6);
	ck_assert_int_eq(polling_exponent(&controller, &state), 7);
	state.floor = polling_raise_floor(state.floor, 7);
	ck_assert_int_eq(polling_exponent(&controller, &state), 8);
	state.floor = 12;
	ck_assert_int_eq(polling_exponent(&controller, &state), 12);
	for (int i = 0; i < 100; i++)
		state.floor = polling_raise_floor(state.floor, 12);
	ck_assert_int_eq(state.floor, POLLING_EXPONENT_MAX);
}
END_TEST

START_TEST(randomized_intervals_stay_close)
{
	ck_assert_double_eq_tol(polling_randomize(1000, 0), 1001, 1e-6);
	ck_assert_double_eq_tol(polling_randomize(1000, 0x80000000), 1011, 1e-6);
	ck_assert_double_le(polling_randomize(1000, UINT32_MAX), 1021);
}
END_TEST

int main(void)
{
	TCase *reply = tcase_create("reply"), *polling = tcase_create("polling");
	TCase *const cases[] = { reply, polling, NULL };

	tcase_add_loop_test(reply, every_kind_of_answer_gets_its_verdict, 0,
			    sizeof bad_answers / sizeof bad_answers[0]);
	tcase_add_test(reply, short_and_odd_datagrams_are_bogus);
	tcase_add_test(reply, modes_fit_together_as_configured);
	tcase_add_test(reply, answers_may_be_older_than_requests_but_not_newer);
	tcase_add_test(reply, compatibility_flags_soften_the_rules);
	tcase_add_test(reply, a_second_answer_is_a_duplicate);
	tcase_add_loop_test(reply, interleaved_answers_get_their_verdict, 0,
			    sizeof interleaved_answers / sizeof *interleaved_answers);
	tcase_add_test(reply, a_second_answer_in_the_other_mode_is_a_duplicate);
	tcase_add_test(reply, header_is_handed_out_cleaned);
	tcase_add_test(polling, an_answering_server_is_asked_as_the_discipline_wants);
	tcase_add_test(polling, a_silent_server_is_asked_ever_less);
	tcase_add_test(polling, the_special_interval_is_kept_within_the_limits);
	tcase_add_test(polling, a_server_that_said_rate_is_asked_less);
	tcase_add_test(polling, randomized_intervals_stay_close);
	return unit_run("client", cases);
}
