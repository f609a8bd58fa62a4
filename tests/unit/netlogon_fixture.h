/* Netlogon answers for tests: a real one, and ones that are put together. */
#ifndef W32TIMED_TESTS_UNIT_NETLOGON_FIXTURE_H
#define W32TIMED_TESTS_UNIT_NETLOGON_FIXTURE_H

#include "domain/netlogon.h"

/* What a Samba 4.17 domain controller answered (message 1): the controller
 * dc1.corp.example, PDC emulator, in our site Default-First-Site-Name. */
#define NETLOGON_REAL_LENGTH    134
#define NETLOGON_REAL_STRUCTURE 27 /* where the structure begins */
extern const uint8_t netlogon_real[NETLOGON_REAL_LENGTH];

/* The structure that says ANSWER, no name compressed. */
size_t netlogon_structure(uint8_t *data, const struct netlogon_answer *answer);

/* The datagram around a structure; NULL: the entry has no attribute. */
size_t netlogon_datagram(uint8_t *data, int32_t message_id, const uint8_t *structure,
			 size_t length);

/* The same around attributes that are put together by hand of elements, whose
 * lengths have four octets. */
size_t netlogon_element(uint8_t *data, uint8_t tag, const void *content, size_t length);
size_t netlogon_entry(uint8_t *data, int32_t message_id, const uint8_t *attributes, size_t length);

#endif
