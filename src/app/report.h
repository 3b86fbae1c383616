/* Exit codes, and messages to stderr. */
#ifndef CTXCUT_APP_REPORT_H
#define CTXCUT_APP_REPORT_H

#include <stddef.h>

#include "ctxcut.h"

/* Ordered so that of two troubles the worse one is the larger number. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_INPUT = 1,  /* some input failed; a reference no longer holds */
	EXIT_USAGE = 2,  /* the command line is wrong */
	EXIT_OUTPUT = 3, /* output or store failed */
};

/* Of run, as timeout(1) and env(1) have them; else it is the command's. */
enum run_exit {
	EXIT_TIMED_OUT = 124,
	EXIT_NOT_STARTED = 125, /* there was no pipe, process or terminal for it */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

static inline enum exit_code exit_worse(enum exit_code a, enum exit_code b) { return a > b ? a : b; }
enum exit_code exit_of(enum ctxcut_status status);

/* "ctxcut: …" and a newline to stderr, in one write. Control bytes are escaped: names and values come from anywhere. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Checked allocation for the program's own few arrays; aborts when memory runs out. */
void *app_zalloc(size_t count, size_t size_bytes);

#endif
