#include "platform/ber.h"

#include <errno.h>

#ifdef _WIN32
typedef ULONG ber_size;
#else
typedef ber_len_t ber_size;
#endif

#define LONG_FORM 0x80u
#define LONG_TAG  0x1fu

static BerElement *open_element(const struct ber_input *input)
{
	struct berval value = { .bv_len = (ber_size)input->length,
				.bv_val = (char *)(uintptr_t)input->data };

	return ber_init(&value);
}

/* Octets of tag and length; the library has seen that they are there. */
static size_t head_length(const struct ber_input *input)
{
	uint8_t length = input->data[1];

	return length < LONG_FORM ? 2 : 2u + (length & ~LONG_FORM);
}

int ber_next_tag(const struct ber_input *input)
{
	return input->length == 0 ? -1 : input->data[0];
}

/* The library finds the element; *HEAD and *LENGTH say where its content is. */
static int measure(const struct ber_input *input, unsigned tag, size_t *head, size_t *length)
{
	BerElement *ber;
	ber_size size = 0;
	unsigned long found;

	if (input->length < 2 || (input->data[0] & LONG_TAG) == LONG_TAG || input->data[0] != tag)
		return -EBADMSG;
	ber = open_element(input);
	if (ber == NULL)
		return -ENOMEM;
	found = ber_skip_tag(ber, &size);
	ber_free(ber, 1);
	if (found != tag)
		return -EBADMSG;
	*head = head_length(input);
	*length = size;
	return *head > input->length || *length > input->length - *head ? -EBADMSG : 0;
}

int ber_take(struct ber_input *input, unsigned tag, struct ber_input *content)
{
	size_t head, length;
	int result = measure(input, tag, &head, &length);

	if (result != 0)
		return result;
	content->data = input->data + head;
	content->length = length;
	input->data += head + length;
	input->length -= head + length;
	return 0;
}

int ber_take_integer(struct ber_input *input, int32_t *value)
{
	struct ber_input whole = *input, content;
	ber_int_t number = 0;
	BerElement *ber;
	int result = ber_take(input, BER_TAG_INTEGER, &content);
	unsigned long found;
	char format[] = "i";

	if (result != 0)
		return result;
	if (content.length == 0 || content.length > sizeof number)
		return -EBADMSG;
	ber = open_element(&whole);
	if (ber == NULL)
		return -ENOMEM;
	found = ber_scanf(ber, format, &number);
	ber_free(ber, 1);
	if (found == (unsigned long)LBER_ERROR)
		return -EBADMSG;
	*value = number;
	return 0;
}
