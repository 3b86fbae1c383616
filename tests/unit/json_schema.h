/* The part of JSON Schema 2020-12 that our schemas use, for tests; an unknown keyword fails. Include it behind cmocka.h. */
#ifndef CTXCUT_TESTS_JSON_SCHEMA_H
#define CTXCUT_TESTS_JSON_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static json_t *schema_root;

static bool has_type(const json_t *v, const char *type)
{
	return (strcmp(type, "object") == 0 && json_is_object(v)) || (strcmp(type, "array") == 0 && json_is_array(v)) ||
	       (strcmp(type, "string") == 0 && json_is_string(v)) || (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
	       (strcmp(type, "number") == 0 && json_is_number(v)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(v)) || (strcmp(type, "null") == 0 && json_is_null(v));
}

static bool is_valid(json_t *v, json_t *schema);

static bool object_is_valid(json_t *v, json_t *schema)
{
	json_t *properties = json_object_get(schema, "properties"), *required = json_object_get(schema, "required"), *member;
	size_t i;
	json_array_foreach(required, i, member) {
		if (!json_object_get(v, json_string_value(member)))
			return false;
	}
	const char *key;
	json_object_foreach(v, key, member) {
		json_t *sub = json_object_get(properties, key);
		if (sub ? !is_valid(member, sub) : json_is_false(json_object_get(schema, "additionalProperties")))
			return false;
	}
	return true;
}

static bool keyword_holds(json_t *v, json_t *schema, const char *keyword, json_t *k)
{
	json_t *sub;
	size_t i, matches = 0;
	if (strcmp(keyword, "$ref") == 0) {
		const char *name = json_string_value(k);
		assert_int_equal(strncmp(name, "#/$defs/", 8), 0);
		sub = json_object_get(json_object_get(schema_root, "$defs"), name + 8);
		assert_non_null(sub);
		return is_valid(v, sub);
	}
	if (strcmp(keyword, "type") == 0) {
		if (json_is_string(k))
			return has_type(v, json_string_value(k));
		json_array_foreach(k, i, sub)
			matches += has_type(v, json_string_value(sub));
		return matches > 0;
	}
	if (strcmp(keyword, "const") == 0)
		return json_equal(v, k);
	if (strcmp(keyword, "enum") == 0) {
		json_array_foreach(k, i, sub)
			matches += (size_t)json_equal(v, sub);
		return matches > 0;
	}
	if (strcmp(keyword, "minimum") == 0)
		return !json_is_number(v) || json_number_value(v) >= json_number_value(k);
	if (strcmp(keyword, "maximum") == 0)
		return !json_is_number(v) || json_number_value(v) <= json_number_value(k);
	if (strcmp(keyword, "oneOf") == 0) {
		json_array_foreach(k, i, sub)
			matches += is_valid(v, sub);
		return matches == 1;
	}
	if (strcmp(keyword, "items") == 0) {
		json_array_foreach(v, i, sub) {
			if (!is_valid(sub, k))
				return false;
		}
		return true;
	}
	if (strcmp(keyword, "properties") == 0)
		return !json_is_object(v) || object_is_valid(v, schema);
	static const char *const others[] = {"description", "title", "$schema", "$defs", "required", "additionalProperties"};
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		matches += strcmp(keyword, others[i]) == 0;
	assert_int_equal(matches, 1);
	return true;
}

static bool is_valid(json_t *v, json_t *schema)
{
	const char *keyword;
	json_t *k;
	json_object_foreach(schema, keyword, k) {
		if (!keyword_holds(v, schema, keyword, k))
			return false;
	}
	return true;
}

#endif
