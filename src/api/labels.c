/* Labels of the public header: JSON in, ranges and texts out. Checked as a whole before anything is handed over. */
#include "base/err.h"
#include "ctxcut.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct reader {
	const char *path;
	const char *file; /* borrowed: the log in work, NULL for the one beside the labels */
	ctxcut_take_label *take; /* NULL in the first round, which only checks */
	void *user;
	struct err *err;
};

static void hand_over(const struct reader *r, uint64_t first, uint64_t last, const char *text)
{
	if (r->take)
		r->take(r->user, &(struct ctxcut_label){r->file, first, last, text});
}

static enum err_code wrong(const struct reader *r, size_t entry, const char *what)
{
	return err_set(r->err, ERR_INPUT, "%s: %s%sentry %zu %s", r->path, r->file ? r->file : "", r->file ? ", " : "",
		       entry + 1, what);
}

static bool is_line(const json_t *number) { return json_is_integer(number) && json_integer_value(number) > 0; }

static enum err_code read_entry(const struct reader *r, const json_t *entry, size_t no)
{
	if (json_is_string(entry)) {
		hand_over(r, 0, 0, json_string_value(entry));
		return ERR_OK;
	}
	const json_t *first = entry, *last = entry;
	if (json_is_array(entry) && json_array_size(entry) == 2) {
		first = json_array_get(entry, 0);
		last = json_array_get(entry, 1);
	}
	if (!is_line(first) || !is_line(last))
		return wrong(r, no, "is no label: write a line number (12), a range ([12, 15], from line 1 on) or a line's text");
	json_int_t a = json_integer_value(first), b = json_integer_value(last);
	if (a > b) {
		char what[128];
		snprintf(what, sizeof what, "ends before it begins: write [%" PRIdMAX ", %" PRIdMAX "]", (intmax_t)b, (intmax_t)a);
		return wrong(r, no, what);
	}
	hand_over(r, (uint64_t)a, (uint64_t)b, NULL);
	return ERR_OK;
}

static enum err_code read_entries(const struct reader *r, const json_t *entries)
{
	enum err_code code = ERR_OK;
	for (size_t i = 0; i < json_array_size(entries) && code == ERR_OK; i++)
		code = read_entry(r, json_array_get(entries, i), i);
	return code;
}

static enum err_code read_log(const struct reader *r, const json_t *labels)
{
	hand_over(r, 0, 0, NULL);
	if (json_is_array(labels))
		return read_entries(r, labels);
	/* Texts say the same as the lines, and hold also where lines were counted otherwise. */
	const json_t *texts = json_object_get(labels, "texts"), *lines = json_object_get(labels, "lines");
	const json_t *entries = texts && !json_is_null(texts) ? texts : lines;
	if (!json_is_array(entries))
		return err_set(r->err, ERR_INPUT, "%s: %s%swrite an array of labels, or an object that has one as \"lines\" or \"texts\"",
			       r->path, r->file ? r->file : "", r->file ? ": " : "");
	return read_entries(r, entries);
}

static enum err_code read_document(struct reader *r, json_t *document)
{
	if (!json_is_object(document))
		return err_set(r->err, ERR_INPUT, "%s: write an object: {\"build.log\": [[12, 15]]}", r->path);
	if (json_object_get(document, "lines") || json_object_get(document, "texts"))
		return read_log(r, document);
	enum err_code code = ERR_OK;
	const char *name;
	json_t *labels;
	json_object_foreach(document, name, labels) {
		r->file = name;
		if (code == ERR_OK)
			code = read_log(r, labels);
	}
	return code;
}

enum ctxcut_status ctxcut_labels_read(const char *path, ctxcut_take_label *take, void *user, char *error, size_t error_size)
{
	struct err err = {0};
	json_error_t at;
	json_t *document = NULL;
	enum err_code code;
	FILE *file = fopen(path, "re");
	if (!file) {
		code = err_set(&err, ERR_INPUT, "%s: %s", path, strerror(errno));
		goto done;
	}
	errno = 0;
	document = json_loadf(file, JSON_REJECT_DUPLICATES, &at);
	if (ferror(file))
		code = err_set(&err, ERR_INPUT, "%s: %s", path, strerror(errno));
	else if (!document)
		code = err_set(&err, ERR_INPUT, "%s:%d:%d: not JSON: %s", path, at.line, at.column, at.text);
	else
		code = read_document(&(struct reader){.path = path, .err = &err}, document);
	fclose(file);
	if (code == ERR_OK)
		read_document(&(struct reader){.path = path, .take = take, .user = user, .err = &err}, document);
done:
	json_decref(document);
	if (error_size)
		snprintf(error, error_size, "%s", err.text);
	return code == ERR_OK ? CTXCUT_OK : CTXCUT_INPUT;
}
