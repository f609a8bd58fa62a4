#include "config.h"

#include "platform/digest.h"

#include <errno.h>
#include <openssl/evp.h>

int digest_md5(const void *data, size_t length, uint8_t digest[DIGEST_MD5_SIZE])
{
	return EVP_Digest(data, length, digest, NULL, EVP_md5(), NULL) == 1 ? 0 : -ENOSYS;
}
