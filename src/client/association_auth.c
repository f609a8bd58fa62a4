/* The signature on an association's requests and answers. */
#include "client/association_auth.h"

int association_protect(struct association *association, uint8_t *data, size_t length, size_t size)
{
	struct authentication *authentication = association->authentication;

	association->authenticity = -1;
	if (authentication == NULL)
		return (int)length;
	return authentication->protect(authentication, data, length, size);
}

/* The lower, the better. */
static void note_authenticity(struct association *association, enum authentication_result result)
{
	if (association->authenticity < 0 || (int)result < association->authenticity)
		association->authenticity = (int)result;
}

bool association_authenticate(struct association *association, const uint8_t *data, size_t length)
{
	struct authentication *authentication = association->authentication;
	enum authentication_result result;

	if (authentication == NULL)
		return true;
	result = authentication->verify(authentication, data, length);
	note_authenticity(association, result);
	if (result == AUTHENTICATION_GOOD)
		return true;
	association->counters.unauthenticated++;
	association->last_drop = PEER_DROP_NOT_AUTHENTICATED;
	association->owner.rejected(association->owner.context, result);
	return false;
}

void association_exchanged(struct association *association)
{
	struct authentication *authentication = association->authentication;

	if (authentication != NULL)
		authentication->ended(authentication, association->authenticity);
}

bool association_was_cheated(const struct association *association)
{
	return association->authenticity == AUTHENTICATION_MISSING ||
	       association->authenticity == AUTHENTICATION_WRONG;
}
