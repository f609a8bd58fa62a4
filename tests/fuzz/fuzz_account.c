/* The small texts and structures round a machine's account; the first byte says
 * which: a key file, the remembered RID, an answer of w32timed-account. */
#include <config.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "account/facts.h"
#include "account/keys.h"
#include "domain/account_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_key_file(const char *text, size_t length)
{
	struct account_key_choice choice;
	int result = account_keys_parse(text, length, &choice, NULL);

	if (result < 0 ? choice.count != 0 : choice.count < 1 || choice.count > 2)
		abort();
}

static void fuzz_memory(const char *text, size_t length)
{
	const struct account_facts facts = { .account = "MEMBER1$", .domain = "corp.example" };

	account_memory_parse(text, length, &facts);
}

/* What is believed can be used. */
static void fuzz_facts(const uint8_t *data, size_t size)
{
	struct account_facts facts = { .size = 0 }, before;

	memcpy(&facts, data, size < sizeof facts ? size : sizeof facts);
	if (!account_facts_valid(&facts, size))
		return;
	before = facts;
	facts.keys.count = facts.keys.count > 0;
	account_facts_keep(&facts, &before);
	account_facts_differ(&facts, &before);
	if (facts.keys.count > MSSNTP_KEYS_MAX || strlen(facts.account) >= sizeof facts.account)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 1)
		return 0;
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case 'k':
		fuzz_key_file(text, size - 1);
		break;
	case 'm':
		fuzz_memory(text, size - 1);
		break;
	case 'f':
		fuzz_facts(data + 1, size - 1);
		break;
	default:
		break;
	}
	free(text);
	return 0;
}
