/* One log as plain text, and the ways to cut it that ctxcut is measured beside. */
#include "app/bench.h"

#include "app/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What people grep a log for. */
static const char severity_words[] =
	"(?i)error|fail|fatal|panic|exception|traceback|assert|segfault|denied|not found|timed? ?out";

enum {
	CONTEXT = 3,
	/* No token of these vocabularies is longer; so a longer line needs more than one token for each of these. */
	LONGEST_TOKEN_BYTES = 1024,
};

/* ---- the text ---- */

static int write_spool(void *user, const char *bytes, size_t len)
{
	struct spool *s = user;
	spool_write(s, bytes, len);
	return s->error;
}

/* Reads "12:text" lines in parts, and takes the lines within CONTEXT of each. */
struct matches {
	struct bench_text *text;
	size_t cap;
	size_t number, next; /* `next`: the first line that was not taken yet */
	bool in_text;
};

static int take_matches(void *user, const char *bytes, size_t len)
{
	struct matches *m = user;
	for (size_t i = 0; i < len; i++) {
		if (m->in_text) {
			const char *newline = memchr(bytes + i, '\n', len - i);
			i = newline ? (size_t)(newline - bytes) : len;
			m->in_text = !newline;
		} else if (bytes[i] != ':') {
			m->number = 10 * m->number + (size_t)(bytes[i] - '0');
		} else {
			size_t at = m->number - 1, first = at > CONTEXT ? at - CONTEXT : 0;
			struct bench_text *t = m->text;
			for (m->next = first > m->next ? first : m->next; m->next <= at + CONTEXT && m->next < t->lines;
			     m->next++) {
				t->around = bench_grown(t->around, &m->cap, t->around_count + 1, sizeof *t->around);
				t->around[t->around_count++] = m->next;
			}
			m->number = 0;
			m->in_text = true;
		}
	}
	return 0;
}

static void index_lines(struct bench_text *t)
{
	size_t cap = 0, at = 0;
	t->lines = 0;
	while (at < t->len) {
		const char *newline = memchr(t->bytes + at, '\n', t->len - at);
		t->starts = bench_grown(t->starts, &cap, t->lines + 2, sizeof *t->starts);
		t->starts[t->lines++] = at;
		at = newline ? (size_t)(newline - t->bytes) + 1 : t->len;
	}
	t->starts = bench_grown(t->starts, &cap, t->lines + 1, sizeof *t->starts);
	t->starts[t->lines] = t->len;
}

enum exit_code bench_text_open(struct bench_text *t, const char *path, bool find_words)
{
	char error[1024];
	struct spool spool;
	*t = (struct bench_text){.bytes = "", .fd = -1};
	spool_open(&spool);
	enum ctxcut_status status = CTXCUT_OK;
	if (!spool.error)
		status = ctxcut_show(path, &(struct ctxcut_show_options){0}, write_spool, &spool, error, sizeof error);
	t->fd = spool.fd;
	off_t size = spool.error ? 0 : lseek(spool.fd, 0, SEEK_END);
	if (spool.error) {
		complain("a temporary file: %s", strerror(spool.error));
		return EXIT_OUTPUT;
	}
	if (status != CTXCUT_OK) {
		complain("%s", error);
		return exit_of(status);
	}
	void *mapped = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, t->fd, 0) : NULL;
	if (mapped == MAP_FAILED) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_INPUT;
	}
	if (mapped) {
		t->bytes = mapped;
		t->len = (size_t)size;
	}
	index_lines(t);
	if (!find_words)
		return EXIT_FINE;
	struct matches m = {.text = t};
	const struct ctxcut_show_options grep = {.grep = severity_words, .line_numbers = 1};
	status = ctxcut_show(path, &grep, take_matches, &m, error, sizeof error);
	if (status != CTXCUT_OK)
		complain("%s", error);
	return exit_of(status);
}

void bench_text_release(struct bench_text *t)
{
	if (t->len)
		munmap((char *)(uintptr_t)t->bytes, t->len);
	if (t->fd >= 0)
		close(t->fd);
	free(t->starts);
	free(t->around);
	*t = (struct bench_text){.bytes = "", .fd = -1};
}

/* ---- filling a budget ---- */

/* The line that the way wants as its i-th, or SIZE_MAX past the last. */
static size_t wanted(const struct bench_text *t, enum bench_way_kind kind, size_t i)
{
	size_t count = kind == WAY_GREP_FIRST || kind == WAY_GREP_LAST ? t->around_count : t->lines;
	if (i >= count)
		return SIZE_MAX;
	switch (kind) {
	case WAY_TAIL:
		return count - 1 - i;
	case WAY_HEAD_TAIL:
		return i % 2 ? count - 1 - i / 2 : i / 2;
	case WAY_GREP_FIRST:
		return t->around[i];
	case WAY_GREP_LAST:
		return t->around[count - 1 - i];
	case WAY_CTXCUT:
	case WAY_COMMAND:
		break;
	}
	return SIZE_MAX;
}

static int by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return x < y ? -1 : x > y;
}

/* The first `count` wanted lines, in file order. */
static void put_together(struct bench_bytes *out, const struct bench_text *t, enum bench_way_kind kind, size_t count)
{
	size_t *lines = app_zalloc(count, sizeof *lines);
	for (size_t i = 0; i < count; i++)
		lines[i] = wanted(t, kind, i);
	qsort(lines, count, sizeof *lines, by_number);
	out->len = 0;
	for (size_t i = 0; i < count; i++)
		bench_bytes_add(out, t->bytes + t->starts[lines[i]], t->starts[lines[i] + 1] - t->starts[lines[i]]);
	free(lines);
}

/* Tokens of a line alone; SIZE_MAX when they are more than the budget anyway. */
static size_t line_tokens(const struct bench_text *t, size_t line, const char *encoding, size_t budget)
{
	size_t len = t->starts[line + 1] - t->starts[line];
	return len / LONGEST_TOKEN_BYTES > budget ? SIZE_MAX : ctxcut_tokens(encoding, t->bytes + t->starts[line], len);
}

void bench_fill(struct bench_bytes *out, const struct bench_text *t, enum bench_way_kind kind, const char *encoding,
		size_t budget)
{
	size_t count = 0, used = 0, line;
	out->len = 0;
	/* Lines together are hardly ever more tokens than one by one, and often fewer: what is left over is filled again. */
	for (size_t before = SIZE_MAX; before != count && used <= budget;) {
		before = count;
		for (; (line = wanted(t, kind, count)) != SIZE_MAX; count++) {
			size_t more = line_tokens(t, line, encoding, budget);
			if (more > budget - used)
				break;
			used += more;
		}
		put_together(out, t, kind, count);
		used = ctxcut_tokens(encoding, out->ptr, out->len);
	}
	while (used > budget && count > 0) {
		put_together(out, t, kind, --count);
		used = ctxcut_tokens(encoding, out->ptr, out->len);
	}
}
