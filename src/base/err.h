/* Errors: the lowest layer says what happened, each caller may add where.
 * A function that can fail returns an `enum err_code` and takes a `struct err *` (may be NULL).
 * Nothing below src/app prints or exits. What is not printable is escaped when the text is set, C1 controls, hidden and
 * reordering characters and bytes that are no UTF-8 included; of a text that is too long the middle is left out. */
#ifndef CTXCUT_BASE_ERR_H
#define CTXCUT_BASE_ERR_H

enum err_code {
	ERR_OK = 0,
	ERR_INPUT,   /* an input could not be read, or not to its end */
	ERR_USAGE,   /* an option, a reference or a configuration is wrong */
	ERR_OUTPUT,  /* writing the result failed */
	ERR_STORE,   /* the store could not be read or written */
	ERR_MISSING, /* what a reference names does not exist (any more) */
	ERR_CHANGED, /* what a reference names exists, with other content */
	ERR_LIMIT,   /* a stated limit was reached */
};

struct err {
	enum err_code code;
	char text[480]; /* UTF-8, no control characters, NUL-terminated */
};

/* Sets code and text; returns the code, so that `return err_set(…)` reads well. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "where: " before the text that is there. */
enum err_code err_at(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
