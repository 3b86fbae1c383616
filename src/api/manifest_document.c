/* The manifest inside a document: found by its marker lines, written without touching anything else. */
#include "api/manifest_check.h"

#include "api/status.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LISTED_MOST = 20, DOCUMENT_BYTES_MOST = 64 * 1024 * 1024 };

#define MARK_BEGIN "<!-- ctxcut manifest: begin"
#define MARK_END "<!-- ctxcut manifest: end"

/* Where the block lies: from the begin marker's line to the end marker's, both included. */
struct place {
	bool found;
	size_t begin, end;              /* bytes */
	size_t inner_begin, inner_end;  /* between the markers */
};

enum ctxcut_status ctxcut_manifest_document(struct ctxcut_manifest *m, const char *path)
{
	if (!*path || m->index) {
		err_set(&m->err, ERR_USAGE, m->index ? "the tree was read already" : "the document's name is empty");
		return CTXCUT_USAGE;
	}
	free(m->document);
	free(m->document_name);
	m->document_name = mem_strdup(path);
	/* A link is written through: CLAUDE.md may lead to AGENTS.md. */
	char *real = realpath(path, NULL);
	m->document = real ? real : mem_strdup(path);
	return CTXCUT_OK;
}

static enum err_code read_document(const char *path, const char *name, struct buf *out, struct stat *st, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT) {
		st->st_mode = 0;
		return ERR_OK;
	}
	enum err_code code = ERR_OK;
	if (fd < 0 || fstat(fd, st) != 0)
		code = err_set(err, ERR_INPUT, "%s: %s", name, strerror(errno));
	else if (!S_ISREG(st->st_mode))
		code = err_set(err, ERR_INPUT, "%s: is no regular file", name);
	else if (st->st_size > DOCUMENT_BYTES_MOST)
		code = err_set(err, ERR_LIMIT, "%s: is too large for a document", name);
	if (code == ERR_OK && !buf_read(out, fd, SIZE_MAX - 1))
		code = err_set(err, ERR_INPUT, "%s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return code;
}

/* Markers inside a fenced block are an example of markers. */
static enum err_code find_place(const char *path, struct span text, struct place *out, struct err *err)
{
	size_t off = 0, begin_line = 0;
	bool fenced = false, inside = false;
	*out = (struct place){0};
	for (size_t no = 1; off < text.len; no++) {
		const char *lf = memchr(text.ptr + off, '\n', text.len - off);
		size_t next = lf ? (size_t)(lf - text.ptr) + 1 : text.len;
		struct span line = span_trim(span_of(text.ptr + off, next - off));
		bool begins = span_starts(line, SPAN(MARK_BEGIN)), ends = span_starts(line, SPAN(MARK_END));
		if (!inside && (span_starts(line, SPAN("```")) || span_starts(line, SPAN("~~~"))))
			fenced = !fenced;
		if (!fenced && begins) {
			if (inside || out->found)
				return err_set(err, ERR_INPUT, "%s:%zu: a second begin marker; the first stands in line %zu", path, no, begin_line);
			inside = true;
			begin_line = no;
			out->begin = off;
			out->inner_begin = next;
		} else if (!fenced && ends) {
			if (!inside)
				return err_set(err, ERR_INPUT, "%s:%zu: an end marker without a begin marker before it", path, no);
			inside = false;
			out->found = true;
			out->inner_end = off;
			out->end = next;
		}
		off = next;
	}
	if (inside)
		return err_set(err, ERR_INPUT, "%s:%zu: a begin marker without an end marker", path, begin_line);
	return ERR_OK;
}

static bool has_crlf(struct span text)
{
	const char *lf = memchr(text.ptr, '\n', text.len);
	return lf && lf > text.ptr && lf[-1] == '\r';
}

/* As text in a fence: the reader is a model, and the fence keeps every signature as it is. */
static void add_block(struct ctxcut_manifest *m, struct buf *out, bool crlf)
{
	struct buf text = {0}, block = {0};
	manifest_write_text(m, &text);
	/* Longer than any run of backticks inside. */
	size_t run = 0, longest = 2;
	for (size_t i = 0; i < text.len; i++) {
		run = text.ptr[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	buf_add_str(&block, MARK_BEGIN " (made by ctxcut manifest --update; changes between these marks are lost) -->\n");
	for (size_t i = 0; i <= longest; i++)
		buf_add_char(&block, '`');
	buf_add_str(&block, "text\n");
	buf_add_span(&block, buf_span(&text));
	for (size_t i = 0; i <= longest; i++)
		buf_add_char(&block, '`');
	buf_add_str(&block, "\n" MARK_END " -->\n");
	for (size_t i = 0; i < block.len; i++) {
		if (crlf && block.ptr[i] == '\n')
			buf_add_char(out, '\r');
		buf_add_char(out, block.ptr[i]);
	}
	buf_release(&text);
	buf_release(&block);
}

static bool write_all(int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

/* Under another name beside it, then renamed: a reader sees the old document or the new one, never a part. */
static enum err_code replace(const char *path, const char *shown, struct span content, const struct stat *before, struct err *err)
{
	struct buf name = {0};
	buf_addf(&name, "%s.ctxcut-XXXXXX", path);
	int fd = mkostemp(name.ptr, O_CLOEXEC);
	bool good = fd >= 0 && write_all(fd, content);
	if (good && before->st_mode) {
		good = fchmod(fd, before->st_mode & 07777) == 0;
		/* Only root can give a file away; where we cannot, it is ours and keeps its mode. */
		if (fchown(fd, before->st_uid, before->st_gid) != 0)
			errno = 0;
	} else if (good) {
		mode_t mask = umask(0);
		umask(mask);
		good = fchmod(fd, 0666 & ~mask) == 0;
	}
	good = good && fsync(fd) == 0;
	int error = errno;
	if (fd >= 0 && close(fd) != 0 && good) {
		good = false;
		error = errno;
	}
	if (good && rename(name.ptr, path) != 0) {
		good = false;
		error = errno;
	}
	if (!good && fd >= 0)
		unlink(name.ptr);
	buf_release(&name);
	return good ? ERR_OK : err_set(err, ERR_OUTPUT, "%s: %s", shown, strerror(error));
}

static enum err_code ready(struct ctxcut_manifest *m)
{
	if (!m->index || !m->document)
		return err_set(&m->err, ERR_USAGE, "%s", m->index ? "there is no document" : "nothing was read yet");
	m->err = (struct err){0};
	manifest_read(m);
	return ERR_OK;
}

static enum err_code update(struct ctxcut_manifest *m, int *changed)
{
	struct buf old = {0}, new = {0};
	struct stat st = {0};
	struct place place;
	enum err_code code = read_document(m->document, m->document_name, &old, &st, &m->err);
	if (code == ERR_OK)
		code = find_place(m->document_name, buf_span(&old), &place, &m->err);
	if (code == ERR_OK) {
		bool crlf = has_crlf(buf_span(&old));
		buf_add(&new, old.ptr, place.found ? place.begin : old.len);
		if (!place.found && old.len) {
			if (old.ptr[old.len - 1] != '\n')
				buf_add_str(&new, crlf ? "\r\n" : "\n");
			buf_add_str(&new, crlf ? "\r\n" : "\n");
		}
		add_block(m, &new, crlf);
		if (place.found) {
			/* The end marker's line may have been the last, without a newline. */
			if (old.ptr[place.end - 1] != '\n')
				new.len -= crlf ? 2 : 1;
			buf_add(&new, old.ptr + place.end, old.len - place.end);
		}
		*changed = !span_eq(buf_span(&old), buf_span(&new)) || !st.st_mode;
		if (*changed)
			code = replace(m->document, m->document_name, buf_span(&new), &st, &m->err);
		if (code == ERR_OK && !place.found)
			err_set(&m->err, ERR_OK, "%s: %s", m->document_name,
			        st.st_mode ? "it had no markers; the manifest stands at its end now" : "it was not there and is new");
	}
	buf_release(&old);
	buf_release(&new);
	return code;
}

enum ctxcut_status ctxcut_manifest_update(struct ctxcut_manifest *m, int *changed)
{
	*changed = 0;
	enum err_code code = ready(m);
	return status_of(code == ERR_OK ? update(m, changed) : code);
}

/* The first lines of a list, and how many more there are. */
static void keep_first(struct buf *list)
{
	size_t lines = 0, end = 0, all = 0;
	for (size_t i = 0; i < list->len; i++) {
		all += list->ptr[i] == '\n';
		if (list->ptr[i] == '\n' && ++lines == LISTED_MOST)
			end = i + 1;
	}
	if (all <= LISTED_MOST)
		return;
	list->len = end;
	buf_addf(list, "and %zu more\n", all - LISTED_MOST);
}

enum ctxcut_status ctxcut_manifest_stale(struct ctxcut_manifest *m, ctxcut_write *write, void *user)
{
	struct buf document = {0}, list = {0};
	struct stat st = {0};
	struct place place = {0};
	struct check_result result = {0};
	enum err_code code = ready(m);
	if (code == ERR_OK)
		code = read_document(m->document, m->document_name, &document, &st, &m->err);
	if (code == ERR_OK)
		code = find_place(m->document_name, buf_span(&document), &place, &m->err);
	if (code == ERR_OK && !place.found)
		code = err_set(&m->err, ERR_CHANGED, "%s: there is no manifest in it", m->document_name);
	if (code == ERR_OK) {
		struct span block = span_of(document.ptr + place.inner_begin, place.inner_end - place.inner_begin);
		struct err err;
		if (manifest_compare(m, block, &list, &result, &err) != ERR_OK)
			code = err_set(&m->err, ERR_CHANGED, "%s: there is no reference between its markers", m->document_name);
		keep_first(&list);
	}
	if (code == ERR_OK && list.len) {
		code = ERR_CHANGED;
		if (write(user, list.ptr, list.len) != 0)
			code = err_set(&m->err, ERR_OUTPUT, "the output could not be written");
	}
	buf_release(&document);
	buf_release(&list);
	return status_of(code);
}
