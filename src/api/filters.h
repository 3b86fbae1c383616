/* Where filters come from, for the reduction and for the functions about filters. */
#ifndef CTXCUT_API_FILTERS_H
#define CTXCUT_API_FILTERS_H

#include "api/reduction.h"

/* ERR_LIMIT: a repository's file that is not trusted; ERR_USAGE: a file that is wrong or cannot be read. */
typedef void filter_trouble(void *user, const struct err *err);

/* Built-in filters, the user's, and those that are trusted of the repository around the working directory. */
struct filter_set *filters_load(filter_trouble *trouble, void *user);

/* At most 1 MiB. */
enum err_code filter_file_read(struct buf *out, const char *path, struct err *err);
/* Keeps the hash and the path of a filter file that is right. */
enum err_code filter_trust(const char *path, struct err *err);


/* YAML to start a filter from, made from a log. filters_new.c */
void filter_skeleton(struct buf *out, const char *name, struct span log);

#endif
