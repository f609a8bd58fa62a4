/* /query /domain, a command of our own: what W32Time keeps to itself. */
#include <inttypes.h>

#include "w32tm/json.h"
#include "w32tm/render.h"

static void print_line(FILE *out, const char *label, const json_t *object, const char *member)
{
	const char *text = json_member_text(object, member);

	fprintf(out, "%s: ", label);
	json_print_text(out, *text == '\0' ? "(unknown)" : text);
	putc('\n', out);
}

static void print_controller(FILE *out, const json_t *controller)
{
	fputs(json_is_true(json_object_get(controller, "chosen")) ? "* " : "  ", out);
	json_print_text(out, json_member_text(controller, "host"));
	fprintf(out, ": score %" PRId64 ", query %" PRId64 ", flags 0x%08" PRIX64 ", site ",
		json_member_integer(controller, "score"), json_member_integer(controller, "query"),
		json_member_integer(controller, "flags"));
	json_print_text(out, json_member_text(controller, "site"));
	putc('\n', out);
}

static void print_account(FILE *out, const json_t *domain)
{
	int64_t rid = json_member_integer(domain, "rid");
	int64_t version = json_member_integer(domain, "key_version");
	const char *place = json_member_text(domain, "key_place");

	print_line(out, "Account", domain, "account");
	if (rid == 0)
		fputs("RID: (unknown)\n", out);
	else
		fprintf(out, "RID: %" PRId64 "\n", rid);
	fputs("Key: ", out);
	json_print_text(out, *place == '\0' ? "(none)" : place);
	if (version != 0)
		fprintf(out, ", version %" PRId64, version);
	putc('\n', out);
}

void render_domain(FILE *out, const json_t *reply)
{
	const json_t *domain = json_object_get(reply, "domain");
	const json_t *controllers = json_object_get(domain, "controllers");
	const json_t *controller;
	size_t i;

	print_line(out, "Role", domain, "role");
	print_line(out, "Domain", domain, "domain");
	print_line(out, "Forest", domain, "forest");
	print_line(out, "Site", domain, "site");
	print_account(out, domain);
	if (*json_member_text(domain, "problem") != '\0')
		print_line(out, "Problem", domain, "problem");
	fprintf(out, "Domain controllers: %zu\n", json_array_size(controllers));
	json_array_foreach(controllers, i, controller) print_controller(out, controller);
	putc('\n', out);
}
