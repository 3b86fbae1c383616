/* Output: buffered, checked at every write and at close. A reader that went away (EPIPE) ends it quietly. */
#ifndef CTXCUT_APP_OUT_H
#define CTXCUT_APP_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "app/report.h"

struct out {
	int fd;
	const char *name; /* borrowed; for the message */
	int error;        /* errno of the first write that failed, else 0 */
	size_t used;
	char bytes[16 * 1024];
};

/* path NULL or "-": stdout. A file is created or cut to nothing. On EXIT_OUTPUT it was said why and nothing is open. */
enum exit_code out_open(struct out *o, const char *path);

/* Of type ctxcut_write; `out` is a struct out. Non-zero once writing failed. */
int out_write(void *out, const char *bytes, size_t len);
void out_text(struct out *o, const char *text);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text from outside (a file name): control characters and invalid UTF-8 become U+FFFD. */
void out_clean(struct out *o, const char *text);
/* A JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void out_json_string(struct out *o, const char *text);

/* Flushes and closes, and says what failed. */
enum exit_code out_close(struct out *o);

#endif
