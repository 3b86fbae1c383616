/* The filters that come with the program: filters/logs, checked at build time and built in, as their text and packed (pack.h),
 * so that a run parses none. */
#ifndef CTXCUT_FILTER_BUILTIN_H
#define CTXCUT_FILTER_BUILTIN_H

#include <stddef.h>

struct builtin_filter {
	const char *name, *about, *path;
	const char *yaml;
	size_t yaml_bytes;
	const char *packed;
	size_t packed_bytes;
};

extern const struct builtin_filter builtin_filters[]; /* sorted by name */
extern const size_t builtin_filter_count;

/* filters/redact.yaml (redact.h). */
extern const char builtin_redact[];
extern const size_t builtin_redact_bytes;

#endif
