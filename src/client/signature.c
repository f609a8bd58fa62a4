#include "client/signature.h"

void signature_init(struct signature *signature, struct authentication *authentication)
{
	signature->authentication = authentication;
	signature->best = -1;
}

void signature_destroy(struct signature *signature)
{
	if (signature->authentication != NULL)
		signature->authentication->destroy(signature->authentication);
	signature->authentication = NULL;
}

int signature_protect(struct signature *signature, uint8_t *data, size_t length, size_t size)
{
	struct authentication *authentication = signature->authentication;

	signature->best = -1;
	if (authentication == NULL)
		return (int)length;
	return authentication->protect(authentication, data, length, size);
}

enum authentication_result signature_verify(struct signature *signature, const uint8_t *data,
					    size_t length)
{
	struct authentication *authentication = signature->authentication;
	enum authentication_result result;

	if (authentication == NULL)
		return AUTHENTICATION_GOOD;
	result = authentication->verify(authentication, data, length);
	/* The lower, the better. */
	if (signature->best < 0 || (int)result < signature->best)
		signature->best = (int)result;
	return result;
}

void signature_end(struct signature *signature)
{
	if (signature->authentication != NULL)
		signature->authentication->ended(signature->authentication, signature->best);
}

bool signature_was_forged(const struct signature *signature)
{
	return signature->best == AUTHENTICATION_MISSING || signature->best == AUTHENTICATION_WRONG;
}
