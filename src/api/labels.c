/* Labels of the public header: JSON in, ranges and texts out. Checked as a whole before anything is handed over. */
#include "base/buf.h"
#include "base/err.h"
#include "ctxcut.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct reader {
	const char *path;
	const char *file; /* borrowed: the log in work, NULL for the one beside the labels */
	ctxcut_take_label *take; /* NULL in the first round, which only checks */
	void *user;
	struct err *err;
	size_t groups, any; /* how many there were; the one in work, 0: none */
};

static void hand_over(const struct reader *r, uint64_t first, uint64_t last, const char *text)
{
	if (r->take)
		r->take(r->user, &(struct ctxcut_label){r->file, first, last, text, r->any});
}

static enum err_code wrong(const struct reader *r, size_t entry, const char *what)
{
	return err_set(r->err, ERR_INPUT, "%s: %s%sentry %zu %s", r->path, r->file ? r->file : "", r->file ? ", " : "",
		       entry + 1, what);
}

static enum err_code read_entries(struct reader *r, const struct json_value *entries);

static enum err_code read_any(struct reader *r, const struct json_value *entries, size_t no)
{
	if (r->any || !entries || !entries->first)
		return wrong(r, no, "is no label: write {\"any\": [12, [15, 18]]}, with labels one of which is enough");
	r->any = ++r->groups;
	enum err_code code = read_entries(r, entries);
	r->any = 0;
	return code;
}

static enum err_code read_entry(struct reader *r, const struct json_value *entry, size_t no)
{
	if (entry->kind == JSON_TEXT) {
		hand_over(r, 0, 0, entry->text.ptr);
		return ERR_OK;
	}
	if (entry->kind == JSON_MAP)
		return read_any(r, json_member(entry, "any", JSON_LIST), no);
	const struct json_value *first = entry, *last = entry;
	if (entry->kind == JSON_LIST && entry->first && entry->first->next && !entry->first->next->next) {
		first = entry->first;
		last = first->next;
	}
	uint64_t a = json_as_whole(first), b = json_as_whole(last);
	if (!a || !b)
		return wrong(r, no, "is no label: write a line number (12), a range ([12, 15], from line 1 on) or a line's text");
	if (a > b) {
		char what[128];
		snprintf(what, sizeof what, "ends before it begins: write [%" PRIu64 ", %" PRIu64 "]", b, a);
		return wrong(r, no, what);
	}
	hand_over(r, a, b, NULL);
	return ERR_OK;
}

static enum err_code read_entries(struct reader *r, const struct json_value *entries)
{
	enum err_code code = ERR_OK;
	size_t no = 0;
	for (const struct json_value *entry = entries->first; entry && code == ERR_OK; entry = entry->next)
		code = read_entry(r, entry, no++);
	return code;
}

static enum err_code read_log(struct reader *r, const struct json_value *labels)
{
	hand_over(r, 0, 0, NULL);
	r->groups = 0;
	/* Texts say the same as the lines, and hold also where lines were counted otherwise. */
	const struct json_value *entries = labels->kind == JSON_LIST ? labels : json_member(labels, "texts", JSON_LIST);
	if (!entries)
		entries = json_member(labels, "lines", JSON_LIST);
	if (!entries)
		return err_set(r->err, ERR_INPUT, "%s: %s%swrite an array of labels, or an object that has one as \"lines\" or \"texts\"",
			       r->path, r->file ? r->file : "", r->file ? ": " : "");
	return read_entries(r, entries);
}

static enum err_code read_document(struct reader *r, const struct json_value *document)
{
	if (document->kind != JSON_MAP)
		return err_set(r->err, ERR_INPUT, "%s: write an object: {\"build.log\": [[12, 15]]}", r->path);
	enum err_code code = ERR_OK;
	for (const struct json_value *log = document->first; log; log = log->next)
		if (span_eq(log->name, SPAN("lines")) || span_eq(log->name, SPAN("texts")))
			return read_log(r, document);
	for (const struct json_value *log = document->first; log && code == ERR_OK; log = log->next) {
		r->file = log->name.ptr;
		code = read_log(r, log);
	}
	return code;
}

/* The whole file, added to `text`. */
static enum err_code load(const char *path, struct buf *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	enum err_code code = buf_read(text, fd, SIZE_MAX - 1) ? ERR_OK : err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	close(fd);
	return code;
}

enum ctxcut_status ctxcut_labels_read(const char *path, ctxcut_take_label *take, void *user, char *error, size_t error_size)
{
	struct err err = {0};
	struct buf text = {0};
	struct arena arena = {0};
	struct json_value *document;
	enum err_code code = load(path, &text, &err);
	struct err where = {0};
	if (code == ERR_OK && json_read(&document, &arena, buf_span(&text), &where) != ERR_OK)
		code = err_set(&err, ERR_INPUT, "%s:%s", path, where.text);
	if (code == ERR_OK)
		code = read_document(&(struct reader){.path = path, .err = &err}, document);
	if (code == ERR_OK)
		read_document(&(struct reader){.path = path, .take = take, .user = user, .err = &err}, document);
	arena_release(&arena);
	buf_release(&text);
	if (error_size)
		snprintf(error, error_size, "%s", err.text);
	return code == ERR_OK ? CTXCUT_OK : CTXCUT_INPUT;
}
