/* C structures as JSON objects and back, by a table of their members.  The structures
 * and tables of an interface are made at build time of its .varlink description
 * (src/control/interface.awk), never written by hand.
 *
 * Strings and lists of a structure that is encoded are borrowed.  Strings of one
 * that was decoded stand in the JSON and are valid as long as that is; lists and
 * maps are allocated and go with schema_free().  Unknown is null: NAN, NULL or
 * has_NAME false. */
#ifndef W32TIMED_CONTROL_SCHEMA_H
#define W32TIMED_CONTROL_SCHEMA_H

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum schema_kind {
	SCHEMA_BOOL,
	SCHEMA_INT,    /* int64_t */
	SCHEMA_FLOAT,  /* double */
	SCHEMA_STRING, /* const char *, UTF-8 */
	SCHEMA_STRUCTURE,
};

enum schema_shape {
	SCHEMA_PLAIN,
	SCHEMA_NULLABLE, /* never a structure */
	SCHEMA_LIST,     /* a pointer to the first, and the count */
	SCHEMA_MAP,      /* struct schema_entry *, and the count */
};

struct schema_type;

struct schema_field {
	const char *name;
	enum schema_kind kind;
	enum schema_shape shape;
	size_t offset;
	size_t companion; /* the offset of the count, or of a nullable int's has_NAME */
	const struct schema_type *type; /* of SCHEMA_STRUCTURE */
};

struct schema_type {
	size_t size;
	const struct schema_field *fields;
	size_t field_count;
};

struct schema_entry { /* of a [string]int */
	const char *name;
	int64_t value;
};

/* The caller's to decref.  NULL with a sentence that names the member in ERROR: a
 * text is missing (EINVAL) or not UTF-8 (EILSEQ), a number that may not be null is
 * not finite (EDOM), memory is short (ENOMEM). */
json_t *schema_encode(const struct schema_type *type, const void *structure, struct error *error);

/* Members that TYPE does not have are passed over, nullable ones may be missing, and
 * an integer stands for a float as well.  -EBADMSG: another member is missing or of
 * another type, ERROR's sentence begins with its name; -ENOMEM.  STRUCTURE is zero
 * then. */
int schema_decode(const struct schema_type *type, const json_t *json, void *structure,
		  struct error *error);

/* Frees the lists of what was decoded, not the structure itself, and makes it zero. */
void schema_free(const struct schema_type *type, void *structure);

#endif
