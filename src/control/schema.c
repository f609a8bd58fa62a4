#include "control/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Where an encoder or decoder is, for its error: "peers[2].offset". */
struct place {
	const struct place *outer;
	const char *name;
	size_t index; /* SIZE_MAX: no element of a list */
};

#define NO_INDEX SIZE_MAX

static void place_append(const struct place *place, struct text *text)
{
	if (place->outer != NULL) {
		place_append(place->outer, text);
		text_append(text, ".");
	}
	text_append(text, "%s", place->name);
	if (place->index != NO_INDEX)
		text_append(text, "[%zu]", place->index);
}

static int schema_fail(struct error *error, int code, const struct place *place, const char *what)
{
	char name[256];
	struct text text;

	text_init(&text, name, sizeof name);
	place_append(place, &text);
	return error_set(error, code, "%s %s", name, what);
}

static const void *member_of(const void *structure, size_t offset)
{
	return (const char *)structure + offset;
}

/* Pointers to lists are of many types; all are represented alike. */
static void *get_pointer(const void *structure, size_t offset)
{
	void *pointer;

	memcpy(&pointer, member_of(structure, offset), sizeof pointer);
	return pointer;
}

static void set_pointer(void *structure, size_t offset, void *pointer)
{
	memcpy((char *)structure + offset, &pointer, sizeof pointer);
}

static size_t schema_size(const struct schema_field *field)
{
	switch (field->kind) {
	case SCHEMA_BOOL:
		return sizeof(bool);
	case SCHEMA_INT:
		return sizeof(int64_t);
	case SCHEMA_FLOAT:
		return sizeof(double);
	case SCHEMA_STRING:
		return sizeof(const char *);
	default:
		return field->type->size;
	}
}

/* --- Encoding ---------------------------------------------------------------- */

static json_t *encode_structure(const struct schema_type *type, const void *structure,
				const struct place *outer, struct error *error);

/* JSON as it is, or an error if there is none. */
static json_t *schema_made(json_t *json, const struct place *place, struct error *error)
{
	if (json == NULL)
		schema_fail(error, ENOMEM, place, "cannot be written: out of memory");
	return json;
}

static json_t *encode_float(double value, const struct place *place, struct error *error)
{
	if (!isfinite(value)) {
		schema_fail(error, EDOM, place, "is not a finite number");
		return NULL;
	}
	return schema_made(json_real(value), place, error);
}

static json_t *encode_string(const char *value, const struct place *place, struct error *error)
{
	json_t *json = value == NULL ? NULL : json_string(value);

	if (value == NULL)
		schema_fail(error, EINVAL, place, "is missing");
	else if (json == NULL)
		schema_fail(error, EILSEQ, place, "is not UTF-8");
	return json;
}

static json_t *encode_value(const struct schema_field *field, const void *value,
			    const struct place *place, struct error *error)
{
	switch (field->kind) {
	case SCHEMA_BOOL:
		return json_boolean(*(const bool *)value);
	case SCHEMA_INT:
		return schema_made(json_integer(*(const int64_t *)value), place, error);
	case SCHEMA_FLOAT:
		return encode_float(*(const double *)value, place, error);
	case SCHEMA_STRING:
		return encode_string(*(const char *const *)value, place, error);
	default:
		return encode_structure(field->type, value, place, error);
	}
}

static bool is_null(const struct schema_field *field, const void *structure)
{
	const void *value = member_of(structure, field->offset);

	if (field->shape != SCHEMA_NULLABLE)
		return false;
	if (field->kind == SCHEMA_FLOAT)
		return !isfinite(*(const double *)value);
	if (field->kind == SCHEMA_STRING)
		return *(const char *const *)value == NULL;
	return !*(const bool *)member_of(structure, field->companion);
}

static json_t *encode_list(const struct schema_field *field, const void *structure,
			   struct place place, struct error *error)
{
	const char *value = get_pointer(structure, field->offset);
	size_t count = *(const size_t *)member_of(structure, field->companion);
	json_t *list = schema_made(json_array(), &place, error);

	for (place.index = 0; list != NULL && place.index < count; place.index++) {
		json_t *item = encode_value(field, value, &place, error);

		if (item == NULL ||
		    schema_made(json_array_append_new(list, item) == 0 ? item : NULL, &place,
				error) == NULL) {
			json_decref(list);
			list = NULL;
		}
		value += schema_size(field);
	}
	return list;
}

static json_t *encode_map(const struct schema_field *field, const void *structure,
			  const struct place *place, struct error *error)
{
	const struct schema_entry *entries = *(const struct schema_entry *const *)member_of(
		structure, field->offset);
	size_t count = *(const size_t *)member_of(structure, field->companion);
	json_t *map = schema_made(json_object(), place, error);

	for (size_t i = 0; map != NULL && i < count; i++) {
		if (json_object_set_new(map, entries[i].name, json_integer(entries[i].value)) < 0) {
			schema_fail(error, ENOMEM, place, "cannot be written: out of memory");
			json_decref(map);
			map = NULL;
		}
	}
	return map;
}

static json_t *encode_field(const struct schema_field *field, const void *structure,
			    const struct place *place, struct error *error)
{
	if (is_null(field, structure))
		return json_null();
	if (field->shape == SCHEMA_LIST)
		return encode_list(field, structure, *place, error);
	if (field->shape == SCHEMA_MAP)
		return encode_map(field, structure, place, error);
	return encode_value(field, member_of(structure, field->offset), place, error);
}

static json_t *encode_structure(const struct schema_type *type, const void *structure,
				const struct place *outer, struct error *error)
{
	struct place place = { outer, "", NO_INDEX };
	json_t *object = json_object();

	if (object == NULL) {
		error_set_system(error, ENOMEM, "an answer cannot be written");
		return NULL;
	}
	for (size_t i = 0; i < type->field_count; i++) {
		json_t *value;

		place.name = type->fields[i].name;
		value = encode_field(&type->fields[i], structure, &place, error);
		if (value == NULL ||
		    schema_made(json_object_set_new(object, place.name, value) == 0 ? value : NULL,
				&place, error) == NULL) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

json_t *schema_encode(const struct schema_type *type, const void *structure, struct error *error)
{
	return encode_structure(type, structure, NULL, error);
}

/* --- Decoding ---------------------------------------------------------------- */

static int decode_structure(const struct schema_type *type, const json_t *json, void *structure,
			    const struct place *outer, struct error *error);

static int decode_value(const struct schema_field *field, const json_t *json, void *value,
			const struct place *place, struct error *error)
{
	switch (field->kind) {
	case SCHEMA_BOOL:
		if (!json_is_boolean(json))
			return schema_fail(error, EBADMSG, place, "is neither true nor false");
		*(bool *)value = json_is_true(json);
		return 0;
	case SCHEMA_INT:
		if (!json_is_integer(json))
			return schema_fail(error, EBADMSG, place, "is not an integer");
		*(int64_t *)value = json_integer_value(json);
		return 0;
	case SCHEMA_FLOAT:
		if (!json_is_number(json))
			return schema_fail(error, EBADMSG, place, "is not a number");
		*(double *)value = json_number_value(json);
		return 0;
	case SCHEMA_STRING:
		if (!json_is_string(json))
			return schema_fail(error, EBADMSG, place, "is not a string");
		*(const char **)value = json_string_value(json);
		return 0;
	default:
		return decode_structure(field->type, json, value, place, error);
	}
}

/* Room for COUNT elements, all zero, so that a list half decoded can be freed; NULL
 * with an empty list in place, or an error. */
static void *make_list(const struct schema_field *field, char *structure, size_t count, size_t size)
{
	void *list = count == 0 ? NULL : calloc(count, size);

	set_pointer(structure, field->offset, list);
	*(size_t *)(void *)(structure + field->companion) = list == NULL ? 0 : count;
	return list;
}

static int decode_list(const struct schema_field *field, const json_t *json, char *structure,
		       struct place place, struct error *error)
{
	size_t count = json_array_size(json);
	int result = 0;
	char *list;

	if (!json_is_array(json))
		return schema_fail(error, EBADMSG, &place, "is not a list");
	list = make_list(field, structure, count, schema_size(field));
	if (list == NULL && count > 0)
		return schema_fail(error, ENOMEM, &place, "cannot be read: out of memory");
	for (place.index = 0; result == 0 && place.index < count; place.index++) {
		result = decode_value(field, json_array_get(json, place.index), list, &place,
				      error);
		list += schema_size(field);
	}
	return result;
}

static int decode_map(const struct schema_field *field, const json_t *json, char *structure,
		      const struct place *place, struct error *error)
{
	json_t *object = (json_t *)(uintptr_t)json, *value; /* jansson iterates without const */
	size_t count = json_object_size(json);
	struct schema_entry *entry;
	const char *name;

	if (!json_is_object(json))
		return schema_fail(error, EBADMSG, place, "is not an object");
	entry = make_list(field, structure, count, sizeof *entry);
	if (entry == NULL && count > 0)
		return schema_fail(error, ENOMEM, place, "cannot be read: out of memory");
	json_object_foreach(object, name, value)
	{
		const struct place inner = { place, name, NO_INDEX };

		if (!json_is_integer(value))
			return schema_fail(error, EBADMSG, &inner, "is not an integer");
		*entry++ = (struct schema_entry){ name, json_integer_value(value) };
	}
	return 0;
}

static void set_null(const struct schema_field *field, char *structure)
{
	if (field->kind == SCHEMA_FLOAT)
		*(double *)(void *)(structure + field->offset) = NAN;
}

static int decode_field(const struct schema_field *field, const json_t *json, char *structure,
			const struct place *place, struct error *error)
{
	if (field->shape == SCHEMA_NULLABLE && (json == NULL || json_is_null(json))) {
		set_null(field, structure);
		return 0;
	}
	if (json == NULL)
		return schema_fail(error, EBADMSG, place, "is missing");
	if (field->shape == SCHEMA_LIST)
		return decode_list(field, json, structure, *place, error);
	if (field->shape == SCHEMA_MAP)
		return decode_map(field, json, structure, place, error);
	if (field->shape == SCHEMA_NULLABLE &&
	    (field->kind == SCHEMA_INT || field->kind == SCHEMA_BOOL))
		*(bool *)(structure + field->companion) = true;
	return decode_value(field, json, structure + field->offset, place, error);
}

static int decode_structure(const struct schema_type *type, const json_t *json, void *structure,
			    const struct place *outer, struct error *error)
{
	struct place place = { outer, "", NO_INDEX };
	int result = 0;

	if (!json_is_object(json))
		return outer == NULL ? error_set(error, EBADMSG, "an answer is not an object")
				     : schema_fail(error, EBADMSG, outer, "is not an object");
	for (size_t i = 0; result == 0 && i < type->field_count; i++) {
		place.name = type->fields[i].name;
		result = decode_field(&type->fields[i], json_object_get(json, place.name),
				      structure, &place, error);
	}
	return result;
}

int schema_decode(const struct schema_type *type, const json_t *json, void *structure,
		  struct error *error)
{
	int result;

	memset(structure, 0, type->size);
	result = decode_structure(type, json, structure, NULL, error);
	if (result < 0)
		schema_free(type, structure);
	return result;
}

static void free_list(const struct schema_field *field, char *structure)
{
	size_t count = *(size_t *)(void *)(structure + field->companion);
	char *list = get_pointer(structure, field->offset);

	for (size_t i = 0; field->kind == SCHEMA_STRUCTURE && i < count; i++)
		schema_free(field->type, list + i * field->type->size);
	free(list);
}

void schema_free(const struct schema_type *type, void *structure)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *field = &type->fields[i];

		if (field->shape == SCHEMA_LIST || field->shape == SCHEMA_MAP)
			free_list(field, structure);
		else if (field->kind == SCHEMA_STRUCTURE)
			schema_free(field->type, (char *)structure + field->offset);
	}
	memset(structure, 0, type->size);
}
