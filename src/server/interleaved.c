#include "server/interleaved.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyed_table.h"

/* s; no client asks for the transmit time stamp of an older answer. */
#define AGE_MAX 5000.0
/* s; between receive and transmit time stamp of one answer. */
#define LAG_MAX 2.0
/* How far steering may have moved the clock meanwhile, in s and as a fraction of the
 * time; by more, and both ends of the exchange are not on one scale any more. */
#define MOVED_AT_ONCE 1e-4
#define MOVED_IN_TIME 1e-4

struct sent_answer {
	struct keyed_entry entry; /* of client and receive time stamp */
	ntp_timestamp receive;
	ntp_timestamp transmit; /* 0: not known yet */
	raw_ns added;
	int64_t offset_ns; /* of the served clock to the oscillator */
};

struct interleaved_table {
	struct keyed_table answers;
};

static bool interleaved_answer_is_older(const void *entry, const void *than, const void *context)
{
	const struct sent_answer *a = entry, *b = than;

	(void)context;
	return a->added < b->added;
}

static const struct keyed_table_kind answers_kind = {
	.groups = 4096,
	.group_size = 4,
	.entry_size = sizeof(struct sent_answer),
	.is_missed_less = interleaved_answer_is_older,
};

struct interleaved_table *interleaved_create(void)
{
	struct interleaved_table *table = calloc(1, sizeof *table);

	if (table == NULL || keyed_table_init(&table->answers, &answers_kind) < 0) {
		free(table);
		return NULL;
	}
	return table;
}

void interleaved_destroy(struct interleaved_table *table)
{
	if (table == NULL)
		return;
	keyed_table_free(&table->answers);
	free(table);
}

static uint64_t interleaved_hash(const struct interleaved_table *table,
				 const struct net_address *client, ntp_timestamp receive)
{
	uint8_t data[sizeof receive + 16];
	size_t length;
	const uint8_t *address = net_address_bytes(client, &length);

	memcpy(data, &receive, sizeof receive);
	memcpy(data + sizeof receive, address, length);
	return keyed_table_hash(&table->answers, data, sizeof receive + length);
}

static struct sent_answer *interleaved_find(const struct interleaved_table *table,
					    const struct net_address *client, ntp_timestamp receive)
{
	struct sent_answer *answer = keyed_table_find(
		&table->answers, &answers_kind, interleaved_hash(table, client, receive), NULL);

	return answer != NULL && answer->receive == receive ? answer : NULL;
}

uint64_t interleaved_add(struct interleaved_table *table, const struct net_address *client,
			 const struct clock_reading *now, ntp_timestamp *receive)
{
	struct sent_answer *answer;
	bool added;

	while (interleaved_find(table, client, *receive) != NULL)
		*receive += 2;
	answer = keyed_table_find_or_add(&table->answers, &answers_kind,
					 interleaved_hash(table, client, *receive), NULL, &added);
	*answer = (struct sent_answer){
		.entry = answer->entry,
		.receive = *receive,
		.added = now->raw,
		.offset_ns = now->utc - now->raw,
	};
	return (uint64_t)keyed_table_index(&table->answers, &answers_kind, answer) << 32 |
	       (uint32_t)*receive;
}

void interleaved_set_transmit(struct interleaved_table *table, uint64_t token,
			      const struct clock_reading *sent)
{
	struct sent_answer *answer = keyed_table_at(&table->answers, &answers_kind, token >> 32);
	utc_ns received = ntp_to_utc(answer->receive, sent->utc);
	double lag = ns_interval(received, sent->utc);

	if ((uint32_t)answer->receive != (uint32_t)token || lag < 0 || lag > LAG_MAX)
		return;
	answer->transmit = ntp_from_utc(sent->utc) & ~(ntp_timestamp)1;
}

ntp_timestamp interleaved_take_transmit(struct interleaved_table *table,
					const struct net_address *client,
					const struct clock_reading *now, ntp_timestamp receive)
{
	struct sent_answer *answer = interleaved_find(table, client, receive);
	ntp_timestamp transmit;
	double age, moved;

	if (answer == NULL)
		return 0;
	transmit = answer->transmit;
	age = ns_interval(answer->added, now->raw);
	moved = ns_interval(answer->offset_ns, now->utc - now->raw);
	*answer = (struct sent_answer){ .receive = 0 };
	if (age > AGE_MAX || fabs(moved) > MOVED_AT_ONCE + MOVED_IN_TIME * age)
		return 0;
	return transmit;
}
