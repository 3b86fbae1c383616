#include "tree/language.h"

#include "base/mem.h"
#include "text/pattern.h"
#include "tree/builtin_languages.h"
#include "tree/profile.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

/* One for each built-in profile. Pointers are set once, under `reading`, and stay for the life of the program. */
struct language {
	const struct builtin_language *builtin;
	_Atomic(struct profile *) profile;
	struct pattern **claims;
};

static struct language *languages; /* by number, as builtin_languages */
static pthread_once_t made = PTHREAD_ONCE_INIT;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t claiming = PTHREAD_MUTEX_INITIALIZER; /* a compiled pattern serves one thread at a time */

static void make(void)
{
	languages = mem_zalloc(builtin_language_count + 1, sizeof *languages);
	for (size_t i = 0; i < builtin_language_count; i++) {
		languages[i].builtin = &builtin_languages[i];
		languages[i].claims = mem_zalloc(builtin_languages[i].claim_count + 1, sizeof *languages[i].claims);
	}
}

size_t language_count(void) { return builtin_language_count; }

const struct language *language_at(size_t i)
{
	pthread_once(&made, make);
	return &languages[i];
}

const char *language_name(const struct language *l) { return l->builtin->name; }

const struct profile *language_profile(const struct language *l)
{
	struct language *own = &languages[l - languages];
	struct profile *p = atomic_load_explicit(&own->profile, memory_order_acquire);
	if (p)
		return p;
	pthread_mutex_lock(&reading);
	p = atomic_load_explicit(&own->profile, memory_order_relaxed);
	if (!p) {
		/* Checked when the program was built: reading it cannot fail. */
		profile_read(&p, span_of(l->builtin->yaml, l->builtin->yaml_bytes), l->builtin->path, false, NULL);
		atomic_store_explicit(&own->profile, p, memory_order_release);
	}
	pthread_mutex_unlock(&reading);
	return p;
}

/* ---- which language ----------------------------------------------------------------------------------------------- */

static bool is_text(struct span s, const char *text)
{
	return s.len && s.ptr[0] == text[0] && strlen(text) == s.len && memcmp(s.ptr, text, s.len) == 0;
}
static bool is_text_caseless(struct span s, const char *text) { return strlen(text) == s.len && strncasecmp(s.ptr, text, s.len) == 0; }

static bool is_one_of(const char *const *list, struct span s)
{
	for (; *list; list++)
		if (is_text_caseless(s, *list))
			return true;
	return false;
}

const struct language *language_named(struct span name)
{
	for (size_t i = 0; i < builtin_language_count; i++)
		if (is_text_caseless(name, builtin_languages[i].name) || is_one_of(builtin_languages[i].aliases, name))
			return language_at(i);
	return NULL;
}

/* A file name; `*` at its begin or end stands for anything. */
static bool file_matches(struct span name, const char *text)
{
	size_t len = strlen(text);
	if (len > 1 && text[len - 1] == '*')
		return name.len >= len && memcmp(name.ptr, text, len - 1) == 0;
	if (len > 1 && text[0] == '*')
		return name.len >= len && span_ends(name, span_of(text + 1, len - 1));
	return is_text(name, text);
}

static const struct language *by_file_name(struct span name)
{
	for (size_t i = 0; i < builtin_language_count; i++)
		for (const char *const *f = builtin_languages[i].files; *f; f++)
			if (file_matches(name, *f))
				return language_at(i);
	return NULL;
}

static struct pattern *claim_pattern(size_t language, size_t claim)
{
	struct language *l = &languages[language];
	if (!l->claims[claim])
		pattern_compile(&l->claims[claim], span_of_str(builtin_languages[language].claims[claim].pattern), 0, NULL);
	return l->claims[claim];
}

/* Whether a line of the text is as the claim says. */
static bool claim_holds(size_t language, size_t number, struct span text)
{
	const struct builtin_claim *c = &builtin_languages[language].claims[number];
	bool first_bytes[256] = {false}, found = false;
	for (const char *const *f = c->first; *f; f++)
		first_bytes[(unsigned char)**f] = true;
	for (size_t at = 0; at < text.len && !found;) {
		const char *lf = memchr(text.ptr + at, '\n', text.len - at);
		size_t end = lf ? (size_t)(lf - text.ptr) : text.len, begin = at;
		at = end + 1;
		while (begin < end && (text.ptr[begin] == ' ' || text.ptr[begin] == '\t'))
			begin++;
		if (begin == end || !first_bytes[(unsigned char)text.ptr[begin]])
			continue;
		struct span line = span_of(text.ptr + begin, end - begin);
		for (const char *const *f = c->first; *f && !found; f++)
			if (span_starts(line, span_of_str(*f))) {
				pthread_mutex_lock(&claiming);
				struct pattern *p = claim_pattern(language, number);
				found = p && pattern_find(p, span_head(line, 400), 0, NULL) == PATTERN_YES;
				pthread_mutex_unlock(&claiming);
			}
	}
	return found;
}

static const struct language *by_extension(struct span extension, struct span head, bool caseless)
{
	const struct language *plain = NULL;
	bool (*same)(struct span, const char *) = caseless ? is_text_caseless : is_text;
	for (size_t i = 0; i < builtin_language_count; i++) {
		const struct builtin_language *b = &builtin_languages[i];
		for (size_t k = 0; k < b->claim_count; k++) {
			if (!same(extension, b->claims[k].extension))
				continue;
			if (!*b->claims[k].pattern)
				plain = plain ? plain : language_at(i);
			else if (claim_holds(i, k, head))
				return language_at(i);
		}
		for (const char *const *e = b->extensions; *e; e++)
			if (same(extension, *e))
				plain = language_at(i);
	}
	return plain;
}

/* "#!/usr/bin/env -S python3 -u" is python's; a version behind the name does not matter. */
static const struct language *by_interpreter(struct span head)
{
	const char *lf = memchr(head.ptr, '\n', head.len);
	struct span line = span_head(span_of(head.ptr, lf ? (size_t)(lf - head.ptr) : head.len), 200), name = {0};
	if (!span_starts(line, SPAN("#!")))
		return NULL;
	line = span_trim(span_from(line, 2));
	for (bool again = true; again && line.len;) {
		size_t end = 0;
		while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t')
			end++;
		name = span_of(line.ptr, end);
		line = span_trim(span_from(line, end));
		while (memchr(name.ptr, '/', name.len))
			name = span_from(name, (size_t)((const char *)memchr(name.ptr, '/', name.len) - name.ptr) + 1);
		/* env, its options and variables stand before the interpreter. */
		again = is_text(name, "env") || (name.len && name.ptr[0] == '-') || memchr(name.ptr, '=', name.len);
	}
	while (name.len && memchr("0123456789.-", name.ptr[name.len - 1], 12))
		name.len--;
	for (size_t i = 0; name.len && i < builtin_language_count; i++)
		if (is_one_of(builtin_languages[i].interpreters, name))
			return language_at(i);
	return NULL;
}

static const struct language *named_at(struct span s, size_t at)
{
	while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t'))
		at++;
	size_t end = at;
	while (end < s.len && !memchr(" \t\r\n;:-,", s.ptr[end], 8))
		end++;
	return end > at ? language_named(span_of(s.ptr + at, end - at)) : NULL;
}

/* -*- C++ -*-, -*- mode: ruby -*-, vim: set ft=sh: on one of the first lines. */
static const struct language *by_modeline(struct span head)
{
	struct span few = span_head(head, 400);
	size_t at = span_find(few, SPAN("-*-"));
	if (at != SIZE_MAX) {
		size_t mode = span_find(few, SPAN("mode:"));
		const struct language *l = named_at(few, mode != SIZE_MAX ? mode + 5 : at + 3);
		if (l)
			return l;
	}
	if (span_find(few, SPAN("vim:")) == SIZE_MAX && span_find(few, SPAN("vi:")) == SIZE_MAX)
		return NULL;
	if ((at = span_find(few, SPAN("ft="))) != SIZE_MAX)
		return named_at(few, at + 3);
	at = span_find(few, SPAN("filetype="));
	return at != SIZE_MAX ? named_at(few, at + 9) : NULL;
}

const struct language *language_of(struct span path, struct span head)
{
	pthread_once(&made, make);
	struct span name = path;
	for (size_t i = path.len; i > 0; i--)
		if (path.ptr[i - 1] == '/') {
			name = span_from(path, i);
			break;
		}
	const struct language *l = by_file_name(name);
	/* The longest extension counts: .d.ts before .ts. */
	for (int caseless = 0; !l && caseless < 2; caseless++)
		for (size_t i = 1; !l && i < name.len; i++)
			if (name.ptr[i] == '.')
				l = by_extension(span_from(name, i), head, caseless);
	if (!l)
		l = by_interpreter(head);
	return l ? l : by_modeline(head);
}
