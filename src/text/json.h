/* A JSON value, read: for one record at a time, of a size that was looked at before. Two members of one name are an error; depth is
 * limited. The one module that reads by jansson.h. */
#ifndef CTXCUT_TEXT_JSON_H
#define CTXCUT_TEXT_JSON_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum { JSON_DEPTH_MOST = 32 };

enum json_kind { JSON_NOTHING, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_MAP };

struct json_value {
	enum json_kind kind;
	bool yes;            /* JSON_BOOL */
	double number;       /* JSON_NUMBER */
	struct span text;    /* JSON_TEXT: decoded */
	struct span name;    /* member of an object: its name, decoded */
	struct json_value *first, *next; /* children; the next sibling */
};

/* The values live in `arena`; strings have a NUL behind them. ERR_USAGE with "line:column: what is wrong", both 1-based. */
enum err_code json_read(struct json_value **out, struct arena *arena, struct span text, struct err *err);

/* The member of that name and kind, or NULL; of NULL as well. */
const struct json_value *json_member(const struct json_value *object, const char *name, enum json_kind kind);
/* A text member, or "". */
struct span json_text(const struct json_value *object, const char *name);
/* A member that is a whole number of at least 0 and below 2^53, or 0. */
uint64_t json_whole(const struct json_value *object, const char *name);
uint64_t json_as_whole(const struct json_value *value); /* the same of the value itself */

#endif
