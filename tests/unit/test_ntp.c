#include "ntp/packet.h"
#include "ntp/timestamp.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define UTC(seconds) (INT64_C(seconds) * NS_PER_SECOND)

/* 2036-02-07 06:28:16 UTC, where era 1 begins. */
#define ERA_1 UTC(2085978496)

/* Marsaglia's xorshift64: the same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* --- Timestamps ------------------------------------------------------------ */

START_TEST(dates_of_rfc_5905_figure_4)
{
	static const struct {
		int64_t unix_seconds;
		uint32_t ntp_seconds;
	} dates[] = {
		{ -2208988800, 0 },          /* 1900-01-01, era 0 */
		{ 0, 2208988800u },          /* 1970-01-01 */
		{ 63072000, 2272060800u },   /* 1972-01-01 */
		{ 946598400, 3155587200u },  /* 1999-12-31 */
		{ 2086041600, 63104 },       /* 2036-02-08, era 1 */
		{ -3506803200, 2997152896 }, /* 1858-11-17, era -1 */
	};

	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		utc_ns utc = dates[i].unix_seconds * NS_PER_SECOND;
		ntp_timestamp timestamp = ntp_from_utc(utc + NS_PER_SECOND / 2);

		ck_assert_uint_eq(timestamp >> 32, dates[i].ntp_seconds);
		ck_assert_uint_eq(timestamp & UINT32_MAX, 0x80000000u);
	}
	ck_assert_int_eq(ntp_to_utc(UINT64_C(0x83aa7e8000000000), 0), 0);
	ck_assert_int_eq(ntp_to_utc(UINT64_C(0x83aa7e8040000000), 0), 250000000);
}
END_TEST

START_TEST(eras_meet_without_a_seam)
{
	ntp_timestamp last = UINT64_MAX, first = UINT64_C(1) << 32;

	/* Whichever side the reader stands on. */
	for (int64_t around = -3600; around <= 3600; around += 1200) {
		utc_ns here = ERA_1 + around * NS_PER_SECOND;

		ck_assert_int_eq(ntp_to_utc(last, here), ERA_1);
		ck_assert_int_eq(ntp_to_utc(last - (UINT64_C(1) << 31), here),
				 ERA_1 - NS_PER_SECOND / 2);
		ck_assert_int_eq(ntp_to_utc(first, here), ERA_1 + NS_PER_SECOND);
	}
	ck_assert_uint_eq(ntp_from_utc(ERA_1 - NS_PER_SECOND), UINT64_C(0xffffffff00000000));
	ck_assert_uint_eq(ntp_from_utc(ERA_1 + NS_PER_SECOND), UINT64_C(0x0000000100000000));
}
END_TEST

START_TEST(nearest_of_two_eras_wins)
{
	const utc_ns half = UTC(0x80000000), in_2026 = UTC(1795000000);
	ntp_timestamp timestamp = ntp_from_utc(in_2026);

	ck_assert_int_eq(ntp_to_utc(timestamp, in_2026 + half - 1), in_2026);
	ck_assert_int_eq(ntp_to_utc(timestamp, in_2026 + half), in_2026 + 2 * half);
	ck_assert_int_eq(ntp_to_utc(timestamp, INT64_MIN), in_2026);
	ck_assert_int_eq(ntp_to_utc(timestamp, INT64_MAX), in_2026 + 2 * half);
	/* A clock that woke up in 1970 reads a server of 2100 as 1964: no more
	 * than two eras are told apart, and only by the reader's own clock. */
	ck_assert_int_eq(ntp_to_utc(ntp_from_utc(UTC(4102444800)), 0), UTC(4102444800) - 2 * half);
}
END_TEST

START_TEST(unknown_is_never_sent)
{
	ck_assert_uint_eq(ntp_from_utc(ERA_1), 1);
	ck_assert_uint_eq(ntp_from_utc(UTC(-2208988800)), 1);
	ck_assert_int_eq(ntp_to_utc(1, ERA_1), ERA_1);
}
END_TEST

START_TEST(timestamps_convert_there_and_back)
{
	uint64_t state = 0x77333274696d6564;

	for (int i = 0; i < 100000; i++) {
		/* 1900 to 2172, each read near its own time. */
		utc_ns utc = UTC(-2208988800) +
			     (int64_t)(next_random(&state) % (uint64_t)UTC(0x1ffffffff));
		int64_t away = (int64_t)(next_random(&state) % (uint64_t)UTC(0x7ffffffe)) -
			       UTC(0x3fffffff);

		ck_assert_int_eq(ntp_to_utc(ntp_from_utc(utc), utc + away), utc);
	}
	for (int64_t ns = 0; ns < NS_PER_SECOND; ns += 999983)
		ck_assert_int_eq(ntp_to_utc(ntp_from_utc(UTC(1795000000) + ns), UTC(1795000000)),
				 UTC(1795000000) + ns);
	ck_assert_int_eq(ntp_to_utc(ntp_from_utc(-1), 0), -1);
	ck_assert_int_eq(ntp_to_utc(ntp_from_utc(999999999), 0), 999999999);
}
END_TEST

START_TEST(order_is_kept)
{
	uint64_t state = 42;

	for (int i = 0; i < 10000; i++) {
		utc_ns utc = (int64_t)(next_random(&state) % (uint64_t)UTC(0x70000000));

		ck_assert_uint_lt(ntp_from_utc(utc), ntp_from_utc(utc + 1));
	}
}
END_TEST

START_TEST(short_format_is_an_upper_bound)
{
	uint64_t state = 1;

	ck_assert_double_eq(ntp_short_to_seconds(0x00018000), 1.5);
	ck_assert_uint_eq(ntp_short_from_seconds(1.5), 0x00018000);
	ck_assert_uint_eq(ntp_short_from_seconds(0), 0);
	ck_assert_uint_eq(ntp_short_from_seconds(-1), 0);
	ck_assert_uint_eq(ntp_short_from_seconds(1e-9), 1);
	ck_assert_uint_eq(ntp_short_from_seconds(65536), UINT32_MAX);
	ck_assert_uint_eq(ntp_short_from_seconds(1e300), UINT32_MAX);
	ck_assert_uint_eq(ntp_short_from_seconds(INFINITY), UINT32_MAX);
	ck_assert_uint_eq(ntp_short_from_seconds(-INFINITY), 0);
	ck_assert_uint_eq(ntp_short_from_seconds(NAN), UINT32_MAX);
	for (int i = 0; i < 10000; i++) {
		uint32_t value = (uint32_t)next_random(&state);

		ck_assert_uint_eq(ntp_short_from_seconds(ntp_short_to_seconds(value)), value);
	}
}
END_TEST

/* --- Headers --------------------------------------------------------------- */

/* A server's answer, every field different. */
static const uint8_t answer_bytes[NTP_HEADER_SIZE] = {
	0x24, 0x02, 0x06, 0xe9, /* leap 0, version 4, mode 4; stratum 2; poll 6; 2^-23 */
	0x00, 0x00, 0x80, 0x00, /* root delay 0.5 s */
	0x00, 0x01, 0x40, 0x00, /* root dispersion 1.25 s */
	0xc0, 0x00, 0x02, 0x01, /* 192.0.2.1 */
	0xee, 0xaa, 0x00, 0x01, 0x40, 0x00, 0x00, 0x00, /* reference */
	0xee, 0xaa, 0x00, 0x02, 0x80, 0x00, 0x00, 0x00, /* origin */
	0xee, 0xaa, 0x00, 0x03, 0xc0, 0x00, 0x00, 0x00, /* receive */
	0xee, 0xaa, 0x00, 0x04, 0xff, 0x00, 0x00, 0x01, /* transmit */
};

START_TEST(header_fields_have_their_places)
{
	struct ntp_packet packet;
	uint8_t again[NTP_HEADER_SIZE];

	ck_assert_int_eq(ntp_packet_decode(answer_bytes, sizeof answer_bytes, &packet), 0);
	ck_assert_int_eq(packet.header.leap, NTP_LEAP_NONE);
	ck_assert_int_eq(packet.header.version, 4);
	ck_assert_int_eq(packet.header.mode, NTP_MODE_SERVER);
	ck_assert_int_eq(packet.header.stratum, 2);
	ck_assert_int_eq(packet.header.poll, 6);
	ck_assert_int_eq(packet.header.precision, -23);
	ck_assert_double_eq(packet.header.root_delay, 0.5);
	ck_assert_double_eq(packet.header.root_dispersion, 1.25);
	ck_assert_uint_eq(packet.header.reference_id, 0xc0000201);
	ck_assert_uint_eq(packet.header.reference, UINT64_C(0xeeaa000140000000));
	ck_assert_uint_eq(packet.header.origin, UINT64_C(0xeeaa000280000000));
	ck_assert_uint_eq(packet.header.receive, UINT64_C(0xeeaa0003c0000000));
	ck_assert_uint_eq(packet.header.transmit, UINT64_C(0xeeaa0004ff000001));
	ck_assert_int_eq(packet.trailer, NTP_TRAILER_NONE);
	ck_assert_ptr_null(packet.mac);
	ck_assert_ptr_null(packet.extensions);

	ntp_header_encode(&packet.header, again);
	ck_assert_mem_eq(again, answer_bytes, sizeof again);
}
END_TEST

START_TEST(headers_convert_there_and_back)
{
	uint64_t state = 5905;
	uint8_t data[NTP_HEADER_SIZE], again[NTP_HEADER_SIZE];
	struct ntp_packet packet;

	for (int i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof data; j += 8) {
			uint64_t value = next_random(&state);

			memcpy(data + j, &value, 8);
		}
		if ((data[0] >> 3 & 7) == 0) {
			ck_assert_int_eq(ntp_packet_decode(data, sizeof data, &packet), -EBADMSG);
			continue;
		}
		ck_assert_int_eq(ntp_packet_decode(data, sizeof data, &packet), 0);
		ntp_header_encode(&packet.header, again);
		ck_assert_mem_eq(data, again, sizeof data);
	}
}
END_TEST

START_TEST(kiss_codes_are_letters)
{
	ck_assert_uint_eq(NTP_KISS('R', 'A', 'T', 'E'), 0x52415445);
	ck_assert_uint_eq(NTP_KISS('L', 'O', 'C', 'L'), 0x4c4f434c);
}
END_TEST

/* --- Trailers -------------------------------------------------------------- */

/* A request of VERSION with LENGTH bytes behind the header, which are all 0x11
 * unless changed. */
static size_t make_request(uint8_t *data, unsigned version, size_t length)
{
	memset(data, 0, NTP_HEADER_SIZE);
	data[0] = (uint8_t)(version << 3 | NTP_MODE_CLIENT);
	memset(data + NTP_HEADER_SIZE, 0x11, length);
	return NTP_HEADER_SIZE + length;
}

static void put_field(uint8_t *data, uint16_t type, uint16_t length)
{
	data[0] = (uint8_t)(type >> 8);
	data[1] = (uint8_t)type;
	data[2] = (uint8_t)(length >> 8);
	data[3] = (uint8_t)length;
}

START_TEST(macs_are_told_by_their_length)
{
	static const size_t macs[] = { 4, 20, 24, 36, 52, 68, 72 };
	uint8_t data[NTP_HEADER_SIZE + 128];
	struct ntp_packet packet;

	for (unsigned version = 1; version <= 4; version++) {
		for (size_t length = 1; length <= 128; length++) {
			size_t size = make_request(data, version, length);
			bool known = false;
			int result;

			for (size_t i = 0; i < sizeof macs / sizeof macs[0]; i++)
				known = known || macs[i] == length;
			result = ntp_packet_decode(data, size, &packet);
			ck_assert_msg(result == (known ? 0 : -EBADMSG), "version %u, %zu bytes: %d",
				      version, length, result);
			if (!known)
				continue;
			ck_assert_int_eq(packet.trailer, NTP_TRAILER_MAC);
			ck_assert_ptr_eq(packet.mac, data + NTP_HEADER_SIZE);
			ck_assert_uint_eq(packet.mac_length, length);
			ck_assert_ptr_null(packet.extensions);
		}
	}
}
END_TEST

START_TEST(ms_sntp_authenticators_are_macs)
{
	uint8_t data[NTP_HEADER_SIZE + 72];
	struct ntp_packet packet;

	/* The identifier of a machine account, little-endian: relative
	 * identifier 1105, the old key, and a high one. */
	static const uint8_t keys[][4] = {
		{ 0x51, 0x04, 0x00, 0x00 },
		{ 0x51, 0x04, 0x00, 0x80 },
		{ 0xff, 0xff, 0xff, 0x3f },
	};

	for (unsigned version = 3; version <= 4; version++) {
		for (size_t i = 0; i < 3; i++) {
			for (size_t length = 20; length <= 72; length += 52) {
				size_t size = make_request(data, version, length);

				memcpy(data + NTP_HEADER_SIZE, keys[i], 4);
				memset(data + NTP_HEADER_SIZE + 4, 0, length - 4);
				ck_assert_int_eq(ntp_packet_decode(data, size, &packet), 0);
				ck_assert_int_eq(packet.trailer, NTP_TRAILER_MAC);
				ck_assert_uint_eq(packet.mac_length, length);
			}
		}
	}
}
END_TEST

START_TEST(small_key_identifiers_are_no_fields)
{
	uint8_t data[NTP_HEADER_SIZE + 68];
	struct ntp_packet packet;
	size_t size = make_request(data, 4, 36);

	/* Key 36 with SHA-256 has the shape of a field of 36 bytes and type 0. */
	put_field(data + NTP_HEADER_SIZE, 0, 36);
	ck_assert_int_eq(ntp_packet_decode(data, size, &packet), 0);
	ck_assert_int_eq(packet.trailer, NTP_TRAILER_MAC);
	ck_assert_uint_eq(packet.mac_length, 36);
}
END_TEST

START_TEST(fields_are_found_one_after_another)
{
	uint8_t data[NTP_HEADER_SIZE + 256];
	struct ntp_packet packet;
	size_t size = make_request(data, 4, 16 + 28);

	put_field(data + NTP_HEADER_SIZE, 0x0104, 16);
	put_field(data + NTP_HEADER_SIZE + 16, 0x0204, 28);
	ck_assert_int_eq(ntp_packet_decode(data, size, &packet), 0);
	ck_assert_int_eq(packet.trailer, NTP_TRAILER_EXTENSIONS);
	ck_assert_ptr_eq(packet.extensions, data + NTP_HEADER_SIZE);
	ck_assert_uint_eq(packet.extensions_length, 44);
	ck_assert_ptr_null(packet.mac);
}
END_TEST

START_TEST(a_mac_may_follow_fields)
{
	static const size_t macs[] = { 4, 20, 24, 36, 52, 68, 72 };
	uint8_t data[NTP_HEADER_SIZE + 256];
	struct ntp_packet packet;

	for (size_t i = 0; i < sizeof macs / sizeof macs[0]; i++) {
		size_t size = make_request(data, 4, 32 + macs[i]);

		put_field(data + NTP_HEADER_SIZE, 0x0104, 32);
		put_field(data + NTP_HEADER_SIZE + 32, 0, 1);
		ck_assert_int_eq(ntp_packet_decode(data, size, &packet), 0);
		ck_assert_int_eq(packet.trailer, NTP_TRAILER_EXTENSIONS);
		ck_assert_uint_eq(packet.extensions_length, 32);
		ck_assert_ptr_eq(packet.mac, data + NTP_HEADER_SIZE + 32);
		ck_assert_uint_eq(packet.mac_length, macs[i]);
	}
}
END_TEST

START_TEST(fields_must_add_up)
{
	/* 0: what is not even a length; the trailer has 32 bytes. */
	static const uint16_t wrong[] = { 0, 4, 8, 12, 15, 17, 18, 20, 30, 33, 36, 0xfffc, 0xffff };
	uint8_t data[NTP_HEADER_SIZE + 32];
	struct ntp_packet packet;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		size_t size = make_request(data, 4, 32);

		put_field(data + NTP_HEADER_SIZE, 0x0104, wrong[i]);
		ck_assert_msg(ntp_packet_decode(data, size, &packet) == -EBADMSG, "length %u",
			      wrong[i]);
	}
	/* A version 3 packet has no fields, even if they are well made. */
	make_request(data, 3, 32);
	put_field(data + NTP_HEADER_SIZE, 0x0104, 32);
	ck_assert_int_eq(ntp_packet_decode(data, sizeof data, &packet), -EBADMSG);
}
END_TEST

START_TEST(what_is_too_short_is_refused)
{
	struct ntp_packet packet;

	for (size_t length = 0; length < NTP_HEADER_SIZE; length++)
		ck_assert_int_eq(ntp_packet_decode(answer_bytes, length, &packet), -EBADMSG);
}
END_TEST

/* --- Offset and delay ------------------------------------------------------ */

START_TEST(offset_and_delay_by_rfc_5905)
{
	const utc_ns now = UTC(1795000000);
	double offset, delay;

	/* 30 ms there, 10 ms back, 5 ms at a server that is 23.2 s ahead. */
	ntp_offset_delay(now, now + 23200000000 + 30000000, now + 23200000000 + 35000000,
			 now + 45000000, &offset, &delay);
	ck_assert_double_eq_tol(offset, 23.21, 1e-12);
	ck_assert_double_eq_tol(delay, 0.04, 1e-15);

	/* Half a nanosecond is not lost. */
	ntp_offset_delay(now, now + 1, now + 1, now + 1, &offset, &delay);
	ck_assert_double_eq_tol(offset, 0.5e-9, 1e-20);
	ck_assert_double_eq_tol(delay, 1e-9, 1e-20);
	ntp_offset_delay(now, now - 1, now - 1, now + 1, &offset, &delay);
	ck_assert_double_eq_tol(offset, -1.5e-9, 1e-20);
	ck_assert_double_eq_tol(delay, 1e-9, 1e-20);
}
END_TEST

START_TEST(delay_is_exact_however_far_off_the_clock_is)
{
	const utc_ns in_1970 = 0, in_2026 = UTC(1795000000);
	double offset, delay;

	ntp_offset_delay(in_1970, in_2026 + 7, in_2026 + 8, in_1970 + 15, &offset, &delay);
	ck_assert_double_eq_tol(delay, 14e-9, 1e-20);
	ck_assert_double_eq_tol(offset, 1795000000, 1e-6);

	ntp_offset_delay(INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN, &offset, &delay);
	ck_assert_double_eq(delay, 0);
	ck_assert_double_gt(offset, 9.2e9);
}
END_TEST

int main(void)
{
	TCase *timestamps = tcase_create("timestamps"), *headers = tcase_create("headers"),
	      *trailers = tcase_create("trailers"), *measurement = tcase_create("offset");
	TCase *const cases[] = { timestamps, headers, trailers, measurement, NULL };

	tcase_add_test(timestamps, dates_of_rfc_5905_figure_4);
	tcase_add_test(timestamps, eras_meet_without_a_seam);
	tcase_add_test(timestamps, nearest_of_two_eras_wins);
	tcase_add_test(timestamps, unknown_is_never_sent);
	tcase_add_test(timestamps, timestamps_convert_there_and_back);
	tcase_add_test(timestamps, order_is_kept);
	tcase_add_test(timestamps, short_format_is_an_upper_bound);
	tcase_add_test(headers, header_fields_have_their_places);
	tcase_add_test(headers, headers_convert_there_and_back);
	tcase_add_test(headers, kiss_codes_are_letters);
	tcase_add_test(headers, what_is_too_short_is_refused);
	tcase_add_test(trailers, macs_are_told_by_their_length);
	tcase_add_test(trailers, ms_sntp_authenticators_are_macs);
	tcase_add_test(trailers, small_key_identifiers_are_no_fields);
	tcase_add_test(trailers, fields_are_found_one_after_another);
	tcase_add_test(trailers, a_mac_may_follow_fields);
	tcase_add_test(trailers, fields_must_add_up);
	tcase_add_test(measurement, offset_and_delay_by_rfc_5905);
	tcase_add_test(measurement, delay_is_exact_however_far_off_the_clock_is);
	return unit_run("ntp", cases);
}
