/* The netlogon ping: what is asked, to the byte; what is understood and what not. */
#include "domain/netlogon.h"
#include "domain/netlogon_name.h"
#include "netlogon_fixture.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------- */
/* Questions */

START_TEST(a_question_is_what_domain_controllers_expect)
{
	static const uint8_t expected[97] =
		"\x30\x5f\x02\x01\x01\x63\x5a\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01"
		"\x00\x01\x01\x00\xa0\x3b"
		"\xa3\x19\x04\x09"
		"DnsDomain\x04\x0c"
		"corp.example"
		"\xa3\x0f\x04\x04"
		"Host\x04\x07"
		"MEMBER1"
		"\xa3\x0d\x04\x05"
		"NtVer\x04\x04\x16\x00\x00\x01"
		"\x30\x0a\x04\x08"
		"Netlogo"
		"n";
	const struct netlogon_question question = { 1, "corp.example", "MEMBER1" };
	uint8_t data[NETLOGON_REQUEST_MAX];

	ck_assert_int_eq(netlogon_question_encode(&question, data), sizeof expected);
	ck_assert_mem_eq(data, expected, sizeof expected);
}
END_TEST

START_TEST(a_question_without_a_host_has_two_conditions)
{
	const struct netlogon_question question = { 0x7fffffff, "corp.example", "" };
	uint8_t data[NETLOGON_REQUEST_MAX];
	int length = netlogon_question_encode(&question, data);

	ck_assert_int_eq(length, 97 + 3 - 17);
	ck_assert_mem_eq(data, "\x30\x51\x02\x04\x7f\xff\xff\xff", 8);
	ck_assert_mem_eq(data + 27, "\xa0\x2a\xa3\x19", 4);
}
END_TEST

START_TEST(a_question_that_is_too_long_is_refused)
{
	char domain[NETLOGON_REQUEST_MAX];
	const struct netlogon_question question = { 1, domain, "" };
	uint8_t data[NETLOGON_REQUEST_MAX];

	memset(domain, 'a', sizeof domain);
	domain[sizeof domain - 1] = '\0';
	ck_assert_int_eq(netlogon_question_encode(&question, data), -EMSGSIZE);
	domain[255] = '\0';
	ck_assert_int_gt(netlogon_question_encode(&question, data), 255);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Answers */

static int decode(const uint8_t *data, size_t length, struct netlogon_answer *answer)
{
	/* In memory of its own, so that a read beyond it is seen. */
	uint8_t *copy = malloc(length + 1);
	int result;

	memcpy(copy, data, length);
	copy = realloc(copy, length > 0 ? length : 1);
	result = netlogon_answer_decode(copy, length, 1, answer);
	free(copy);
	return result;
}

START_TEST(a_real_answer_is_read)
{
	struct netlogon_answer answer;

	ck_assert_int_eq(decode(netlogon_real, sizeof netlogon_real, &answer), 0);
	ck_assert_uint_eq(answer.opcode, 23);
	ck_assert_uint_eq(answer.flags, 0x13fd);
	ck_assert_str_eq(answer.forest, "corp.example");
	ck_assert_str_eq(answer.domain, "corp.example");
	ck_assert_str_eq(answer.host, "dc1.corp.example");
	ck_assert_str_eq(answer.netbios_domain, "CORP");
	ck_assert_str_eq(answer.netbios_host, "DC1");
	ck_assert_str_eq(answer.site, "Default-First-Site-Name");
	ck_assert_str_eq(answer.client_site, "Default-First-Site-Name");
	ck_assert_uint_eq(answer.flags & (NETLOGON_PDC | NETLOGON_TIME_SERVICE | NETLOGON_CLOSEST |
					  NETLOGON_WRITABLE | NETLOGON_GOOD_TIME_SERVICE),
			  0x3c1);
	ck_assert_uint_eq(answer.flags & (NETLOGON_READ_ONLY | NETLOGON_DS_8), 0);
}
END_TEST

START_TEST(an_answer_to_something_else_is_none)
{
	struct netlogon_answer answer;

	ck_assert_int_eq(netlogon_answer_decode(netlogon_real, sizeof netlogon_real, 2, &answer),
			 -ENOMSG);
	ck_assert_int_eq(netlogon_answer_decode(netlogon_real, sizeof netlogon_real, 257, &answer),
			 -ENOMSG);
}
END_TEST

START_TEST(every_cut_and_every_tail_is_refused)
{
	uint8_t longer[NETLOGON_REAL_LENGTH + 1];
	struct netlogon_answer answer;

	for (size_t length = 0; length < sizeof netlogon_real; length++)
		ck_assert_int_eq(decode(netlogon_real, length, &answer), -EBADMSG);
	memcpy(longer, netlogon_real, sizeof netlogon_real);
	longer[sizeof longer - 1] = 0;
	ck_assert_int_eq(decode(longer, sizeof longer, &answer), -EBADMSG);
}
END_TEST

/* A change of one octet: it is refused, or what it says is changed. */
START_TEST(every_changed_octet_is_survived)
{
	uint8_t changed[NETLOGON_REAL_LENGTH];
	struct netlogon_answer answer;
	unsigned refused = 0;

	for (size_t at = 0; at < sizeof changed; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(changed, netlogon_real, sizeof changed);
			changed[at] ^= (uint8_t)(1u << bit);
			refused += decode(changed, sizeof changed, &answer) != 0;
		}
	}
	ck_assert_uint_gt(refused, 400);
}
END_TEST

static struct netlogon_answer example(void)
{
	return (struct netlogon_answer){
		.opcode = 23,
		.flags = 0x0001c3fd,
		.forest = "corp.example",
		.domain = "child.corp.example",
		.host = "dc7.child.corp.example",
		.netbios_domain = "CHILD",
		.netbios_host = "DC7",
		.site = "Hub",
		.client_site = "Branch",
	};
}

START_TEST(long_lengths_and_plain_names_are_read)
{
	struct netlogon_answer answer, expected = example();
	uint8_t structure[1024], data[2048];
	size_t length = netlogon_structure(structure, &expected);

	length = netlogon_datagram(data, 0x01020304, structure, length);
	ck_assert_uint_eq(data[1], 0x84);
	ck_assert_int_eq(netlogon_answer_decode(data, length, 0x01020304, &answer), 0);
	ck_assert_uint_eq(answer.opcode, expected.opcode);
	ck_assert_uint_eq(answer.flags, expected.flags);
	ck_assert_str_eq(answer.forest, expected.forest);
	ck_assert_str_eq(answer.domain, expected.domain);
	ck_assert_str_eq(answer.host, expected.host);
	ck_assert_str_eq(answer.netbios_domain, expected.netbios_domain);
	ck_assert_str_eq(answer.netbios_host, expected.netbios_host);
	ck_assert_str_eq(answer.site, expected.site);
	ck_assert_str_eq(answer.client_site, expected.client_site);
	ck_assert_int_eq(netlogon_answer_decode(data, length, 0x01020305, &answer), -ENOMSG);
}
END_TEST

START_TEST(empty_names_and_other_alphabets_are_read)
{
	struct netlogon_answer answer, expected = example();
	uint8_t structure[1024], data[2048];
	size_t length;

	expected.opcode = 24;
	strcpy(expected.site, "M\xc3\xbcnchen 2");
	expected.client_site[0] = '\0';
	length = netlogon_structure(structure, &expected);
	length = netlogon_datagram(data, 1, structure, length);
	ck_assert_int_eq(decode(data, length, &answer), 0);
	ck_assert_uint_eq(answer.opcode, 24);
	ck_assert_str_eq(answer.site, expected.site);
	ck_assert_str_eq(answer.client_site, "");
}
END_TEST

/* "Not for me", as Samba and as Windows say it. */
START_TEST(an_answer_that_holds_nothing_is_told_from_others)
{
	static const uint8_t samba[] = { 0x30, 0x0c, 2, 1, 1, 0x65, 7, 0x0a, 1, 0, 4, 0, 4, 0 };
	struct netlogon_answer answer;
	uint8_t data[2048];
	size_t length = netlogon_datagram(data, 1, NULL, 0);

	ck_assert_int_eq(decode(samba, sizeof samba, &answer), -ENOENT);
	ck_assert_int_eq(decode(data, length, &answer), -ENOENT);
}
END_TEST

/* A structure with the real one's names, something put in before the version. */
static int decode_with(const void *extra, size_t extra_length, uint8_t version)
{
	const size_t names_end = 85;
	uint8_t structure[256], data[1024];
	struct netlogon_answer answer;
	size_t length = names_end;

	memcpy(structure, netlogon_real + NETLOGON_REAL_STRUCTURE, length);
	memcpy(structure + length, extra, extra_length);
	length += extra_length;
	memcpy(structure + length, "\x05\x00\x00\x00\xff\xff\xff\xff", 8);
	structure[length] = version;
	return decode(data, netlogon_datagram(data, 1, structure, length + 8), &answer);
}

START_TEST(what_was_not_asked_for_is_stepped_over)
{
	static const char address[] = "\x10\x02\x00\x00\x00\x0a\x63\x00\x01\0\0\0\0\0\0\0\0";

	ck_assert_int_eq(decode_with("", 0, 0x05), 0);
	ck_assert_int_eq(decode_with(address, 17, 0x0d), 0);
	ck_assert_int_eq(decode_with("\x03Hub", 5, 0x15), 0);
	ck_assert_int_eq(decode_with("\xc0\x3a", 2, 0x15), 0);
	ck_assert_int_eq(decode_with("\x10\x02\x00\x00\x00\x0a\x63\x00\x01\0\0\0\0\0\0\0\0\x03Hub",
				     22, 0x1d),
			 0);
	/* not what the version says */
	ck_assert_int_eq(decode_with(address, 17, 0x05), -EBADMSG);
	ck_assert_int_eq(decode_with("\x03Hub", 5, 0x05), -EBADMSG);
	ck_assert_int_eq(decode_with("", 0, 0x15), -EBADMSG);
	ck_assert_int_eq(decode_with("", 0, 0x0d), -EBADMSG);
	ck_assert_int_eq(decode_with("", 0, 0x04), -EBADMSG);
	ck_assert_int_eq(decode_with("\0", 1, 0x05), -EBADMSG);
}
END_TEST

START_TEST(other_structures_are_refused)
{
	struct netlogon_answer answer, other = example();
	uint8_t structure[1024], data[2048];
	size_t length = netlogon_structure(structure, &other);

	for (unsigned opcode = 0; opcode < 300; opcode++) {
		int result;

		structure[0] = (uint8_t)opcode;
		structure[1] = (uint8_t)(opcode >> 8);
		result = decode(data, netlogon_datagram(data, 1, structure, length), &answer);
		ck_assert_int_eq(result, opcode >= 23 && opcode <= 25 ? 0 : -EBADMSG);
	}
	ck_assert_int_eq(decode(data, netlogon_datagram(data, 1, structure, 0), &answer), -EBADMSG);
	ck_assert_int_eq(decode(data, netlogon_datagram(data, 1, structure, 31), &answer),
			 -EBADMSG);
}
END_TEST

START_TEST(what_stands_twice_is_refused)
{
	uint8_t data[2048], twice[2048];
	struct netlogon_answer answer;
	size_t done = 14, entry = sizeof netlogon_real - done;

	/* The entry's message two times, then the end. */
	memcpy(twice, netlogon_real, entry);
	memcpy(twice + entry, netlogon_real, sizeof netlogon_real);
	ck_assert_int_eq(decode(twice, entry + sizeof netlogon_real, &answer), -EBADMSG);
	/* The end alone where the entry should be, and the entry without an end. */
	memcpy(twice, netlogon_real + entry, done);
	memcpy(twice + done, netlogon_real, sizeof netlogon_real);
	ck_assert_int_eq(decode(twice, done + sizeof netlogon_real, &answer), -EBADMSG);
	ck_assert_int_eq(decode(netlogon_real, entry, &answer), -EBADMSG);
	/* The two of different questions. */
	memcpy(data, netlogon_real, sizeof netlogon_real);
	data[entry + 4] = 2;
	ck_assert_int_eq(decode(data, sizeof netlogon_real, &answer), -EBADMSG);
}
END_TEST

START_TEST(other_attributes_are_ignored)
{
	struct netlogon_answer answer;
	uint8_t data[NETLOGON_REAL_LENGTH];

	memcpy(data, netlogon_real, sizeof data);
	memcpy(data + 15, "NETLOGON", 8);
	ck_assert_int_eq(decode(data, sizeof data, &answer), 0);
	memcpy(data + 15, "netlogoN", 8);
	ck_assert_int_eq(decode(data, sizeof data, &answer), 0);
	memcpy(data + 15, "netlogom", 8);
	ck_assert_int_eq(decode(data, sizeof data, &answer), -ENOENT);
}
END_TEST

/* One attribute: NAME, COUNT values that are the real structure, and TAIL. */
static size_t put_attribute(uint8_t *data, const char *name, unsigned count, const char *tail)
{
	const size_t structure_length = 93;
	uint8_t content[2048], values[1024];
	size_t used = 0, values_length = 0;

	for (unsigned i = 0; i < count; i++)
		values_length += netlogon_element(values + values_length, 0x04,
						  netlogon_real + NETLOGON_REAL_STRUCTURE,
						  structure_length);
	used = netlogon_element(content, 0x04, name, strlen(name));
	used += netlogon_element(content + used, 0x31, values, values_length);
	memcpy(content + used, tail, strlen(tail));
	return netlogon_element(data, 0x30, content, used + strlen(tail));
}

static int decode_attributes(const uint8_t *attributes, size_t length)
{
	uint8_t data[2048];
	struct netlogon_answer answer;

	return decode(data, netlogon_entry(data, 1, attributes, length), &answer);
}

START_TEST(one_attribute_with_one_value_is_wanted)
{
	uint8_t data[2048];
	size_t used;

	ck_assert_int_eq(decode_attributes(data, put_attribute(data, "netLogon", 1, "")), 0);
	ck_assert_int_eq(decode_attributes(data, put_attribute(data, "Netlogon", 0, "")), -EBADMSG);
	ck_assert_int_eq(decode_attributes(data, put_attribute(data, "Netlogon", 2, "")), -EBADMSG);
	ck_assert_int_eq(decode_attributes(data, put_attribute(data, "Netlogon", 1, "x")),
			 -EBADMSG);
	ck_assert_int_eq(decode_attributes(data, put_attribute(data, "objectClass", 2, "")),
			 -ENOENT);
	/* beside another one; two times */
	used = put_attribute(data, "objectClass", 2, "");
	used += put_attribute(data + used, "Netlogon", 1, "");
	ck_assert_int_eq(decode_attributes(data, used), 0);
	used = put_attribute(data, "Netlogon", 1, "");
	used += put_attribute(data + used, "netlogon", 1, "");
	ck_assert_int_eq(decode_attributes(data, used), -EBADMSG);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Names */

static int read_name(const char *data, size_t length, size_t offset, char *text, size_t size)
{
	uint8_t *copy = malloc(length);
	int result;

	memcpy(copy, data, length);
	result = netlogon_name_decode(copy, length, &offset, text, size);
	free(copy);
	return result == 0 ? (int)offset : result;
}

START_TEST(names_follow_pointers_backwards)
{
	static const char data[] = "\1a\1b\0\1c\xc0\2\xc0\5\1d\xc0\0\0";
	const size_t length = sizeof data - 1;
	char text[64];

	ck_assert_int_eq(read_name(data, length, 0, text, sizeof text), 5);
	ck_assert_str_eq(text, "a.b");
	ck_assert_int_eq(read_name(data, length, 5, text, sizeof text), 9);
	ck_assert_str_eq(text, "c.b");
	ck_assert_int_eq(read_name(data, length, 9, text, sizeof text), 11);
	ck_assert_str_eq(text, "c.b");
	ck_assert_int_eq(read_name(data, length, 11, text, sizeof text), 15);
	ck_assert_str_eq(text, "d.a.b");
	ck_assert_int_eq(read_name(data, length, 15, text, sizeof text), 16);
	ck_assert_str_eq(text, "");
	/* just as long as there is room */
	ck_assert_int_eq(read_name(data, length, 11, text, 6), 15);
	ck_assert_int_eq(read_name(data, length, 11, text, 5), -EBADMSG);
}
END_TEST

#define ROW(text) text, sizeof text - 1

static const struct bad_name {
	const char *data;
	size_t length, offset;
} bad_names[] = {
	{ ROW("\xc0\x00\x00"), 0 },      /* to itself */
	{ ROW("\xc0\x02\x01x\x00"), 0 }, /* forward */
	{ ROW("\1a\xc0\x00\x00"), 0 },   /* round in a circle */
	{ ROW("\1a\xc0\x02\x00"), 0 },
	{ ROW("\0\1a\xc0\x05\x00\xc0\x01"), 6 }, /* backward, then forward */
	{ ROW("\1a\xc0"), 0 },                   /* half a pointer */
	{ ROW("\xc0\xff"), 0 },
	{ ROW("\1a"), 0 },     /* no end */
	{ ROW("\5a\0\0"), 0 }, /* a label beyond the end */
	{ ROW("\1"), 0 },
	{ ROW(""), 0 },
	{ ROW("\0"), 1 },
	{ ROW("\x40"
	      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
	  0 }, /* reserved kinds of label */
	{ ROW("\x81"
	      "a\0"),
	  0 },
	{ ROW("\3a.b\0"), 0 }, /* what no label holds */
	{ ROW("\3a\nb\0"), 0 },
	{ ROW("\3a\0b\0"), 0 },
	{ ROW("\3a\x7f"
	      "b\0"),
	  0 },
	{ ROW("\2a\xc3\0"), 0 }, /* no UTF-8 */
	{ ROW("\2\xc0\xae\0"), 0 },
	{ ROW("\2\xc2\x85\0"), 0 },
	{ ROW("\3\xe0\x80\xaf\0"), 0 },
	{ ROW("\3\xed\xa0\x80\0"), 0 },
	{ ROW("\4\xf4\x90\x80\x80\0"), 0 },
	{ ROW("\1\xff\0"), 0 },
};

START_TEST(bad_names_are_refused)
{
	const struct bad_name *row = &bad_names[_i];
	char text[NETLOGON_NAME_MAX];

	ck_assert_int_eq(read_name(row->data, row->length, row->offset, text, sizeof text),
			 -EBADMSG);
}
END_TEST

START_TEST(many_hops_are_refused)
{
	uint8_t data[64] = { 0 };
	char text[64];
	size_t offset;

	/* 0: the empty name; behind it pointers, each to the one before. */
	for (size_t i = 1; i + 1 < sizeof data; i += 2) {
		data[i] = 0xc0;
		data[i + 1] = (uint8_t)(i < 2 ? 0 : i - 2);
	}
	offset = 1 + 2 * 15;
	ck_assert_int_eq(netlogon_name_decode(data, sizeof data, &offset, text, sizeof text), 0);
	offset = 1 + 2 * 16;
	ck_assert_int_eq(netlogon_name_decode(data, sizeof data, &offset, text, sizeof text),
			 -EBADMSG);
}
END_TEST

START_TEST(long_names_are_refused)
{
	uint8_t data[400];
	char text[NETLOGON_NAME_MAX];
	size_t offset = 0, used = 0;

	for (unsigned i = 0; i < 4; i++) {
		data[used] = 63;
		memset(data + used + 1, 'a', 63);
		used += 64;
	}
	data[used] = 0;
	ck_assert_int_eq(netlogon_name_decode(data, used + 1, &offset, text, sizeof text), 0);
	ck_assert_uint_eq(strlen(text), 255);
	data[used++] = 1;
	data[used++] = 'a';
	data[used++] = 0;
	offset = 0;
	ck_assert_int_eq(netlogon_name_decode(data, used, &offset, text, sizeof text), -EBADMSG);
}
END_TEST

int main(void)
{
	TCase *question = tcase_create("question"), *answer = tcase_create("answer"),
	      *name = tcase_create("name");
	TCase *const cases[] = { question, answer, name, NULL };

	tcase_add_test(question, a_question_is_what_domain_controllers_expect);
	tcase_add_test(question, a_question_without_a_host_has_two_conditions);
	tcase_add_test(question, a_question_that_is_too_long_is_refused);
	tcase_add_test(answer, a_real_answer_is_read);
	tcase_add_test(answer, an_answer_to_something_else_is_none);
	tcase_add_test(answer, every_cut_and_every_tail_is_refused);
	tcase_add_test(answer, every_changed_octet_is_survived);
	tcase_add_test(answer, long_lengths_and_plain_names_are_read);
	tcase_add_test(answer, empty_names_and_other_alphabets_are_read);
	tcase_add_test(answer, an_answer_that_holds_nothing_is_told_from_others);
	tcase_add_test(answer, what_was_not_asked_for_is_stepped_over);
	tcase_add_test(answer, other_structures_are_refused);
	tcase_add_test(answer, what_stands_twice_is_refused);
	tcase_add_test(answer, other_attributes_are_ignored);
	tcase_add_test(answer, one_attribute_with_one_value_is_wanted);
	tcase_add_test(name, names_follow_pointers_backwards);
	tcase_add_loop_test(name, bad_names_are_refused, 0, sizeof bad_names / sizeof bad_names[0]);
	tcase_add_test(name, many_hops_are_refused);
	tcase_add_test(name, long_names_are_refused);
	return unit_run("domain netlogon", cases);
}
