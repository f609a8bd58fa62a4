#include "resolver/services.h"

#include <ares.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Of a longer answer the rest is not read. */
#define RECORDS_MAX 512

/* ------------------------------------------------------------------------- */
/* Order */

/* By priority; then those without weight first, as the RFC wants them for what
 * follows. */
static int compare(const void *a, const void *b)
{
	const struct resolver_service *first = a, *second = b;

	if (first->priority != second->priority)
		return first->priority < second->priority ? -1 : 1;
	return (first->weight > second->weight) - (first->weight < second->weight);
}

/* Which of COUNT services is drawn: the first at which the running sum of the
 * weights reaches a number between 0 and their sum. */
static size_t draw_one(const struct resolver_service *services, size_t count, services_draw *draw,
		       void *context)
{
	uint32_t sum = 0, drawn, running = 0;
	size_t i = 0;

	for (size_t j = 0; j < count; j++)
		sum += services[j].weight;
	drawn = draw(context, sum);
	for (; i + 1 < count; i++) {
		running += services[i].weight;
		if (running >= drawn)
			break;
	}
	return i;
}

static void order_equals(struct resolver_service *services, size_t count, services_draw *draw,
			 void *context)
{
	for (; count > 1; services++, count--) {
		size_t chosen = draw_one(services, count, draw, context);
		struct resolver_service service = services[chosen];

		memmove(services + 1, services, chosen * sizeof *services);
		services[0] = service;
	}
}

void services_order(struct resolver_service *services, size_t count, services_draw *draw,
		    void *context)
{
	size_t begin, end;

	if (count > 1)
		qsort(services, count, sizeof *services, compare);
	for (begin = 0; begin < count; begin = end) {
		for (end = begin + 1;
		     end < count && services[end].priority == services[begin].priority;)
			end++;
		order_equals(services + begin, end - begin, draw, context);
	}
}

/* ------------------------------------------------------------------------- */
/* Reading */

static uint32_t draw_random(void *context, uint32_t limit)
{
	(void)context;
	return limit == UINT32_MAX ? randombytes_random() : randombytes_uniform(limit + 1);
}

static bool take_record(struct resolver_service *service, const struct ares_srv_reply *record)
{
	size_t length = strlen(record->host);

	while (length > 0 && record->host[length - 1] == '.')
		length--;
	if (length > RESOLVER_NAME_MAX)
		return false;
	memset(service, 0, sizeof *service);
	memcpy(service->host, record->host, length);
	service->port = record->port;
	service->priority = record->priority;
	service->weight = record->weight;
	return resolver_is_host_name(service->host);
}

/* The services of an answer in order; the caller's to free. */
static struct resolver_service *take_records(const struct ares_srv_reply *records, size_t *count)
{
	struct resolver_service *services;
	size_t records_count = 0;

	for (const struct ares_srv_reply *it = records; it != NULL; it = it->next)
		records_count++;
	if (records_count > RECORDS_MAX)
		records_count = RECORDS_MAX;
	services = calloc(records_count + 1, sizeof *services);
	if (services == NULL)
		return NULL;
	*count = 0;
	for (; records != NULL && records_count > 0; records = records->next, records_count--)
		*count += take_record(&services[*count], records);
	services_order(services, *count, draw_random, NULL);
	return services;
}

static int decode_error(int result)
{
	switch (result) {
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return -ENOENT;
	case ARES_ENOMEM:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

int services_decode(const uint8_t *data, size_t length,
		    struct resolver_service services[RESOLVER_SERVICES_MAX])
{
	struct ares_srv_reply *records = NULL;
	struct resolver_service *all;
	size_t count;
	int result;

	if (length > INT_MAX)
		return -EBADMSG;
	result = ares_parse_srv_reply(data, (int)length, &records);
	if (result != ARES_SUCCESS)
		return decode_error(result);
	all = take_records(records, &count);
	if (records != NULL)
		ares_free_data(records);
	if (all == NULL)
		return -ENOMEM;
	if (count > RESOLVER_SERVICES_MAX)
		count = RESOLVER_SERVICES_MAX;
	memcpy(services, all, count * sizeof *services);
	free(all);
	return count == 0 ? -ENOENT : (int)count;
}
