#include "tree/nature.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

const char *file_nature_name(enum file_nature n)
{
	static const char *const names[FILE_NATURES] = {
		[FILE_SOURCE] = "source",     [FILE_GENERATED] = "generated", [FILE_MINIFIED] = "minified",
		[FILE_VENDORED] = "vendored", [FILE_BINARY] = "binary",       [FILE_HUGE] = "huge",
	};
	return names[n];
}

static bool is_one_of(struct span s, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s.len && s.ptr[0] == list[i][0] && span_eq(s, span_of_str(list[i])))
			return true;
	return false;
}

bool nature_is_lock_file(struct span name)
{
	static const char *const names[] = {
		"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock",
		"Cargo.lock", "go.sum", "go.work.sum", "poetry.lock", "Pipfile.lock", "uv.lock", "pdm.lock", "Gemfile.lock",
		"composer.lock", "mix.lock", "flake.lock", "Podfile.lock", "Package.resolved", "packages.lock.json",
		"gradle.lockfile", "pubspec.lock", "rebar.lock", "Manifest.toml", "conan.lock", ".terraform.lock.hcl",
		"MODULE.bazel.lock",
	};
	return is_one_of(name, names, sizeof names / sizeof *names);
}

bool nature_is_vendored(struct span path)
{
	static const char *const anywhere[] = {
		"vendor", "vendors", "node_modules", "third_party", "third-party", "thirdparty", "3rdparty", "bower_components",
		"Godeps", "Pods", "Carthage", "site-packages", "dist-packages", ".venv", "venv", ".yarn", ".tox",
	};
	static const char *const on_top[] = {"deps", "extern", "external", "externals", "subprojects"};
	bool first = true;
	for (const char *slash; (slash = memchr(path.ptr, '/', path.len)) != NULL; first = false) {
		struct span part = span_of(path.ptr, (size_t)(slash - path.ptr));
		if (is_one_of(part, anywhere, sizeof anywhere / sizeof *anywhere) ||
		    (first && is_one_of(part, on_top, sizeof on_top / sizeof *on_top)))
			return true;
		path = span_from(path, part.len + 1);
	}
	return false;
}

/* ---- generated ---------------------------------------------------------------------------------------------------- */

static bool holds_word(struct span line, const char *word)
{
	size_t len = strlen(word);
	for (size_t i = 0; i + len <= line.len; i++) {
		size_t k = 0;
		while (k < len && tolower((unsigned char)line.ptr[i + k]) == word[k])
			k++;
		if (k == len)
			return true;
	}
	return false;
}

static bool begins_comment(struct span line)
{
	static const char *const leaders[] = {"//", "#", "/*", "*", "--", ";", "<!--", "%", "\"\"\"", "(*", "{-", "!", "..", "REM", "dnl"};
	for (size_t i = 0; i < sizeof leaders / sizeof *leaders; i++)
		if (span_starts(line, span_of_str(leaders[i])))
			return true;
	return false;
}

enum { MARK_LINES = 30, MARK_BYTES = 4096, MARK_LINE_BYTES = 300 };

/* Most heads have none of the words that all signs need. Four letters of each are looked for first, at sixteen places at once:
 * "generat", "autogen", "created by". */
enum { LANES = 16, SIGN_BYTES = 10 };
typedef unsigned char lanes __attribute__((vector_size(LANES)));

static lanes small_letters(const char *p)
{
	lanes c;
	memcpy(&c, p, sizeof c);
	return c | 0x20;
}

static bool has_letters_of_signs(struct span head)
{
	char padded[LANES + SIGN_BYTES];
	lanes found = {0};
	for (size_t i = 0; i < head.len; i += LANES) {
		const char *p = head.ptr + i;
		if (head.len - i < sizeof padded) {
			memset(padded, 0, sizeof padded);
			p = memcpy(padded, p, head.len - i);
		}
		lanes c0 = small_letters(p), c1 = small_letters(p + 1), c6 = small_letters(p + 6);
		found |= (lanes)(c0 == 'g') & (lanes)(c1 == 'e') & (lanes)(small_letters(p + 2) == 'n') & (lanes)(c6 == 't');
		found |= (lanes)(c0 == 'a') & (lanes)(c1 == 'u') & (lanes)(small_letters(p + 3) == 'o') & (lanes)(c6 == 'n');
		found |= (lanes)(c0 == 'c') & (lanes)(c1 == 'r') & (lanes)(c6 == 'd') & (lanes)(small_letters(p + 9) == 'y');
	}
	uint64_t half[2];
	memcpy(half, &found, sizeof half);
	return half[0] | half[1];
}

static bool may_say_generated(struct span head)
{
	if (!has_letters_of_signs(head))
		return false;
	char lower[MARK_BYTES];
	for (size_t i = 0; i < head.len; i++)
		lower[i] = (char)(head.ptr[i] | (((unsigned)(head.ptr[i] - 'A') < 26u) << 5));
	struct span text = span_of(lower, head.len);
	return span_find(text, SPAN("generat")) != SIZE_MAX || span_find(text, SPAN("autogen")) != SIZE_MAX ||
	       span_find(text, SPAN("created by")) != SIZE_MAX;
}

bool nature_says_generated(struct span head)
{
	head = span_head(head, MARK_BYTES);
	if (span_starts(head, SPAN("\xef\xbb\xbf")))
		head = span_from(head, 3);
	if (!may_say_generated(head))
		return false;
	bool forbids = false, tells = false, in_block = false;
	for (size_t no = 0; head.len && no < MARK_LINES; no++) {
		const char *end = memchr(head.ptr, '\n', head.len);
		size_t len = end ? (size_t)(end - head.ptr) : head.len;
		struct span line = span_trim(span_of(head.ptr, len));
		head = span_from(head, len + 1);
		if (!line.len)
			continue;
		bool comment = in_block || begins_comment(line);
		if (span_find(line, SPAN("/*")) != SIZE_MAX || span_starts(line, SPAN("<!--")))
			in_block = true;
		if (span_find(line, SPAN("*/")) != SIZE_MAX || span_find(line, SPAN("-->")) != SIZE_MAX)
			in_block = false;
		if (!comment || line.len > MARK_LINE_BYTES)
			continue;
		if (holds_word(line, "@generated") || holds_word(line, "automatically generated by") ||
		    holds_word(line, "autogenerated by") || holds_word(line, "auto-generated by"))
			return true;
		/* Separate words in two lines of one head: "This file was generated by X." "Do not edit it." Each alone stands in
		 * many a file that people wrote. */
		forbids |= holds_word(line, "do not edit") || holds_word(line, "don't edit") || holds_word(line, "do not modify") ||
		           holds_word(line, "do not change");
		tells |= holds_word(line, "generated") || holds_word(line, "autogen") || holds_word(line, "created by");
		if (forbids && tells)
			return true;
	}
	return false;
}

/* ---- minified ----------------------------------------------------------------------------------------------------- */

enum {
	MINIFIED_BYTES_LEAST = 4096,
	LONG_LINE_BYTES = 500,
	LONG_SHARE_PERCENT = 80,  /* of the bytes stand in long lines … */
	SHORT_LINES_MOST = 100,   /* … and so few lines are short: a written source may hold one table in a line */
};

static bool has_minifiers(const struct language *language)
{
	static const char *const names[] = {"javascript", "typescript", "jsx", "tsx", "css", "scss", "html", "json", "xml", "svg"};
	for (size_t i = 0; language && i < sizeof names / sizeof *names; i++)
		if (strcmp(language_name(language), names[i]) == 0)
			return true;
	return false;
}

bool nature_is_minified(struct span name, const struct language *language, struct span text)
{
	if (span_ends(name, SPAN(".min.js")) || span_ends(name, SPAN(".min.css")) || span_ends(name, SPAN(".min.mjs")) ||
	    span_ends(name, SPAN(".js.map")) || span_ends(name, SPAN(".css.map")))
		return true;
	if (text.len < MINIFIED_BYTES_LEAST || !has_minifiers(language))
		return false;
	size_t long_bytes = 0, short_lines = 0;
	for (struct span rest = text; rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
		if (len > LONG_LINE_BYTES)
			long_bytes += len;
		else if (++short_lines > SHORT_LINES_MOST)
			return false;
		rest = span_from(rest, len + 1);
	}
	return long_bytes / LONG_SHARE_PERCENT >= text.len / 100;
}
