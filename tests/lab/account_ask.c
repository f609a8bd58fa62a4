/* account_ask PROGRAM CONFIGURATION: starts w32timed-account as the daemon does
 * and asks it each question ("F", "R" or "S", a line each) that comes by standard
 * input; prints an answer a line, as JSON, keys and all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/facts.h"
#include "platform/messages.h"
#include "platform/wait.h"

union answer {
	struct account_facts facts;
	struct account_rid rid;
	struct account_signer signer;
};

static void print_facts(const struct account_facts *facts)
{
	static const char *const roles[CONFIG_ROLES] = { "Standalone", "Member", "Controller" };

	printf("{\"status\": %d, \"role\": \"%s\", \"realm\": \"%s\", \"domain\": \"%s\", "
	       "\"account\": \"%s\", \"computer\": \"%s\", \"rid\": %u, \"place\": \"%s\", "
	       "\"version\": %u, \"keys\": [",
	       facts->status, roles[facts->role], facts->realm, facts->domain, facts->account,
	       facts->computer, facts->rid, facts->key_place, facts->key_version);
	for (unsigned i = 0; i < facts->keys.count; i++) {
		printf("%s\"", i > 0 ? ", " : "");
		for (unsigned byte = 0; byte < MSSNTP_HASH_SIZE; byte++)
			printf("%02x", facts->keys.hashes[i][byte]);
		putchar('"');
	}
	printf("], \"explanation\": \"%s\"}\n", facts->explanation);
}

static void print_answer(const union answer *answer, size_t length)
{
	if (account_facts_valid(&answer->facts, length))
		print_facts(&answer->facts);
	else if (account_rid_valid(&answer->rid, length))
		printf("{\"rid\": %u, \"place\": \"%s\", \"explanation\": \"%s\"}\n",
		       answer->rid.rid, answer->rid.place, answer->rid.explanation);
	else if (length == sizeof answer->signer)
		printf("{\"status\": %d}\n", answer->signer.status);
	else
		printf("{}\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char option[] = "--config", line[10];
	char *arguments[] = { argc == 3 ? argv[1] : NULL, option, argc == 3 ? argv[2] : NULL,
			      NULL };
	struct wait_handle wait;
	socket_handle with;
	int64_t process;
	struct error error;

	if (argc != 3)
		return 2;
	if (messages_start(arguments, ACCOUNT_HANDLE, &wait.handle, &process, &error) < 0) {
		fprintf(stderr, "account_ask: %s\n", error.text);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof line, stdin) != NULL) {
		union answer answer;
		int length;

		if (messages_send(wait.handle, line, 1, SOCKET_HANDLE_NONE) < 0 ||
		    wait_readable(&wait, 1, 30) != 1)
			return EXIT_FAILURE;
		length = messages_receive(wait.handle, &answer, sizeof answer, &with);
		if (length <= 0)
			return EXIT_FAILURE;
		if (with != SOCKET_HANDLE_NONE)
			close(with);
		print_answer(&answer, (size_t)length);
	}
	return EXIT_SUCCESS;
}
