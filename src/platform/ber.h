/* BER (ITU-T X.690) by the system's LDAP library: liblber, or wldap32 on
 * Windows.  Writing is ber_alloc_t(), ber_printf(), ber_flatten(), ber_bvfree()
 * and ber_free(), which both have; reading is here, since what they have in
 * common does not keep an element within the one around it. */
#ifndef W32TIMED_PLATFORM_BER_H
#define W32TIMED_PLATFORM_BER_H

#ifdef _WIN32
#include "platform/sockets.h" /* before anything that brings windows.h */

#include <winldap.h>

#include <winber.h> /* says nothing without winldap.h */
#else
#include <lber.h>
#endif

#include <stddef.h>
#include <stdint.h>

enum ber_tag {
	BER_TAG_INTEGER = 0x02,
	BER_TAG_OCTETS = 0x04,
	BER_TAG_SEQUENCE = 0x30,
	BER_TAG_SET = 0x31,
};

/* What is left to be read of a message or of an element's content. */
struct ber_input {
	const uint8_t *data;
	size_t length;
};

/* The next element, whose tag must be TAG (one octet): *CONTENT is what is in
 * it, INPUT goes on behind it.  Every form of length is understood.  Returns 0,
 * -EBADMSG (another tag, or it is not all there), -ENOMEM. */
int ber_take(struct ber_input *input, unsigned tag, struct ber_input *content);
int ber_take_integer(struct ber_input *input, int32_t *value);

/* The tag of the next element, or -1 at the end. */
int ber_next_tag(const struct ber_input *input);

#endif
