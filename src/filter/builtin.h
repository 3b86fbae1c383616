/* The filters that come with the program: filters/logs, checked at build time and built in.
 *
 * What gives a tool away is laid out as data beside each text, so that a run reads only the filters of tools it meets. */
#ifndef CTXCUT_FILTER_BUILTIN_H
#define CTXCUT_FILTER_BUILTIN_H

#include <stddef.h>

struct builtin_filter {
	const char *name, *about, *path;
	const char *yaml;
	size_t yaml_bytes;
	/* Of each pattern in `detect`, in the order of the file, the texts of which a line must hold one: "text\0text\0\0". */
	const char *const *detects;
	const unsigned char *detect_kinds;
	size_t detect_count;
};

extern const struct builtin_filter builtin_filters[]; /* sorted by name */
extern const size_t builtin_filter_count;

/* filters/redact.yaml (redact.h). */
extern const char builtin_redact[];
extern const size_t builtin_redact_bytes;

#endif
