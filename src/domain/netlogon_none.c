/* Built without an LDAP library: nothing can be asked. */
#include "domain/netlogon.h"

#include <errno.h>

int netlogon_question_encode(const struct netlogon_question *question,
			     uint8_t data[NETLOGON_REQUEST_MAX])
{
	(void)question;
	(void)data;
	return -ENOTSUP;
}

int netlogon_answer_decode(const uint8_t *data, size_t length, int32_t message_id,
			   struct netlogon_answer *answer)
{
	(void)data;
	(void)length;
	(void)message_id;
	(void)answer;
	return -ENOTSUP;
}
