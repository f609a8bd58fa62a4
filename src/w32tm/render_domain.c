/* /query /domain, a command of our own: what W32Time keeps to itself. */
#include <inttypes.h>

#include "w32tm/json.h"
#include "w32tm/render.h"

static void print_line(FILE *out, const char *label, const char *text)
{
	fprintf(out, "%s: ", label);
	json_print_text(out, *text == '\0' ? "(unknown)" : text);
	putc('\n', out);
}

static void print_controller(FILE *out, const struct control_controller *controller)
{
	fputs(controller->chosen ? "* " : "  ", out);
	json_print_text(out, controller->host);
	fprintf(out, ": score %" PRId64 ", query %" PRId64 ", flags 0x%08" PRIX64 ", site ",
		controller->score, controller->query, controller->flags);
	json_print_text(out, controller->site);
	putc('\n', out);
}

static void print_account(FILE *out, const struct control_domain *domain)
{
	print_line(out, "Account", domain->account);
	if (domain->rid == 0)
		fputs("RID: (unknown)\n", out);
	else
		fprintf(out, "RID: %" PRId64 "\n", domain->rid);
	fputs("Key: ", out);
	json_print_text(out, *domain->key_place == '\0' ? "(none)" : domain->key_place);
	if (domain->key_version != 0)
		fprintf(out, ", version %" PRId64, domain->key_version);
	putc('\n', out);
}

void render_domain(FILE *out, const struct control_domain *domain)
{
	print_line(out, "Role", domain->role);
	print_line(out, "Domain", domain->domain);
	print_line(out, "Forest", domain->forest);
	print_line(out, "Site", domain->site);
	print_account(out, domain);
	if (*domain->problem != '\0')
		print_line(out, "Problem", domain->problem);
	fprintf(out, "Domain controllers: %zu\n", domain->controllers_count);
	for (size_t i = 0; i < domain->controllers_count; i++)
		print_controller(out, &domain->controllers[i]);
	putc('\n', out);
}
