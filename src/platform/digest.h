/* Digests that NTP and MS-SNTP ask for and that are too old for libsodium:
 * from OpenSSL on Linux, from CNG on Windows. */
#ifndef W32TIMED_PLATFORM_DIGEST_H
#define W32TIMED_PLATFORM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_MD5_SIZE 16

/* 0, or -ENOSYS where the system's policy forbids MD5. */
int digest_md5(const void *data, size_t length, uint8_t digest[DIGEST_MD5_SIZE]);

#endif
