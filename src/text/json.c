#include "text/json.h"

#include "base/buf.h"
#include "text/utf8.h"

#include <stdlib.h>

struct reader {
	struct arena *arena;
	struct span all;
	size_t at;
	struct buf text; /* a string on its way */
	struct err *err;
	unsigned depth;
};

static enum err_code fault(struct reader *r, const char *what)
{
	return err_set(r->err, ERR_USAGE, "offset %zu: %s", r->at, what);
}

static char peek(const struct reader *r) { return r->at < r->all.len ? r->all.ptr[r->at] : '\0'; }

static void skip_blanks(struct reader *r)
{
	while (r->at < r->all.len && strchr(" \t\r\n", r->all.ptr[r->at]) && r->all.ptr[r->at])
		r->at++;
}

static bool take_unit(struct reader *r, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, r->at++) {
		char c = peek(r);
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
		                 : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 16;
		if (digit > 15)
			return false;
		*unit = *unit << 4 | digit;
	}
	return true;
}

static enum err_code take_escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = peek(r);
	const char *known = c ? strchr(from, c) : NULL;
	r->at++;
	if (known) {
		buf_add_char(&r->text, to[known - from]);
		return ERR_OK;
	}
	uint32_t unit, low;
	if (c != 'u' || !take_unit(r, &unit))
		return fault(r, "an escape that is none");
	if (unit >= 0xd800 && unit < 0xdc00 && span_starts(span_from(r->all, r->at), SPAN("\\u"))) {
		r->at += 2;
		if (!take_unit(r, &low) || low < 0xdc00 || low > 0xdfff)
			return fault(r, "half a surrogate pair");
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	} else if (unit >= 0xd800 && unit <= 0xdfff) {
		return fault(r, "half a surrogate pair");
	}
	utf8_encode(&r->text, unit);
	return ERR_OK;
}

static enum err_code take_text(struct reader *r, struct span *out)
{
	buf_clear(&r->text);
	for (r->at++;; ) {
		size_t begin = r->at;
		while (r->at < r->all.len && r->all.ptr[r->at] != '"' && r->all.ptr[r->at] != '\\' && (unsigned char)r->all.ptr[r->at] >= 0x20)
			r->at++;
		buf_add(&r->text, r->all.ptr + begin, r->at - begin);
		if (r->at >= r->all.len)
			return fault(r, "the text ends inside a string");
		char c = r->all.ptr[r->at];
		if (c == '"')
			break;
		if (c != '\\')
			return fault(r, "a control character in a string");
		r->at++;
		enum err_code code = take_escape(r);
		if (code != ERR_OK)
			return code;
	}
	r->at++;
	*out = arena_dup(r->arena, buf_span(&r->text));
	return ERR_OK;
}

static enum err_code take_number(struct reader *r, double *out)
{
	char digits[64];
	size_t len = 0;
	while (len + 1 < sizeof digits && peek(r) && strchr("+-.eE0123456789", peek(r)))
		digits[len++] = r->all.ptr[r->at++];
	digits[len] = '\0';
	char *end;
	*out = strtod(digits, &end);
	return len && !*end ? ERR_OK : fault(r, "a value that is none");
}

static enum err_code take_value(struct reader *r, struct json_value *out);

static enum err_code take_children(struct reader *r, struct json_value *parent, char closing)
{
	struct json_value **link = &parent->first;
	r->at++;
	skip_blanks(r);
	if (peek(r) == closing) {
		r->at++;
		return ERR_OK;
	}
	for (;;) {
		struct json_value *child = arena_alloc(r->arena, sizeof *child);
		enum err_code code = ERR_OK;
		skip_blanks(r);
		if (closing == '}') {
			if (peek(r) != '"')
				return fault(r, "a member without a name");
			if ((code = take_text(r, &child->name)) != ERR_OK)
				return code;
			skip_blanks(r);
			if (peek(r) != ':')
				return fault(r, "a colon is missing");
			r->at++;
		}
		if ((code = take_value(r, child)) != ERR_OK)
			return code;
		*link = child;
		link = &child->next;
		skip_blanks(r);
		char c = peek(r);
		if (c != ',' && c != closing)
			return fault(r, closing == '}' ? "an object does not go on" : "a list does not go on");
		r->at++;
		if (c == closing)
			return ERR_OK;
	}
}

static bool takes_word(struct reader *r, const char *word)
{
	if (!span_starts(span_from(r->all, r->at), span_of_str(word)))
		return false;
	r->at += strlen(word);
	return true;
}

static enum err_code take_value(struct reader *r, struct json_value *out)
{
	enum err_code code;
	skip_blanks(r);
	switch (peek(r)) {
	case '{':
	case '[':
		if (++r->depth > JSON_DEPTH_MOST)
			return fault(r, "nested too deep");
		out->kind = peek(r) == '{' ? JSON_OBJECT : JSON_LIST;
		code = take_children(r, out, peek(r) == '{' ? '}' : ']');
		r->depth--;
		return code;
	case '"':
		out->kind = JSON_TEXT;
		return take_text(r, &out->text);
	default:
		if (takes_word(r, "null"))
			return ERR_OK;
		if (takes_word(r, "true") || takes_word(r, "false")) {
			out->kind = JSON_BOOL;
			out->yes = r->all.ptr[r->at - 2] == 'u';
			return ERR_OK;
		}
		out->kind = JSON_NUMBER;
		return take_number(r, &out->number);
	}
}

enum err_code json_read(struct json_value **out, struct arena *arena, struct span text, struct err *err)
{
	struct reader r = {.arena = arena, .all = text, .err = err};
	*out = arena_alloc(arena, sizeof **out);
	enum err_code code = take_value(&r, *out);
	skip_blanks(&r);
	if (code == ERR_OK && r.at < text.len)
		code = fault(&r, "something follows the value");
	buf_release(&r.text);
	return code;
}

const struct json_value *json_member(const struct json_value *object, const char *name, enum json_kind kind)
{
	if (object && object->kind == JSON_OBJECT)
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

uint64_t json_whole(const struct json_value *object, const char *name)
{
	const struct json_value *v = json_member(object, name, JSON_NUMBER);
	return v && v->number >= 0 && v->number < 9007199254740992.0 ? (uint64_t)v->number : 0;
}
