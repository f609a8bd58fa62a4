#include "config.h"

#include "platform/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

/* OpenSSL 3 keeps MD4 in its legacy provider.  A library context of its own
 * leaves everybody else's choice of providers as it is. */
int digest_md4(const void *data, size_t length, uint8_t digest[DIGEST_MD4_SIZE])
{
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *legacy = NULL;
	EVP_MD *md4 = NULL;
	int result = -ENOSYS;

	if (library != NULL)
		legacy = OSSL_PROVIDER_load(library, "legacy");
	if (legacy != NULL)
		md4 = EVP_MD_fetch(library, "MD4", NULL);
	if (md4 != NULL && EVP_Digest(data, length, digest, NULL, md4, NULL) == 1)
		result = 0;
	EVP_MD_free(md4);
	if (legacy != NULL)
		OSSL_PROVIDER_unload(legacy);
	OSSL_LIB_CTX_free(library);
	return result;
}

int digest_md5(const void *data, size_t length, uint8_t digest[DIGEST_MD5_SIZE])
{
	return EVP_Digest(data, length, digest, NULL, EVP_md5(), NULL) == 1 ? 0 : -ENOSYS;
}
