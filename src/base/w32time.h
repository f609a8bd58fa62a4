/* Numbers of W32Time's remote protocol that the daemon and w32tm share. */
#ifndef W32TIMED_BASE_W32TIME_H
#define W32TIMED_BASE_W32TIME_H

/* What W32TimeSync is asked for, [MS-W32T]. */
enum resync_flag {
	RESYNC_HARD = 0x01,
	RESYNC_RETURN_RESULT = 0x02,
	RESYNC_REDISCOVER = 0x04,
	RESYNC_UPDATE = 0x08,
	RESYNC_FORCE = 0x10,
};

/* The authentication id of a peer that is asked without any, [MS-W32T]. */
#define W32TIME_NO_AUTHENTICATION 0x5A

#endif
