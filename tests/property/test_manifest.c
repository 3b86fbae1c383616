/* Promises of manifests over trees made by chance: never over the budget, the same however many threads read, every reference
 * holds, every file is shown or counted. PROPERTY_ROUNDS (default 2) says how many trees of each size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ctxcut.h"
#include "generate.h"
#include "render/manifest.h"
#include "text/utf8.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void write_file(const char *name, const struct buf *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return; /* a name may be taken by a folder */
	assert_int_equal(write(fd, text->ptr ? text->ptr : "", text->len), text->len);
	close(fd);
}

static void add_name(struct buf *b, uint64_t *r)
{
	static const char *const odd[] = {"\n", "\t", " ", "\"", "\\", "\xff", "\xc3\xa4", "\xe2\x80\xae", "%", ":", "`", "\x1b[31m", "-", "#"};
	add_word(b, r);
	if (one_in(r, 6))
		buf_add_str(b, PICK(r, odd));
	buf_addf(b, "%zu", below(r, 50));
}

static void add_source(struct buf *b, uint64_t *r, size_t language)
{
	size_t count = below(r, 12);
	for (size_t i = 0; i < count; i++) {
		switch (language) {
		case 0:
			if (one_in(r, 3))
				buf_add_str(b, "#include \"cache1.h\"\n");
			buf_addf(b, "/* About. */\n%sint ", one_in(r, 2) ? "static " : "");
			add_name(b, r);
			buf_addf(b, "_%zu(const char *text, size_t len)\n{\n\treturn %zu;\n}\n\n", i, i);
			break;
		case 1:
			if (one_in(r, 3))
				buf_add_str(b, "import cache1\n");
			buf_addf(b, "class Thing%zu(Base):\n    def ", i);
			add_word(b, r);
			buf_add_str(b, "(self, x=\"`\"):\n        return x\n\n");
			break;
		case 2:
			buf_addf(b, "%.*s ", (int)(1 + below(r, 4)), "####");
			add_words(b, r, 1 + below(r, 30));
			buf_add_str(b, "\n\ntext\n");
			break;
		case 3:
			for (size_t k = below(r, 200); k > 0; k--)
				buf_add_char(b, (char)below(r, 256));
			break;
		default:
			buf_add_str(b, "export function ");
			add_word(b, r);
			buf_addf(b, "%zu(a, b) {\n  return `${a}`;\n}\n", i);
			break;
		}
	}
}

static void make_tree(uint64_t seed, size_t files)
{
	static const char *const suffixes[] = {".c", ".py", ".md", ".bin", ".js"};
	static const char *const names[] = {"README.md", "Makefile", "main.c", "test_cache1.py", "cache1.py", "cache1.h", "package-lock.json"};
	uint64_t state = seed, *r = &state;
	struct buf path = {0}, text = {0};
	for (size_t i = 0; i < files; i++) {
		size_t language = below(r, 5);
		buf_clear(&path);
		buf_clear(&text);
		for (size_t depth = below(r, 5); depth > 0; depth--) {
			if (one_in(r, 8))
				buf_add_str(&path, "tests");
			else
				buf_addf(&path, "d%zu", below(r, 3));
			mkdir(path.ptr, 0700);
			buf_add_char(&path, '/');
		}
		if (one_in(r, 6)) {
			buf_add_str(&path, PICK(r, names));
		} else {
			add_name(&path, r);
			buf_add_str(&path, suffixes[language]);
		}
		add_source(&text, r, language);
		write_file(path.ptr, &text);
	}
	buf_release(&path);
	buf_release(&text);
}

static int collect(void *user, const char *bytes, size_t len)
{
	buf_add(user, bytes, len);
	return 0;
}

static struct buf made(const char *format, const char *budget, const char *encoding, const char *query, const char *threads)
{
	struct ctxcut_manifest *m = ctxcut_manifest_new();
	struct buf out = {0};
	assert_int_equal(ctxcut_manifest_set(m, "format", format), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_set(m, "budget", budget), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_set(m, "encoding", encoding), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_set(m, "threads", threads), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_set(m, "cache", "no"), CTXCUT_OK);
	if (query)
		assert_int_equal(ctxcut_manifest_set(m, "query", query), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_scan(m), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_render(m, collect, &out), CTXCUT_OK);
	ctxcut_manifest_free(m);
	return out;
}

/* Valid UTF-8 without control characters. */
static void assert_clean(const struct buf *out)
{
	assert_true(utf8_valid(buf_span(out)));
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->ptr[i] < 0x20 && out->ptr[i] != '\n' && out->ptr[i] != '\t')
			fail_msg("a control character at %zu:\n%s", i, out->ptr);
}

/* The number of files that the text form shows or counts; every path in it exists and has as many lines. */
static uint64_t files_accounted(const struct buf *out)
{
	uint64_t files = 0;
	bool rows = false;
	struct buf path = {0};
	for (struct span rest = buf_span(out); rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		assert_non_null(end);
		struct span line = span_of(rest.ptr, (size_t)(end - rest.ptr));
		rest = span_from(rest, line.len + 1);
		if (span_starts(line, SPAN("[not shown"))) {
			rows = true;
		} else if (rows) {
			/* NAME FILES LINES TOKENS */
			char copy[4096];
			snprintf(copy, sizeof copy, "%.*s", (int)line.len, line.ptr);
			for (int i = 0; i < 2; i++)
				*strrchr(copy, ' ') = '\0';
			files += strtoull(strrchr(copy, ' ') + 1, NULL, 10);
		} else if (!span_starts(line, SPAN("[")) && !span_starts(line, SPAN(":"))) {
			struct span text = line;
			files++;
			if (*line.ptr == '"') {
				assert_true(text_take_path(&text, "", &path));
			} else {
				size_t at = 0; /* the range is the last ":1-N " or ":1 " */
				for (size_t i = 0; i + 2 < line.len; i++)
					if (line.ptr[i] == ':' && line.ptr[i + 1] == '1' && (line.ptr[i + 2] == '-' || line.ptr[i + 2] == ' '))
						at = at ? at : i;
				if (!at)
					at = span_find(line, SPAN(" 0 tokens"));
				buf_clear(&path);
				buf_add(&path, line.ptr, at);
			}
			if (access(path.ptr, R_OK) != 0)
				fail_msg("there is no %s of %.*s", path.ptr, (int)line.len, line.ptr);
		}
	}
	buf_release(&path);
	return files;
}

static size_t rounds(void)
{
	const char *set = getenv("PROPERTY_ROUNDS");
	return set ? (size_t)strtoul(set, NULL, 10) : 2;
}

static void enter_tree(uint64_t seed, size_t files)
{
	strcpy(folder, "/tmp/ctxcut-property-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	make_tree(seed, files);
}

static void leave_tree(void)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(system(command), 0);
}

static const size_t sizes[] = {0, 1, 7, 60, 400};

static void never_over_the_budget_and_every_file_is_accounted_for(void **state)
{
	static const size_t budgets[] = {100, 120, 150, 200, 333, 500, 800, 1000, 2000, 4000, 8000, 16000};
	static const char *const encodings[] = {"o200k_base", "cl100k_base", "claude"};
	static const char *const formats[] = {"text", "markdown"};
	uint64_t seed = 1;
	(void)state;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (size_t round = 0; round < rounds(); round++) {
			enter_tree(seed, sizes[s]);
			struct buf all = made("json", "none", "o200k_base", NULL, "1");
			const char *summary = strstr(all.ptr, "{\"summary\"");
			uint64_t files = strtoull(strstr(summary, "\"files\":") + 8, NULL, 10);
			for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++)
				for (size_t f = 0; f < 2; f++) {
					size_t budget = budgets[i] + below(&seed, 20);
					const char *encoding = PICK(&seed, encodings), *query = one_in(&seed, 3) ? "cache queue of widget3.c" : NULL;
					char text[32];
					snprintf(text, sizeof text, "%zu", budget);
					struct buf out = made(formats[f], text, encoding, query, "1");
					if (ctxcut_tokens(encoding, out.ptr, out.len) > budget)
						fail_msg("seed %zu, %zu files: %zu tokens of %zu (%s, %s)\n%s", (size_t)seed, sizes[s],
						         ctxcut_tokens(encoding, out.ptr, out.len), budget, encoding, formats[f], out.ptr);
					assert_clean(&out);
					if (f == 0 && files_accounted(&out) != files)
						fail_msg("%zu of %zu files accounted for, budget %zu\n%s", (size_t)files_accounted(&out), (size_t)files,
						         budget, out.ptr);
					buf_release(&out);
				}
			buf_release(&all);
			leave_tree();
			seed = seed * 31 + 7;
		}
}

static void the_same_however_many_threads_read(void **state)
{
	(void)state;
	static const char *const formats[] = {"json", "text", "ctags", "markdown"};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		enter_tree(1000 + s, sizes[s]);
		for (size_t f = 0; f < 4; f++) {
			struct buf one = made(formats[f], "900", "o200k_base", NULL, "1"), more = made(formats[f], "900", "o200k_base", NULL, "5");
			assert_true(span_eq(buf_span(&one), buf_span(&more)));
			buf_release(&one);
			buf_release(&more);
		}
		leave_tree();
	}
}

/* What was just written holds: each of its references leads to what it says. */
static void a_manifest_just_written_holds(void **state)
{
	(void)state;
	static const char *const formats[] = {"json", "text", "markdown"};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (size_t f = 0; f < 3 && sizes[s]; f++) {
			enter_tree(2000 + s, sizes[s]);
			struct buf out = made(formats[f], f ? "3000" : "none", "o200k_base", NULL, "2"), list = {0};
			struct ctxcut_manifest *m = ctxcut_manifest_new();
			assert_int_equal(ctxcut_manifest_set(m, "cache", "no"), CTXCUT_OK);
			assert_int_equal(ctxcut_manifest_scan(m), CTXCUT_OK);
			if (ctxcut_manifest_check(m, out.ptr, out.len, collect, &list) != CTXCUT_OK)
				fail_msg("%s, %zu files: %s\n%s\n%s", formats[f], sizes[s], ctxcut_manifest_error(m), list.ptr, out.ptr);
			ctxcut_manifest_free(m);
			buf_release(&out);
			buf_release(&list);
			leave_tree();
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_over_the_budget_and_every_file_is_accounted_for),
		cmocka_unit_test(the_same_however_many_threads_read),
		cmocka_unit_test(a_manifest_just_written_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
