/* Digests that NTP and MS-SNTP ask for and that are too old for libsodium:
 * from OpenSSL on Linux, from CNG on Windows.  What is left of DATA in memory of
 * theirs is wiped: it may be a password. */
#ifndef W32TIMED_PLATFORM_DIGEST_H
#define W32TIMED_PLATFORM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_MD4_SIZE 16
#define DIGEST_MD5_SIZE 16

/* 0, or -ENOSYS where the system has no MD4 (OpenSSL without its legacy
 * provider) or its policy forbids it.  Finding it takes a moment: for passwords,
 * not for packets. */
int digest_md4(const void *data, size_t length, uint8_t digest[DIGEST_MD4_SIZE]);

/* 0, or -ENOSYS where the system's policy forbids MD5. */
int digest_md5(const void *data, size_t length, uint8_t digest[DIGEST_MD5_SIZE]);

#endif
