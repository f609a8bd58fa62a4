#include "base/backoff.h"
#include "base/bytes.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timescale.h"
#include "base/utf8.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

START_TEST(numbers_are_decimal_or_hex)
{
	uint32_t value = 7;

	ck_assert_int_eq(text_parse_u32("4294967295", &value), 0);
	ck_assert_uint_eq(value, 4294967295u);
	ck_assert_int_eq(text_parse_u32("0xA", &value), 0);
	ck_assert_uint_eq(value, 10);
	ck_assert_int_eq(text_parse_u32("4294967296", &value), -ERANGE);
	ck_assert_int_eq(text_parse_u32("", &value), -EINVAL);
	ck_assert_int_eq(text_parse_u32("0x", &value), -EINVAL);
	ck_assert_int_eq(text_parse_u32("-1", &value), -EINVAL);
	ck_assert_int_eq(text_parse_u32("1 ", &value), -EINVAL);
	ck_assert_uint_eq(value, 10);
}
END_TEST

START_TEST(fractions_have_a_point)
{
	double value;

	ck_assert_int_eq(text_parse_double("-23.2", &value), 0);
	ck_assert_double_eq(value, -23.2);
	ck_assert_int_eq(text_parse_double("1e3", &value), -EINVAL);
	ck_assert_int_eq(text_parse_double("nan", &value), -EINVAL);
	ck_assert_int_eq(text_parse_double(".", &value), -EINVAL);
}
END_TEST

START_TEST(distance_counts_edits)
{
	ck_assert_uint_eq(text_distance("MaxPollInterval", "maxpollinterval"), 0);
	ck_assert_uint_eq(text_distance("MaxPolInterval", "MaxPollInterval"), 1);
	ck_assert_uint_eq(text_distance("Tpye", "Type"), 1);
	ck_assert_uint_eq(text_distance("", "Type"), 4);
}
END_TEST

START_TEST(text_never_overflows)
{
	char buffer[8];
	struct text text;

	text_init(&text, buffer, sizeof buffer);
	text_append(&text, "%s", "abc");
	text_append(&text, "%s", "defghi");
	ck_assert(text.truncated);
	ck_assert_str_eq(buffer, "abcdefg");
	text_append(&text, "x");
	ck_assert_str_eq(buffer, "abcdefg");
}
END_TEST

START_TEST(time_saturates)
{
	ck_assert_int_eq(ns_from_seconds(NAN), 0);
	ck_assert_int_eq(ns_from_seconds(1.5), 1500000000);
	ck_assert_int_eq(ns_add(INT64_MAX - 5, 1), INT64_MAX);
	ck_assert_int_eq(ns_add(INT64_MIN + 5, -1), INT64_MIN);
	ck_assert_double_eq(ns_interval(1, 1000000001), 1.0);
	ck_assert_double_gt(ns_interval(INT64_MIN, INT64_MAX), 1.8e10);
}
END_TEST

START_TEST(calendar_knows_leap_years)
{
	static const struct {
		int64_t days, year;
		int month, day;
	} rows[] = {
		{ 0, 1970, 1, 1 },       { -1, 1969, 12, 31 },    { 11016, 2000, 2, 29 },
		{ 11017, 2000, 3, 1 },   { 20777, 2026, 11, 20 }, { -25509, 1900, 2, 28 },
		{ -25508, 1900, 3, 1 },  { 47540, 2100, 2, 28 },  { 47541, 2100, 3, 1 },
		{ -134774, 1601, 1, 1 }, { 47481, 2099, 12, 31 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct calendar_date date = calendar_from_days(rows[i].days);

		ck_assert_int_eq(date.year, rows[i].year);
		ck_assert_int_eq(date.month, rows[i].month);
		ck_assert_int_eq(date.day, rows[i].day);
	}
	ck_assert_int_eq(calendar_days_since_1970(-1), -1);
	ck_assert_int_eq(calendar_days_since_1970(0), 0);
	ck_assert_int_eq(calendar_days_since_1970(86400 * NS_PER_SECOND - 1), 0);
}
END_TEST

struct heard {
	char text[64];
	unsigned event;
	int count;
};

static void listen_to(void *context, const struct log_record *record)
{
	struct heard *heard = context;

	strncpy(heard->text, record->text, sizeof heard->text - 1);
	heard->event = record->event;
	heard->count++;
}

START_TEST(log_keeps_lines_whole_and_thresholds)
{
	struct heard heard = { .count = 0 };
	struct log_sink sink = { .threshold = LOG_LEVEL_WARNING,
				 .write = listen_to,
				 .context = &heard };
	struct log *log = log_create();

	ck_assert_int_eq(log_add_sink(log, &sink), 0);
	log_event(log, LOG_LEVEL_INFORMATION, EVENT_SYNCHRONIZING, "not wanted");
	ck_assert_int_eq(heard.count, 0);
	log_event(log, LOG_LEVEL_ERROR, EVENT_CORRECTION_REFUSED, "a\nb");
	ck_assert_int_eq(heard.count, 1);
	ck_assert_str_eq(heard.text, "a?b");
	ck_assert_uint_eq(heard.event, 34);
	log_remove_sink(log, &sink);
	ck_assert(!log_wants(log, LOG_LEVEL_ERROR));
	log_destroy(log);
}
END_TEST

START_TEST(waits_are_told_in_words)
{
	char buffer[TEXT_WAIT_MAX];

	ck_assert_str_eq(text_wait(buffer, 3.98), "4 seconds");
	ck_assert_str_eq(text_wait(buffer, 64), "64 seconds");
	ck_assert_str_eq(text_wait(buffer, 119.7), "2 minutes");
	ck_assert_str_eq(text_wait(buffer, 15 * 60), "15 minutes");
	ck_assert_str_eq(text_wait(buffer, 1920 * 60), "1920 minutes");
}
END_TEST

START_TEST(gate_opens_once_an_interval)
{
	struct log_gate gate = { 0 };
	unsigned suppressed;

	ck_assert(log_gate_open(&gate, 0, 10, &suppressed));
	ck_assert(!log_gate_open(&gate, 9 * NS_PER_SECOND, 10, &suppressed));
	ck_assert(log_gate_open(&gate, 10 * NS_PER_SECOND, 10, &suppressed));
	ck_assert_uint_eq(suppressed, 1);
}
END_TEST

START_TEST(error_holds_a_sentence)
{
	struct error error;

	ck_assert_int_eq(error_set(&error, EINVAL, "no %s", "way"), -EINVAL);
	ck_assert_str_eq(error.text, "no way");
	ck_assert_int_eq(error_set_system(&error, ENOENT, "cannot open x"), -ENOENT);
	ck_assert_str_eq(error.text, "cannot open x: No such file or directory");
	ck_assert_int_eq(error_set(NULL, EIO, "unheard"), -EIO);
}
END_TEST

START_TEST(retries_come_soon_and_then_as_w32time_does)
{
	ck_assert_double_eq(backoff_wait(1, 900, 7), 4);
	ck_assert_double_eq(backoff_wait(2, 900, 7), 8);
	ck_assert_double_eq(backoff_wait(8, 900, 7), 512);
	ck_assert_double_eq(backoff_wait(9, 900, 7), 900);
	ck_assert_double_eq(backoff_wait(10, 900, 7), 1800);
	ck_assert_double_eq(backoff_wait(16, 900, 7), 900 * 128);
	ck_assert_double_eq(backoff_wait(100, 900, 7), 900 * 128);
	ck_assert_double_eq(backoff_wait(100, 900, 0), 900);
	ck_assert_double_ge(backoff_wait(UINT32_MAX, 60, UINT32_MAX), 60);
	ck_assert_double_eq(backoff_wait(1, 0, 7), 4);
}
END_TEST

START_TEST(bytes_have_an_order)
{
	const uint8_t data[] = { 0xf1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	uint8_t copy[8];

	ck_assert_uint_eq(bytes_get_be16(data), 0xf123);
	ck_assert_uint_eq(bytes_get_be32(data), 0xf1234567);
	ck_assert_uint_eq(bytes_get_be64(data), UINT64_C(0xf123456789abcdef));
	ck_assert_uint_eq(bytes_get_le16(data + 4), 0xab89);
	ck_assert_uint_eq(bytes_get_le32(data + 4), 0xefcdab89);
	bytes_put_be64(copy, UINT64_C(0xf123456789abcdef));
	ck_assert_mem_eq(copy, data, 8);
	bytes_put_be32(copy + 4, 0xf1234567);
	ck_assert_mem_eq(copy + 4, data, 4);
	bytes_put_le32(copy, 0x674523f1);
	ck_assert_mem_eq(copy, data, 4);
	bytes_put_le16(copy + 6, 0x23f1);
	ck_assert_mem_eq(copy + 6, data, 2);
}
END_TEST

START_TEST(every_character_has_one_form)
{
	char bytes[UTF8_MAX];
	uint32_t decoded;

	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		size_t length = utf8_encode_character(code, bytes);
		bool surrogate = code >= 0xd800 && code < 0xe000;
		bool control = utf8_is_control(code);

		if (utf8_decode_character(bytes, length, &decoded) != (surrogate ? 0 : length) ||
		    (!surrogate && decoded != code) ||
		    utf8_decode_character(bytes, length - 1, NULL) != 0 ||
		    utf8_decode_printable(bytes, length) != (surrogate || control ? 0 : length))
			ck_abort_msg("U+%04X", (unsigned)code);
		if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x202e)
			ck_assert(control);
	}
}
END_TEST

START_TEST(what_is_not_utf_8_is_refused)
{
	static const char *const wrong[] = {
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"\xc3(",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xe2\x82(",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x90\x80",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xff",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ck_assert_uint_eq(utf8_decode_character(wrong[i], UTF8_MAX, NULL), 0);
		ck_assert(!utf8_is_valid(wrong[i], strlen(wrong[i])));
	}
	ck_assert(utf8_is_valid("", 0));
	ck_assert(utf8_is_valid("a\0\xc3\xa9\xf0\x9f\x95\x90", 8));
	ck_assert(!utf8_is_valid("a\xc3\xa9\xf0\x9f\x95", 6));
}
END_TEST

int main(void)
{
	TCase *text = tcase_create("text"), *time = tcase_create("time"),
	      *log = tcase_create("log");
	TCase *const cases[] = { text, time, log, NULL };

	tcase_add_test(text, numbers_are_decimal_or_hex);
	tcase_add_test(text, fractions_have_a_point);
	tcase_add_test(text, distance_counts_edits);
	tcase_add_test(text, text_never_overflows);
	tcase_add_test(text, waits_are_told_in_words);
	tcase_add_test(text, bytes_have_an_order);
	tcase_add_test(text, every_character_has_one_form);
	tcase_add_test(text, what_is_not_utf_8_is_refused);
	tcase_add_test(time, time_saturates);
	tcase_add_test(time, calendar_knows_leap_years);
	tcase_add_test(time, retries_come_soon_and_then_as_w32time_does);
	tcase_add_test(log, log_keeps_lines_whole_and_thresholds);
	tcase_add_test(log, gate_opens_once_an_interval);
	tcase_add_test(log, error_holds_a_sentence);
	return unit_run("base", cases);
}
