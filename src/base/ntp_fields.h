/* Values of NTP's header fields (RFC 5905 section 7.3) that floors below ntp/, or
 * beside it, know too. */
#ifndef W32TIMED_BASE_NTP_FIELDS_H
#define W32TIMED_BASE_NTP_FIELDS_H

enum ntp_leap {
	NTP_LEAP_NONE = 0,
	NTP_LEAP_INSERT = 1, /* the day's last minute has 61 seconds */
	NTP_LEAP_DELETE = 2, /* 59 */
	NTP_LEAP_UNSYNCHRONIZED = 3,
};

#define NTP_STRATUM_MAX 15 /* 16 and more: unsynchronized */

#endif
