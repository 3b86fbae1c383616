#include "text/json.h"

#include <jansson.h>

static bool convert(struct arena *arena, const json_t *from, struct json_value *to, unsigned depth);

static bool add_child(struct arena *arena, struct json_value ***link, struct span name, const json_t *from, unsigned depth)
{
	struct json_value *child = arena_alloc(arena, sizeof *child);
	child->name = name;
	**link = child;
	*link = &child->next;
	return convert(arena, from, child, depth + 1);
}

/* False: nested too deep. */
static bool convert(struct arena *arena, const json_t *from, struct json_value *to, unsigned depth)
{
	struct json_value **link = &to->first;
	bool fits = depth < JSON_DEPTH_MOST;
	switch (json_typeof(from)) {
	case JSON_OBJECT:
		to->kind = JSON_MAP;
		for (void *i = json_object_iter((json_t *)(uintptr_t)from); i && fits;
		     i = json_object_iter_next((json_t *)(uintptr_t)from, i)) {
			struct span name = arena_dup(arena, span_of_str(json_object_iter_key(i)));
			fits = add_child(arena, &link, name, json_object_iter_value(i), depth);
		}
		break;
	case JSON_ARRAY:
		to->kind = JSON_LIST;
		for (size_t i = 0; i < json_array_size(from) && fits; i++)
			fits = add_child(arena, &link, (struct span){0}, json_array_get(from, i), depth);
		break;
	case JSON_STRING:
		to->kind = JSON_TEXT;
		to->text = arena_dup(arena, span_of(json_string_value(from), json_string_length(from)));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		to->kind = JSON_NUMBER;
		to->number = json_number_value(from);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		to->kind = JSON_BOOL;
		to->yes = json_is_true(from);
		break;
	case JSON_NULL:
		break;
	}
	return fits;
}

enum err_code json_read(struct json_value **out, struct arena *arena, struct span text, struct err *err)
{
	json_error_t at;
	json_t *value = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &at);
	if (!value)
		return err_set(err, ERR_USAGE, "%d:%d: not JSON: %s", at.line, at.column, at.text);
	*out = arena_alloc(arena, sizeof **out);
	bool fits = convert(arena, value, *out, 0);
	json_decref(value);
	return fits ? ERR_OK : err_set(err, ERR_USAGE, "1:1: nested deeper than %d", JSON_DEPTH_MOST);
}

const struct json_value *json_member(const struct json_value *object, const char *name, enum json_kind kind)
{
	if (object && object->kind == JSON_MAP)
		for (const struct json_value *v = object->first; v; v = v->next)
			if (span_eq(v->name, span_of_str(name)))
				return v->kind == kind ? v : NULL;
	return NULL;
}

struct span json_text(const struct json_value *object, const char *name)
{
	const struct json_value *v = json_member(object, name, JSON_TEXT);
	return v ? v->text : span_of("", 0);
}

uint64_t json_as_whole(const struct json_value *v)
{
	bool is_whole = v && v->kind == JSON_NUMBER && v->number >= 0 && v->number < 9007199254740992.0;
	return is_whole && (double)(uint64_t)v->number == v->number ? (uint64_t)v->number : 0;
}

uint64_t json_whole(const struct json_value *object, const char *name)
{
	return json_as_whole(json_member(object, name, JSON_NUMBER));
}
