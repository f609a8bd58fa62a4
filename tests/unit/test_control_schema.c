/* Structures made of the interface's description, as JSON and back. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "control/time_service.h"
#include "control/varlink_service.h"
#include "unit.h"

/* Apostrophes for quotation marks. */
static json_t *parse(const char *written)
{
	char *text = strdup(written);
	json_t *json;

	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			*c = '"';
	}
	json = json_loads(text, 0, NULL);
	ck_assert_msg(json != NULL, "%s", written);
	free(text);
	return json;
}

/* JSON as text, which this frees. */
static void check_json(json_t *json, const char *written)
{
	json_t *expected = parse(written);
	char *text = json_dumps(json, JSON_COMPACT);

	ck_assert_msg(json_equal(json, expected), "%s", text);
	free(text);
	json_decref(expected);
	json_decref(json);
}

START_TEST(structures_become_json)
{
	struct control_controller controllers[] = { { "dc1", "", 12, 1, 0x3fd, true },
						    { "dc2", "s", 8, 2, 0, false } };
	struct schema_entry entries[] = { { "sent", 3 }, { "received", INT64_MAX } };
	const char *interfaces[] = { "a", "b" };
	const struct control_domain domain = {
		.used = true,
		.role = "member",
		.domain = "\xc3\xa9.example",
		.account = "M$",
		.key_place = "",
		.site = "",
		.forest = "",
		.problem = "",
		.next_search = -1,
		.controllers = controllers,
		.controllers_count = 2,
	};
	const struct control_get_server_statistics_reply statistics = { entries, 2 };
	const struct varlink_get_info_reply info = { "v", "p", "1", "", interfaces, 2 };
	const struct control_get_peers_reply none = { NULL, 0 };
	const struct control_set_debug_log_call off = { .has_size = true };
	struct error error;

	check_json(control_domain_encode(&domain, &error),
		   "{'used':true,'role':'member','domain':'\u00e9.example','account':'M$','rid':0,"
		   "'key_place':'','key_version':0,'site':'','forest':'','pdc_emulator':false,"
		   "'forest_root':false,'searching':false,'next_search':-1.0,'problem':'',"
		   "'controllers':[{'host':'dc1','site':'','score':12,'query':1,'flags':1021,"
		   "'chosen':true},{'host':'dc2','site':'s','score':8,'query':2,'flags':0,"
		   "'chosen':false}]}");
	check_json(control_get_server_statistics_reply_encode(&statistics, &error),
		   "{'counters':{'sent':3,'received':9223372036854775807}}");
	check_json(varlink_get_info_reply_encode(&info, &error),
		   "{'vendor':'v','product':'p','version':'1','url':'','interfaces':['a','b']}");
	check_json(control_get_peers_reply_encode(&none, &error), "{'peers':[]}");
	check_json(control_set_debug_log_call_encode(&off, &error),
		   "{'file':null,'size':0,'entries':null,'truncate':null}");
}
END_TEST

START_TEST(what_json_cannot_hold_is_an_error)
{
	struct control_controller controllers[] = { { "dc1", "s", 0, 0, 0, false },
						    { "dc\xff", "s", 0, 0, 0, false } };
	struct control_get_domain_reply reply = {
		.domain = { .role = "",
			    .domain = "",
			    .account = "",
			    .key_place = "",
			    .site = "",
			    .forest = "",
			    .problem = "",
			    .controllers = controllers,
			    .controllers_count = 2 },
	};
	struct error error;

	ck_assert_ptr_null(control_get_domain_reply_encode(&reply, &error));
	ck_assert_int_eq(error.code, EILSEQ);
	ck_assert_str_eq(error.text, "domain.controllers[1].host is not UTF-8");
	reply.domain.controllers_count = 1;
	reply.domain.next_search = INFINITY;
	ck_assert_ptr_null(control_get_domain_reply_encode(&reply, &error));
	ck_assert_int_eq(error.code, EDOM);
	ck_assert_str_eq(error.text, "domain.next_search is not a finite number");
	reply.domain.next_search = 0;
	reply.domain.site = NULL;
	ck_assert_ptr_null(control_get_domain_reply_encode(&reply, &error));
	ck_assert_int_eq(error.code, EINVAL);
	ck_assert_str_eq(error.text, "domain.site is missing");
}
END_TEST

static unsigned allocations_left;

static void *allocate_some(size_t size)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return malloc(size);
}

/* Whichever allocation fails, there is an error and no half answer. */
START_TEST(short_memory_is_an_error)
{
	struct control_controller controllers[] = { { "dc1", "s", 1, 2, 3, true } };
	struct control_get_domain_reply reply = {
		.domain = { .role = "",
			    .domain = "",
			    .account = "",
			    .key_place = "",
			    .site = "",
			    .forest = "",
			    .problem = "",
			    .controllers = controllers,
			    .controllers_count = 1 },
	};
	json_t *json = NULL;
	unsigned failures;

	json_set_alloc_funcs(allocate_some, free);
	for (failures = 0; json == NULL; failures++) {
		struct error error = { .code = 0 };

		allocations_left = failures;
		json = control_get_domain_reply_encode(&reply, &error);
		ck_assert_int_eq(error.code != 0, json == NULL);
	}
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_gt(failures, 20);
	check_json(json,
		   "{'domain':{'used':false,'role':'','domain':'','account':'','rid':0,"
		   "'key_place':'','key_version':0,'site':'','forest':'','pdc_emulator':false,"
		   "'forest_root':false,'searching':false,'next_search':0.0,'problem':'',"
		   "'controllers':[{'host':'dc1','site':'s','score':1,'query':2,'flags':3,"
		   "'chosen':true}]}}");
}
END_TEST

#define PEER                                                                                       \
	"'name':'a','active':true,'address':'::1','flags':9,'time_remaining':7,'mode':3,"          \
	"'stratum':2,'leap':0,'peer_poll':6,'host_poll':6,'precision':-23,'reference_id':1,"       \
	"'last_sync_time':1795299136123456789,'last_error':0,'last_drop':0,"                       \
	"'authentication':'NoAuth ','authentication_id':90,'resolve_attempts':0,"                  \
	"'valid_data_counter':0,'reachability':1,'selection':'unusable','jitter':null,"            \
	"'delay':0.25,'added_later':{}"

START_TEST(json_becomes_structures)
{
	json_t *json = parse("{'peers':[{" PEER ",'counters':{'sent':1,'received':2}},"
			     "{" PEER ",'counters':{}}]}");
	struct control_set_debug_log_call call;
	struct control_get_peers_reply reply;

	ck_assert_int_eq(control_get_peers_reply_decode(json, &reply, NULL), 0);
	ck_assert_uint_eq(reply.peers_count, 2);
	ck_assert_str_eq(reply.peers[0].address, "::1");
	ck_assert_ptr_null(reply.peers[1].local_address);
	ck_assert(reply.peers[1].time_remaining == 7);
	ck_assert(reply.peers[1].delay == 0.25);
	ck_assert(isnan(reply.peers[1].jitter));
	ck_assert(isnan(reply.peers[1].offset));
	ck_assert_int_eq(reply.peers[1].last_sync_time, 1795299136123456789);
	ck_assert_uint_eq(reply.peers[0].counters_count, 2);
	ck_assert_int_eq(reply.peers[0].counters[0].value + 2 * reply.peers[0].counters[1].value,
			 5);
	ck_assert_uint_eq(reply.peers[1].counters_count, 0);
	control_get_peers_reply_free(&reply);
	ck_assert_ptr_null(reply.peers);
	json_decref(json);

	json = parse("{'size':5,'truncate':null}");
	ck_assert_int_eq(control_set_debug_log_call_decode(json, &call, NULL), 0);
	ck_assert(call.has_size && call.size == 5 && !call.has_truncate && call.file == NULL);
	json_decref(json);
}
END_TEST

static const struct {
	const char *json, *error;
} bad_peers[] = {
	{ "[]", "an answer is not an object" },
	{ "{}", "peers is missing" },
	{ "{'peers':null}", "peers is not a list" },
	{ "{'peers':[7]}", "peers[0] is not an object" },
	{ "{'peers':[{" PEER ",'counters':{}},{" PEER "}]}", "peers[1].counters is missing" },
	{ "{'peers':[{" PEER ",'counters':[]}]}", "peers[0].counters is not an object" },
	{ "{'peers':[{" PEER ",'counters':{'sent':1,'x':1.5}}]}",
	  "peers[0].counters.x is not an integer" },
	{ "{'peers':[{" PEER ",'counters':{},'offset':'x'}]}", "peers[0].offset is not a number" },
	{ "{'peers':[{'name':null}]}", "peers[0].name is not a string" },
	{ "{'peers':[{'name':'a','active':1}]}", "peers[0].active is neither true nor false" },
};

START_TEST(an_answer_of_another_form_is_an_error)
{
	json_t *json = parse(bad_peers[_i].json);
	struct control_get_peers_reply reply;
	struct error error;

	ck_assert_int_eq(control_get_peers_reply_decode(json, &reply, &error), -EBADMSG);
	ck_assert_str_eq(error.text, bad_peers[_i].error);
	ck_assert_ptr_null(reply.peers);
	json_decref(json);
}
END_TEST

int main(void)
{
	TCase *schema = tcase_create("schema");
	TCase *const cases[] = { schema, NULL };

	tcase_add_test(schema, structures_become_json);
	tcase_add_test(schema, what_json_cannot_hold_is_an_error);
	tcase_add_test(schema, short_memory_is_an_error);
	tcase_add_test(schema, json_becomes_structures);
	tcase_add_loop_test(schema, an_answer_of_another_form_is_an_error, 0,
			    (int)(sizeof bad_peers / sizeof *bad_peers));
	return unit_run("control schema", cases);
}
