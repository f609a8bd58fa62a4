/* Files that regedit and "reg export" write (.reg), read.  Pure. */
#ifndef W32TIMED_W32TM_REG_FILE_H
#define W32TIMED_W32TM_REG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* As Windows numbers them. */
enum reg_type {
	REG_TYPE_TEXT = 1,   /* REG_SZ */
	REG_TYPE_EXPAND = 2, /* REG_EXPAND_SZ */
	REG_TYPE_BINARY = 3,
	REG_TYPE_NUMBER = 4, /* REG_DWORD */
	REG_TYPE_LIST = 7,   /* REG_MULTI_SZ */
};

/* Lives only during the call that it is handed to. */
struct reg_value {
	const char *key;  /* "HKEY_LOCAL_MACHINE\SYSTEM\..." */
	const char *name; /* "": the key's default value; NULL: the key itself is deleted */
	bool deleted;
	unsigned type;   /* an enum reg_type, or another number */
	uint32_t number; /* of REG_TYPE_NUMBER */
	/* UTF-8, of the types of text; a list's items stand between blanks. */
	const char *text;
	unsigned line; /* of the file; 0: from no file */
};

typedef void (*reg_value_handler)(void *context, const struct reg_value *value);

/* Calls HANDLER for each value of DATA: UTF-16 with a byte order mark, either order, or
 * UTF-8 with or without one.  -EINVAL with ERROR set for what is no such file or has a line
 * that nobody wrote so (values before it were handed over), or -ENOMEM. */
int reg_file_read(const char *data, size_t length, reg_value_handler handler, void *context,
		  struct error *error);

/* Fills type, number and text of VALUE from the bytes that the registry holds (text
 * in UTF-16, little-endian).  *TEXT is allocated, the caller's, or NULL.  -EINVAL for
 * bytes that are none of that type, -ENOMEM. */
int reg_value_decode(struct reg_value *value, unsigned type, const uint8_t *bytes, size_t length,
		     char **text);

#endif
