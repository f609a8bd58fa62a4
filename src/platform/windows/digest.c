#include "config.h"

#include "platform/digest.h"

#include <errno.h>
#include <limits.h>
#include <windows.h>

#include <bcrypt.h>

static int digest(const wchar_t *algorithm, const void *data, size_t length, uint8_t *result,
		  ULONG size)
{
	BCRYPT_ALG_HANDLE provider;
	BCRYPT_HASH_HANDLE hash;
	NTSTATUS status;

	if (length > ULONG_MAX || BCryptOpenAlgorithmProvider(&provider, algorithm, NULL, 0) != 0)
		return -ENOSYS;
	status = BCryptCreateHash(provider, &hash, NULL, 0, NULL, 0, 0);
	if (status == 0) {
		/* It only reads them. */
		status = BCryptHashData(hash, (PUCHAR)(uintptr_t)data, (ULONG)length, 0);
		if (status == 0)
			status = BCryptFinishHash(hash, result, size, 0);
		BCryptDestroyHash(hash);
	}
	BCryptCloseAlgorithmProvider(provider, 0);
	return status == 0 ? 0 : -ENOSYS;
}

int digest_md4(const void *data, size_t length, uint8_t result[DIGEST_MD4_SIZE])
{
	return digest(BCRYPT_MD4_ALGORITHM, data, length, result, DIGEST_MD4_SIZE);
}

int digest_md5(const void *data, size_t length, uint8_t result[DIGEST_MD5_SIZE])
{
	return digest(BCRYPT_MD5_ALGORITHM, data, length, result, DIGEST_MD5_SIZE);
}
