/* What the first bytes of an input tell: how it is packed, and how its text is written. Internal to src/input. */
#ifndef CTXCUT_INPUT_FORMAT_H
#define CTXCUT_INPUT_FORMAT_H

#include "base/span.h"

enum { FORMAT_HEAD_BYTES = 18 }; /* the longest that is looked at: a whole zstd frame header */

/* A packed form, and the program that unpacks it from its standard input. */
struct format {
	const char *name;     /* as source_decoded_from gives it */
	const char *program;  /* NULL: the library does it */
	const char *args[3];  /* up to NULL */
	const char *package;  /* that has the program */
};

/* NULL: not packed. head: the first FORMAT_HEAD_BYTES of the input, or all of it. */
const struct format *format_of(struct span head);

enum text_form { TEXT_AS_IS, TEXT_UTF16LE, TEXT_UTF16BE };
enum { TEXT_HEAD_BYTES = 4 };
/* head: the first TEXT_HEAD_BYTES, or all. *mark_bytes: of the byte order mark, which is to be dropped. */
enum text_form text_form_of(struct span head, size_t *mark_bytes);

#endif
