/* Varlink's messages: what is read, what is refused, what is written. */
#include "control/time_service.h"
#include "control/varlink.h"
#include "control/varlink_service.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int decode(const char *text, struct varlink_call *call)
{
	return varlink_call_decode(text, strlen(text), call, NULL);
}

START_TEST(a_call_is_read)
{
	struct varlink_call call;

	ck_assert_int_eq(decode("{\"method\":\"a.b.C\",\"parameters\":{\"x\":[1,2]},\"more\":true,"
				"\"future\":{}}",
				&call),
			 0);
	ck_assert_str_eq(call.method, "a.b.C");
	ck_assert_uint_eq(json_array_size(json_object_get(call.parameters, "x")), 2);
	ck_assert(call.more && !call.oneway && !call.upgrade);
	varlink_call_free(&call);

	ck_assert_int_eq(decode(" {\"method\":\"M\",\"parameters\":null,\"oneway\":true}\n", &call),
			 0);
	ck_assert(json_is_object(call.parameters));
	ck_assert_uint_eq(json_object_size(call.parameters), 0);
	ck_assert(call.oneway && !call.more);
	varlink_call_free(&call);
}
END_TEST

START_TEST(what_is_no_call_is_refused)
{
	static const char *const bad[] = {
		"",
		"x",
		"null",
		"[]",
		"{",
		"{}",
		"{\"method\":1}",
		"{\"method\":null}",
		"{\"method\":\"a.B\"}{}",
		"{\"method\":\"a.B\",\"method\":\"a.C\"}",
		"{\"method\":\"a.B\",\"parameters\":[]}",
		"{\"method\":\"a.B\",\"parameters\":{\"x\":1,\"x\":2}}",
		"{\"method\":\"a.B\",\"more\":1}",
		"{\"method\":\"a.B\",\"oneway\":\"yes\"}",
		"{\"method\":\"a.B\",\"upgrade\":{}}",
		"{\"method\":\"a.B\",\"more\":true,\"oneway\":true}",
		"{\"method\":\"a.\\u0000B\"}",
		"{\"method\":\"a.\xff\"}",
		"{\"method\":\"a.B\",\"parameters\":{\"x\":99999999999999999999}}",
		"{\"method\":\"a.B\",\"parameters\":{\"x\":1e999}}",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct varlink_call call;
		struct error error = { .code = 0 };

		ck_assert_msg(varlink_call_decode(bad[i], strlen(bad[i]), &call, &error) ==
				      -EBADMSG,
			      "accepted: %s", bad[i]);
		ck_assert_int_eq(error.code, EBADMSG);
		ck_assert_ptr_null(call.method);
		ck_assert_ptr_null(call.parameters);
	}
}
END_TEST

/* A call whose parameters bring the message to DEPTH brackets. */
static int decode_nested(unsigned depth)
{
	struct varlink_call call;
	char text[512] = "{\"method\":\"[{[{[{[{[{[{[{[{[{\\\"[{\",\"parameters\":{\"x\":";
	int result;

	for (unsigned i = 2; i < depth; i++)
		strcat(text, "[");
	strcat(text, "1");
	for (unsigned i = 2; i < depth; i++)
		strcat(text, "]");
	strcat(text, "}}");
	result = decode(text, &call);
	varlink_call_free(&call);
	return result;
}

START_TEST(nesting_is_bounded)
{
	char *text = malloc(VARLINK_CALL_MAX);
	struct varlink_call call;

	ck_assert_int_eq(decode_nested(VARLINK_DEPTH_MAX), 0);
	ck_assert_int_eq(decode_nested(VARLINK_DEPTH_MAX + 1), -EBADMSG);
	memset(text, '[', VARLINK_CALL_MAX);
	ck_assert_int_eq(varlink_call_decode(text, VARLINK_CALL_MAX, &call, NULL), -EBADMSG);
	free(text);
}
END_TEST

START_TEST(messages_survive_the_way)
{
	json_t *parameters = json_pack("{s:f, s:I, s:s}", "offset", -23.200000000000003, "time",
				       (json_int_t)1795299136123456789, "text", "a\"\\\nä");
	struct varlink_call call;
	struct varlink_reply reply;
	size_t length = 0;
	char *text;

	text = varlink_call_encode("a.B", parameters, true, &length);
	ck_assert_uint_eq(length, strlen(text) + 1);
	ck_assert_int_eq(varlink_call_decode(text, length - 1, &call, NULL), 0);
	ck_assert_str_eq(call.method, "a.B");
	ck_assert(call.more);
	ck_assert(json_equal(call.parameters, parameters));
	varlink_call_free(&call);
	free(text);

	text = varlink_reply_encode("a.Failed", parameters, true, &length);
	ck_assert_int_eq(varlink_reply_decode(text, length - 1, &reply, NULL), 0);
	ck_assert_str_eq(reply.error, "a.Failed");
	ck_assert(reply.continues);
	ck_assert(json_equal(reply.parameters, parameters));
	varlink_reply_free(&reply);
	free(text);
	json_decref(parameters);

	text = varlink_reply_encode(NULL, NULL, false, &length);
	ck_assert_str_eq(text, "{\"parameters\":{}}");
	ck_assert_uint_eq(length, strlen(text) + 1);
	free(text);
}
END_TEST

START_TEST(a_bad_reply_is_refused)
{
	static const char *const bad[] = { "[]", "{\"error\":1}", "{\"continues\":0}",
					   "{\"parameters\":\"\"}" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct varlink_reply reply;

		ck_assert_int_eq(varlink_reply_decode(bad[i], strlen(bad[i]), &reply, NULL),
				 -EBADMSG);
		ck_assert_ptr_null(reply.parameters);
	}
}
END_TEST

static void assert_is_file(const char *text, const char *name)
{
	const char *source = getenv("srcdir");
	char path[4096], content[32768];
	size_t length;
	FILE *file;

	snprintf(path, sizeof path, "%s/src/control/%s", source == NULL ? "." : source, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	length = fread(content, 1, sizeof content, file);
	fclose(file);
	ck_assert_uint_lt(length, sizeof content);
	ck_assert_uint_eq(length, strlen(text));
	ck_assert_mem_eq(text, content, length);
}

START_TEST(descriptions_are_the_files)
{
	assert_is_file(control_interface_description, "io.w32timed.TimeService.varlink");
	assert_is_file(varlink_interface_description, "org.varlink.service.varlink");
}
END_TEST

int main(void)
{
	TCase *messages = tcase_create("messages");
	TCase *const cases[] = { messages, NULL };

	for (TCase *const *c = cases; *c != NULL; c++)
		tcase_set_timeout(*c, 60);
	tcase_add_test(messages, a_call_is_read);
	tcase_add_test(messages, what_is_no_call_is_refused);
	tcase_add_test(messages, nesting_is_bounded);
	tcase_add_test(messages, messages_survive_the_way);
	tcase_add_test(messages, a_bad_reply_is_refused);
	tcase_add_test(messages, descriptions_are_the_files);
	return unit_run("control messages", cases);
}
