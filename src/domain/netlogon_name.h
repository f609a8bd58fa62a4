/* Names in a netlogon answer: labels with a length byte, pointers backwards as in
 * DNS messages (RFC 1035, 4.1.4).  Pure.  [MS-ADTS] 6.3.7. */
#ifndef W32TIMED_DOMAIN_NETLOGON_NAME_H
#define W32TIMED_DOMAIN_NETLOGON_NAME_H

#include <stddef.h>
#include <stdint.h>

/* Reads the name at *OFFSET of DATA, on which pointers count too, into TEXT
 * (labels joined with dots, ended by NUL), and moves *OFFSET behind it.  Returns 0
 * or -EBADMSG: it is not all there, too long for SIZE, points forward or round in
 * a circle, or holds what no name holds (control characters, no UTF-8). */
int netlogon_name_decode(const uint8_t *data, size_t length, size_t *offset, char *text,
			 size_t size);

#endif
