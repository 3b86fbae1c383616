/* Slices of random trees: every line that is printed is the file's, byte for byte, at its number; every line of a slice is printed or
 * in a gap; references hold; the output is within the budget and the same each time. PROPERTY_ROUNDS (default 2) times forty trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "ctxcut.h"
#include "generate.h"
#include "text/tokens.h"

#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MOST = 12 };

struct tree {
	char folder[64];
	struct {
		char path[128]; /* in the folder */
		struct buf bytes;
	} files[FILES_MOST];
	size_t count;
};

static const char *const formats[] = {"text", "json", "markdown"};
static const char *const encodings[] = {"o200k_base", "cl100k_base", "claude"};
static const char *const verbs[] = {"load", "store", "parse", "render", "flush", "check"};
static const char *const nouns[] = {"cart", "order", "queue", "index", "cache", "token"};

static void add_name(struct buf *b, uint64_t *r) { buf_addf(b, "%s_%s", PICK(r, verbs), PICK(r, nouns)); }

/* A line of a body: also what looks like markers, CR, controls, no UTF-8, and very long ones. */
static void add_body_line(struct buf *b, uint64_t *r, const char *indent)
{
	static const char *const odd[] = {"[1-2|2 lines]", "[[x]]", "\"quoted [\"", "// \xff\xfe", "/* \xe2\x80\xae */", "\f", "caf\xc3\xa9()", "\033[31m", ""};
	buf_add_str(b, indent);
	switch (below(r, 12)) {
	case 0: buf_add_str(b, PICK(r, odd)); break;
	case 1:
		for (size_t n = below(r, one_in(r, 10) ? 20000 : 300); n; n--)
			buf_add_char(b, (char)('a' + below(r, 26)));
		break;
	case 2: buf_add_str(b, "return 0;"); break;
	default:
		add_name(b, r);
		buf_addf(b, "(%u);", (unsigned)below(r, 1000));
	}
	if (one_in(r, 20))
		buf_add_char(b, '\r');
	buf_add_char(b, '\n');
}

static size_t body_lines(uint64_t *r) { return one_in(r, 12) ? 50 + below(r, 400) : below(r, 25); }

static void add_c(struct buf *b, uint64_t *r)
{
	for (size_t n = 1 + below(r, 8); n; n--) {
		if (one_in(r, 3))
			buf_add_str(b, "/* What it does. */\n");
		buf_add_str(b, "static int ");
		add_name(b, r);
		buf_add_str(b, "(int n)\n{\n");
		for (size_t k = body_lines(r); k; k--)
			add_body_line(b, r, "\t");
		buf_add_str(b, one_in(r, 15) ? "\n" : "}\n\n"); /* now and then blocks do not balance */
	}
}

static void add_python(struct buf *b, uint64_t *r)
{
	for (size_t n = 1 + below(r, 4); n; n--) {
		buf_addf(b, "class %c%u:\n", (char)('A' + below(r, 26)), (unsigned)below(r, 9));
		for (size_t m = 1 + below(r, 4); m; m--) {
			if (one_in(r, 4))
				buf_add_str(b, "    @decorated\n");
			buf_add_str(b, "    def ");
			add_name(b, r);
			buf_add_str(b, "(self):\n");
			for (size_t k = 1 + body_lines(r); k; k--)
				add_body_line(b, r, "        ");
		}
	}
}

static void write_tree(struct tree *t, uint64_t *r)
{
	static const char *const folders[] = {"", "src/", "src/deep/", "tests/", "a b/"};
	snprintf(t->folder, sizeof t->folder, "/tmp/ctxcut-slices-XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	char path[256];
	for (size_t i = 1; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s", t->folder, folders[i]);
		mkdir(path, 0700);
	}
	t->count = 1 + below(r, FILES_MOST);
	for (size_t i = 0; i < t->count; i++) {
		bool python = one_in(r, 2);
		struct buf *b = &t->files[i].bytes;
		snprintf(t->files[i].path, sizeof t->files[i].path, "%s%s%zu.%s", PICK(r, folders), PICK(r, nouns), i, python ? "py" : "c");
		buf_clear(b);
		buf_add_str(b, one_in(r, 10) ? "[heading]\n" : "");
		(python ? add_python : add_c)(b, r);
		if (one_in(r, 6))
			b->len--; /* no newline at its end */
		snprintf(path, sizeof path, "%s/%s", t->folder, t->files[i].path);
		FILE *f = fopen(path, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(b->ptr, 1, b->len, f), b->len);
		assert_int_equal(fclose(f), 0);
	}
}

static void remove_tree(struct tree *t)
{
	char command[128];
	for (size_t i = 0; i < FILES_MOST; i++)
		buf_release(&t->files[i].bytes);
	snprintf(command, sizeof command, "rm -rf %s", t->folder);
	assert_int_equal(system(command), 0);
}

static const struct buf *bytes_of(const struct tree *t, struct span path)
{
	struct span folder = span_of_str(t->folder);
	assert_true(span_starts(path, folder));
	path = span_from(path, folder.len + 1);
	for (size_t i = 0; i < t->count; i++)
		if (span_eq(path, span_of_str(t->files[i].path)))
			return &t->files[i].bytes;
	fail_msg("no such file: %.*s", (int)path.len, path.ptr);
	return NULL;
}

/* Lines first..last of a text, with their ends. */
static struct span lines_of(struct span text, uint64_t first, uint64_t last)
{
	size_t at = 0, begin = 0;
	uint64_t no = 1;
	while (at < text.len && no <= last) {
		if (no == first)
			begin = at;
		const char *newline = memchr(text.ptr + at, '\n', text.len - at);
		at = newline ? (size_t)(newline - text.ptr) + 1 : text.len;
		no++;
	}
	assert_true(no == last + 1 && first <= last);
	return span_of(text.ptr + begin, at - begin);
}

static int collect(void *user, const char *bytes, size_t len)
{
	buf_add(user, bytes, len);
	return 0;
}

/* ---- the text form, read back ------------------------------------------------------------------------------------- */

static uint64_t number(struct span *s)
{
	uint64_t n = 0;
	while (s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		n = n * 10 + (uint64_t)(s->ptr[0] - '0');
		*s = span_from(*s, 1);
	}
	return n;
}

/* "PATH@HASH:A-B" or "'PATH@HASH:A-B'" at the front. False: it is a note. */
static bool take_reference(struct span s, struct span *path, uint64_t *first, uint64_t *last)
{
	bool quoted = span_starts(s, SPAN("'"));
	struct span word = span_head(quoted ? span_from(s, 1) : s, s.len);
	const char *end = memchr(word.ptr, quoted ? '\'' : '|', word.len);
	if (end)
		word.len = (size_t)(end - word.ptr);
	const char *at = memrchr(word.ptr, '@', word.len);
	if (!at || !span_starts(word, SPAN("/tmp/")) || word.len - (size_t)(at - word.ptr) < 11 || at[9] != ':')
		return false;
	*path = span_head(word, (size_t)(at - word.ptr));
	struct span range = span_from(word, (size_t)(at - word.ptr) + 10);
	*first = *last = number(&range);
	if (span_starts(range, SPAN("-"))) {
		range = span_from(range, 1);
		*last = number(&range);
	}
	return *first > 0 && range.len == 0;
}

static void text_is_of_the_files(const struct tree *t, struct span out)
{
	size_t level = 0;
	while (level < out.len && out.ptr[level] == '[')
		level++;
	assert_true(out.len == 0 || level > 0);
	struct span file = {0};
	uint64_t next = 0, last = 0;
	bool named = true, newline_due = false;
	while (out.len) {
		const char *end = memchr(out.ptr, '\n', out.len);
		assert_non_null(end);
		struct span line = span_of(out.ptr, (size_t)(end - out.ptr));
		size_t n = 0;
		while (n < line.len && line.ptr[n] == '[')
			n++;
		if (n != level) {
			struct span want = lines_of(file, next, next);
			struct span got = span_of(line.ptr, line.len + 1);
			if (want.ptr[want.len - 1] != '\n') {
				assert_true(newline_due);
				got.len--;
			}
			assert_true(span_eq(got, want));
			next++;
			assert_true(next <= last + 1);
			out = span_from(out, line.len + 1);
			continue;
		}
		out = span_from(out, line.len + 1);
		struct span inner = span_of(line.ptr + level, line.len - 2 * level);
		struct span path;
		uint64_t first, to;
		if (span_starts(inner, SPAN("→ "))) {
			struct span rest = span_from(inner, strlen("→ "));
			assert_true(number(&rest) == next);
		} else if (take_reference(inner, &path, &first, &to)) {
			assert_true(named || next == last + 1); /* all of the slice before it was accounted for */
			const struct buf *b = bytes_of(t, path);
			file = buf_span(b);
			next = first;
			last = to;
			named = span_ends(inner, SPAN("|not shown"));
			newline_due = span_find(inner, SPAN("no newline at its end")) != SIZE_MAX;
		} else if (inner.len && inner.ptr[0] >= '0' && inner.ptr[0] <= '9' && span_find(inner, SPAN("-")) != SIZE_MAX &&
		           !span_ends(inner, SPAN("not shown")) && !named) {
			struct span rest = inner;
			assert_true(number(&rest) == next);
			assert_true(span_starts(rest, SPAN("-")));
			rest = span_from(rest, 1);
			next = number(&rest) + 1;
			assert_true(next <= last + 1);
		} else if (!named && inner.len && inner.ptr[0] >= '0' && inner.ptr[0] <= '9' && span_ends(inner, SPAN("|1 line"))) {
			struct span rest = inner;
			assert_true(number(&rest) == next);
			next++;
		}
	}
	assert_true(named || next == last + 1);
}

/* ---- the test ----------------------------------------------------------------------------------------------------- */

static void ask(struct ctxcut_slice *s, const struct tree *t, uint64_t *r)
{
	struct buf q = {0};
	const char *path = t->files[below(r, t->count)].path;
	switch (below(r, 6)) {
	case 0: add_name(&q, r); break;
	case 1: buf_addf(&q, "%s:%u", path, 1 + (unsigned)below(r, 120)); break;
	case 2: buf_addf(&q, "%s:%u-%u", path, 1 + (unsigned)below(r, 20), 20 + (unsigned)below(r, 120)); break;
	case 3: buf_addf(&q, "%s the %s again", PICK(r, verbs), PICK(r, nouns)); break;
	case 4: buf_add_str(&q, path); break;
	default:
		for (size_t n = 1 + below(r, 12); n; n--) {
			path = t->files[below(r, t->count)].path;
			buf_addf(&q, one_in(r, 2) ? "  File \"/app/%s\", line %u, in x\n" : "/build/x/%s:%u:5: error: bad\n", path,
			         1 + (unsigned)below(r, 90));
		}
		assert_int_equal(ctxcut_slice_text(s, q.ptr, q.len), CTXCUT_OK);
		buf_release(&q);
		return;
	}
	assert_int_equal(ctxcut_slice_query(s, q.ptr), CTXCUT_OK);
	buf_release(&q);
}

struct setup {
	size_t budget, format, encoding;
	bool callers, tests, imports;
	unsigned context; /* 0: as it is */
	uint64_t seed;    /* of the query */
};

static struct ctxcut_slice *sliced(const struct tree *t, const struct setup *o, struct buf *out)
{
	struct ctxcut_slice *s = ctxcut_slice_new();
	char text[32];
	uint64_t r = o->seed;
	snprintf(text, sizeof text, "%zu", o->budget);
	assert_int_equal(ctxcut_slice_set(s, "budget", o->budget ? text : "none"), CTXCUT_OK);
	assert_int_equal(ctxcut_slice_set(s, "format", formats[o->format]), CTXCUT_OK);
	assert_int_equal(ctxcut_slice_set(s, "encoding", encodings[o->encoding]), CTXCUT_OK);
	assert_int_equal(ctxcut_slice_set(s, "callers", o->callers ? "yes" : "no"), CTXCUT_OK);
	assert_int_equal(ctxcut_slice_set(s, "tests", o->tests ? "yes" : "no"), CTXCUT_OK);
	assert_int_equal(ctxcut_slice_set(s, "imports", o->imports ? "yes" : "no"), CTXCUT_OK);
	if (o->context) {
		snprintf(text, sizeof text, "%u", o->context);
		assert_int_equal(ctxcut_slice_set(s, "context", text), CTXCUT_OK);
	}
	assert_int_equal(ctxcut_slice_add_tree(s, t->folder), CTXCUT_OK);
	for (size_t n = one_in(&r, 3) ? 2 : 1; n; n--)
		ask(s, t, &r);
	enum ctxcut_status status = ctxcut_slice_finish(s);
	assert_true(status == CTXCUT_OK || status == CTXCUT_MISSING);
	buf_clear(out);
	assert_int_equal(ctxcut_slice_render(s, collect, out), CTXCUT_OK);
	return s;
}

static void slices_are_of_the_files(const struct tree *t, const struct ctxcut_slice *s)
{
	struct ctxcut_slice_info info;
	for (size_t i = 0; ctxcut_slice_get(s, i, &info) == CTXCUT_OK; i++) {
		char reference[256], error[256];
		struct buf shown = {0};
		const char *at = strrchr(info.reference, '@');
		struct span file = buf_span(bytes_of(t, span_of(info.reference, (size_t)(at - info.reference))));
		assert_true(span_eq(span_of(info.text, info.text_len), lines_of(file, info.first_line, info.last_line)));
		assert_true(info.shown_lines <= info.last_line - info.first_line + 1);
		if (i > 3)
			continue;
		snprintf(reference, sizeof reference, "%s:%llu-%llu", info.reference, (unsigned long long)info.first_line,
		         (unsigned long long)info.last_line);
		assert_int_equal(ctxcut_check(reference, NULL, error, sizeof error), CTXCUT_OK);
		struct ctxcut_show_options options = {0};
		assert_int_equal(ctxcut_show(reference, &options, collect, &shown, error, sizeof error), CTXCUT_OK);
		assert_true(span_eq(buf_span(&shown), span_of(info.text, info.text_len)));
		buf_release(&shown);
	}
}

static void slices_keep_their_promises(void **state)
{
	(void)state;
	static const size_t budgets[] = {100, 101, 150, 222, 500, 1000, 4000, 16000, 0};
	const char *set = getenv("PROPERTY_ROUNDS");
	size_t rounds = 40 * (set ? (size_t)strtoul(set, NULL, 10) : 2);
	struct buf out = {0}, again = {0};
	for (size_t round = 0; round < rounds; round++) {
		struct tree t = {0};
		uint64_t r = 1000 + round;
		write_tree(&t, &r);
		for (size_t q = 0; q < 6; q++) {
			struct setup o = {.budget = PICK(&r, budgets), .format = below(&r, 3), .encoding = below(&r, 3), .callers = one_in(&r, 3),
			                  .tests = one_in(&r, 4), .imports = one_in(&r, 4), .context = one_in(&r, 5) ? 1 + (unsigned)below(&r, 9) : 0,
			                  .seed = chance(&r)};
			enum encoding encoding;
			struct ctxcut_slice *s = sliced(&t, &o, &out);
			assert_true(encoding_from_name(encodings[o.encoding], &encoding));
			size_t tokens = tokens_count(encoding, buf_span(&out));
			if (o.budget && tokens > o.budget)
				fail_msg("round %zu: %zu tokens of %zu, %s, %s\n%.*s", round, tokens, o.budget, formats[o.format],
				         encodings[o.encoding], (int)out.len, out.ptr);
			slices_are_of_the_files(&t, s);
			if (o.format == 0)
				text_is_of_the_files(&t, buf_span(&out));
			ctxcut_slice_free(s);
			s = sliced(&t, &o, &again);
			assert_true(span_eq(buf_span(&out), buf_span(&again)));
			ctxcut_slice_free(s);
		}
		remove_tree(&t);
	}
	buf_release(&out);
	buf_release(&again);
}

/* ---- a log joined with a tree ------------------------------------------------------------------------------------- */

static void add_log(struct buf *b, const struct tree *t, uint64_t *r)
{
	for (size_t n = below(r, 400); n; n--) {
		const char *path = t->files[below(r, t->count)].path;
		unsigned line = 1 + (unsigned)below(r, 200);
		switch (below(r, 12)) {
		case 0: buf_addf(b, "/build/%s:%u:3: error: bad thing %u\n", path, line, (unsigned)below(r, 9)); break;
		case 1: buf_addf(b, "  File \"/app/%s\", line %u, in run\n", path, line); break;
		case 2: buf_addf(b, "%s:%u: warning: odd\n", path, line); break;
		case 3: buf_add_str(b, "[→ src/x.c:1-2|function x]\n"); break;
		default: buf_addf(b, "step %u of %u done\n", (unsigned)below(r, 1000), (unsigned)below(r, 1000));
		}
	}
}

/* Printed lines without markers of this level are the log's, in its order. */
static void lines_are_of_the_log(struct span out, struct span log)
{
	size_t level = 0;
	while (level < out.len && out.ptr[level] == '[')
		level++;
	while (out.len) {
		size_t len = 0, n = 0;
		while (len < out.len && out.ptr[len] != '\n')
			len++;
		struct span line = span_head(out, len);
		out = span_from(out, len + 1);
		while (n < line.len && line.ptr[n] == '[')
			n++;
		if ((level && n == level) || span_find(line, SPAN("cut]")) != SIZE_MAX) /* cut lines: test_promises.c */
			continue;
		bool found = false;
		while (log.len && !found) {
			size_t k = 0;
			while (k < log.len && log.ptr[k] != '\n')
				k++;
			found = span_eq(span_head(log, k), line);
			log = span_from(log, k + 1);
		}
		if (!found)
			fail_msg("no line of the log: %.*s", (int)line.len, line.ptr);
	}
}

static void references_are_within_the_budget_and_hold(void **state)
{
	(void)state;
	static const size_t budgets[] = {100, 130, 200, 333, 1000, 4000};
	const char *set = getenv("PROPERTY_ROUNDS");
	size_t rounds = 30 * (set ? (size_t)strtoul(set, NULL, 10) : 2);
	struct buf log = {0}, out = {0};
	for (size_t round = 0; round < rounds; round++) {
		struct tree t = {0};
		uint64_t r = 7000 + round;
		write_tree(&t, &r);
		for (size_t q = 0; q < 4; q++) {
			buf_clear(&log);
			buf_clear(&out);
			add_log(&log, &t, &r);
			size_t budget = PICK(&r, budgets), format = below(&r, 3), e = below(&r, 3), cursor = 0;
			char text[32], error[256];
			struct ctxcut *c = ctxcut_new();
			snprintf(text, sizeof text, "%zu", budget);
			assert_int_equal(ctxcut_set(c, "budget", text), CTXCUT_OK);
			assert_int_equal(ctxcut_set(c, "format", formats[format]), CTXCUT_OK);
			assert_int_equal(ctxcut_set(c, "encoding", encodings[e]), CTXCUT_OK);
			assert_int_equal(ctxcut_set(c, "store", "no"), CTXCUT_OK);
			assert_int_equal(ctxcut_set(c, "source", t.folder), CTXCUT_OK);
			assert_int_equal(ctxcut_begin(c, "log"), CTXCUT_OK);
			assert_int_equal(ctxcut_feed(c, log.len ? log.ptr : "", log.len), CTXCUT_OK);
			assert_int_equal(ctxcut_end(c), CTXCUT_OK);
			assert_int_equal(ctxcut_finish(c), CTXCUT_OK);
			assert_int_equal(ctxcut_render(c, collect, &out), CTXCUT_OK);
			enum encoding encoding;
			assert_true(encoding_from_name(encodings[e], &encoding));
			size_t tokens = tokens_count(encoding, buf_span(&out));
			if (tokens > budget)
				fail_msg("round %zu: %zu tokens of %zu, %s, %s\n%.*s", round, tokens, budget, formats[format], encodings[e],
				         (int)out.len, out.ptr);
			if (format == 0)
				lines_are_of_the_log(buf_span(&out), buf_span(&log));
			struct ctxcut_source source;
			while (ctxcut_next_source(c, &cursor, &source)) {
				size_t len;
				assert_non_null(ctxcut_line(c, source.input, source.line, &len)); /* behind a printed line */
				assert_int_equal(ctxcut_check(source.reference, NULL, error, sizeof error), CTXCUT_OK);
			}
			ctxcut_free(c);
		}
		remove_tree(&t);
	}
	buf_release(&log);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_keep_their_promises),
		cmocka_unit_test(references_are_within_the_budget_and_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
