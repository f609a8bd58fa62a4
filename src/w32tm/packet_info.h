/* The fields of an answer, for /stripchart /packetinfo.  Pure. */
#ifndef W32TIMED_W32TM_PACKET_INFO_H
#define W32TIMED_W32TM_PACKET_INFO_H

#include <jansson.h>
#include <stdio.h>

#include "w32tm/probe.h"

void packet_info_print(FILE *out, const struct probe_answer *answer);

/* The same as a new JSON object; points in time are ns since 1970, 0: unknown. */
json_t *packet_info_json(const struct probe_answer *answer);

#endif
