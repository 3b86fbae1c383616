/* Fields of a structured line, found without configuration: a JSON object, key=value pairs (logfmt), or a request in an
 * access log. What stands before or between them belongs to none. A line that was cut short has the fields that it still
 * has. Where the level of a line is read from, level.h says; here is where its parts stand. */
#ifndef CTXCUT_LOG_FIELDS_H
#define CTXCUT_LOG_FIELDS_H

#include "base/span.h"

enum field_role {
	FIELD_OTHER,
	FIELD_LEVEL,
	FIELD_MESSAGE,
	FIELD_ERROR,  /* err, exception, cause … */
	FIELD_STATUS, /* status, code, exit_code … */
	FIELD_PLACE,  /* caller, file, path, method, component … */
	FIELD_STACK,  /* a stack trace in one string */
	FIELD_TIME,
	FIELD_ROLES,
};

struct field {
	size_t begin, end; /* in the line: key and value, with their quotes */
	size_t value;      /* where the value begins, behind its quote */
	enum field_role role;
};

enum { FIELDS_MOST = 96 };

/* The first `most` fields, ascending and disjoint; 0 when the line is not structured. */
size_t fields_find(struct span line, struct field *out, size_t most);

#endif
