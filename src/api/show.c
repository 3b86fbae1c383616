/* ctxcut_show and ctxcut_check: originals by reference. */
#include "api/masking.h"
#include "api/origin.h"
#include "api/reference.h"
#include "base/buf.h"
#include "base/mem.h"
#include "ctxcut.h"
#include "text/pattern.h"
#include "text/clean.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	OUT_BYTES = 64 * 1024,
	MASKED_BYTES = 256 * 1024, /* of a longer line, secrets are looked for in parts */
	KEY_AROUND_LINES = 512,    /* a range may begin in a private key, and end in one */
	/* Of a longer line only this much is searched, so that a line of gigabytes needs no gigabytes. */
	SEARCHED_BYTES = 1024 * 1024,
	/* A pattern that gives up on this many lines will not do better on the next. */
	MOST_GIVEN_UP = 20,
};

/* ---- printing ---- */

struct printer {
	ctxcut_write *write;
	void *user;
	struct buf out; /* owned */
	bool numbered;
	char mark;     /* behind a number */
	uint64_t line; /* of the next byte */
	bool inside;   /* a line whose number was printed goes on */
	struct redact *rules; /* owned; NULL: nothing is masked */
	struct key_blocks keys;
	struct buf waiting, masked; /* owned: the line so far, as far as a secret may have begun in it; its printed form */
	uint64_t at;   /* line of the next byte */
	size_t key_no; /* 1 + the private key that was counted last */
	bool key_line;              /* the line was printed as a mask, the rest of it is left out */
	size_t secrets;
};

static enum err_code printer_flush(struct printer *p, struct err *err)
{
	if (p->out.len > 0 && p->write(p->user, p->out.ptr, p->out.len) != 0)
		return err_set(err, ERR_OUTPUT, "writing failed");
	buf_clear(&p->out);
	return ERR_OK;
}

/* Whole parts, with a number at the begin of each line. */
static enum err_code print_plain(struct printer *p, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		struct span part = span_head(bytes, OUT_BYTES);
		if (p->numbered) {
			const char *newline = memchr(part.ptr, '\n', part.len);
			if (newline)
				part.len = (size_t)(newline - part.ptr) + 1;
			if (!p->inside)
				buf_addf(&p->out, "%" PRIu64 "%c", p->line, p->mark);
			p->inside = !newline;
			p->line += newline != NULL;
		}
		buf_add_span(&p->out, part);
		bytes = span_from(bytes, part.len);
		if (p->out.len >= OUT_BYTES) {
			enum err_code code = printer_flush(p, err);
			if (code != ERR_OK)
				return code;
		}
	}
	return ERR_OK;
}

/* The line, or what came of it: at its end all of it, before only what no secret can reach into. */
static enum err_code print_masked(struct printer *p, bool ended, struct err *err)
{
	bool cr = ended && span_ends(buf_span(&p->waiting), SPAN("\r"));
	p->waiting.len -= cr;
	/* Colours could hide where a secret begins: such a line is shown without them. */
	if (!clean_is_clean(buf_span(&p->waiting))) {
		buf_clear(&p->masked);
		clean_line(&p->masked, buf_span(&p->waiting));
		buf_clear(&p->waiting);
		buf_add_span(&p->waiting, buf_span(&p->masked));
	}
	size_t done = p->waiting.len;
	buf_clear(&p->masked);
	if (ended) {
		redact_line(p->rules, &p->masked, buf_span(&p->waiting), &p->secrets);
		buf_add_str(&p->masked, cr ? "\r" : "");
	} else {
		done = redact_part(p->rules, &p->masked, buf_span(&p->waiting), &p->secrets);
	}
	p->waiting.len -= done;
	if (done)
		memmove(p->waiting.ptr, p->waiting.ptr + done, p->waiting.len);
	return print_plain(p, buf_span(&p->masked), err);
}

static enum err_code print(void *user, struct span bytes, struct err *err)
{
	struct printer *p = user;
	enum err_code code = ERR_OK;
	if (!p->rules)
		return print_plain(p, bytes, err);
	while (bytes.len > 0 && code == ERR_OK) {
		const char *newline = memchr(bytes.ptr, '\n', bytes.len);
		struct span part = newline ? span_head(bytes, (size_t)(newline - bytes.ptr)) : bytes;
		size_t key = key_blocks_find(&p->keys, p->at);
		bytes = span_from(bytes, part.len + (newline != NULL));
		if (key == SIZE_MAX) {
			buf_add_span(&p->waiting, part);
			if (newline || p->waiting.len >= MASKED_BYTES)
				code = print_masked(p, newline != NULL, err);
		} else if (!p->key_line) {
			p->key_line = true;
			p->secrets += p->key_no != key + 1;
			p->key_no = key + 1;
			code = print_plain(p, KEY_LINE_MASK, err);
		}
		if (newline && code == ERR_OK) {
			code = print_plain(p, SPAN("\n"), err);
			p->key_line = false;
			p->at++;
		}
	}
	return code;
}

static enum err_code print_lines(struct printer *p, struct origin *o, uint64_t first, uint64_t last, char mark,
				 struct err *err)
{
	if (first > last)
		return ERR_OK;
	p->line = first;
	p->mark = mark;
	p->inside = false;
	p->at = first;
	p->key_line = false;
	enum err_code code = origin_lines(o, first, last, print, p, err);
	/* A last line without an end. */
	if (p->waiting.len && (code == ERR_OK || code == ERR_INPUT)) {
		enum err_code rest = print_masked(p, true, code == ERR_OK ? err : NULL);
		code = code == ERR_OK ? rest : code;
	}
	return code;
}

/* ---- searching ---- */

/* Two readers go through the same original: the scout looks for lines that match, the printer follows and prints them
 * with their context. So the lines before a match need not be held, however long they are. */
struct search {
	const struct reference *reference;
	struct pattern *pattern;
	size_t context;
	struct printer *printer;
	struct origin *print_from;

	struct buf line; /* the line that is being gathered, its first SEARCHED_BYTES */
	struct buf cleaned;
	uint64_t line_no;
	bool inside, cut;
	uint64_t printed;   /* the last line printed */
	uint64_t matched;   /* the last line that matched, 0: none */
	uint64_t cut_lines; /* lines searched in part */
};

static uint64_t plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

/* The lines behind the last match, up to `last`. */
static enum err_code print_context_behind(struct search *s, uint64_t last, struct err *err)
{
	if (s->matched == 0)
		return ERR_OK;
	uint64_t end = plus(s->matched, s->context);
	if (end > last)
		end = last;
	uint64_t first = s->printed + 1;
	if (first > end)
		return ERR_OK;
	s->printed = end;
	return print_lines(s->printer, s->print_from, first, end, '-', err);
}

static enum err_code print_match(struct search *s, struct err *err)
{
	uint64_t n = s->line_no;
	enum err_code code = print_context_behind(s, n - 1, err);
	uint64_t first = n > s->context ? n - s->context : 1;
	if (first < s->reference->first)
		first = s->reference->first;
	if (first <= s->printed)
		first = s->printed + 1;
	if (code == ERR_OK)
		code = print_lines(s->printer, s->print_from, first, n - 1, '-', err);
	if (code == ERR_OK)
		code = print_lines(s->printer, s->print_from, n, n, ':', err);
	s->matched = s->printed = n;
	return code;
}

/* A line matches as it is or as a reduction shows it, without escape sequences. */
static bool matches(struct search *s, struct span line)
{
	if (span_ends(line, SPAN("\r")))
		line.len--;
	enum pattern_verdict verdict = pattern_find(s->pattern, line, 0, NULL);
	if (verdict == PATTERN_NO && !clean_is_clean(line))
		verdict = pattern_find(s->pattern, clean_view(line, &s->cleaned), 0, NULL);
	return verdict == PATTERN_YES;
}

static enum err_code end_line(struct search *s, struct span line, struct err *err)
{
	enum err_code code = ERR_OK;
	s->cut_lines += s->cut;
	if (matches(s, line))
		code = print_match(s, err);
	if (code == ERR_OK && pattern_gave_up(s->pattern) >= MOST_GIVEN_UP)
		code = err_set(err, ERR_LIMIT,
			       "the pattern takes too many steps: it gave up on %d lines, the last was %" PRIu64,
			       MOST_GIVEN_UP, s->line_no);
	buf_clear(&s->line);
	s->line_no++;
	s->inside = s->cut = false;
	return code;
}

static enum err_code scout(void *user, struct span bytes, struct err *err)
{
	struct search *s = user;
	while (bytes.len > 0) {
		const char *newline = memchr(bytes.ptr, '\n', bytes.len);
		struct span part = newline ? span_head(bytes, (size_t)(newline - bytes.ptr)) : bytes;
		struct span kept = span_head(part, SEARCHED_BYTES - s->line.len);
		bool whole = newline && !s->inside;
		if (!whole)
			buf_add_span(&s->line, kept);
		s->inside = true;
		s->cut = s->cut || kept.len < part.len;
		bytes = span_from(bytes, part.len + (newline != NULL));
		enum err_code code = newline ? end_line(s, whole ? kept : buf_span(&s->line), err) : ERR_OK;
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code search_in(struct search *s, struct origin *o, struct err *err)
{
	const struct reference *r = s->reference;
	s->line_no = r->first;
	s->printed = r->first - 1;
	enum err_code code = origin_lines(o, r->first, r->last, scout, s, err);
	/* After a read error too, what was read is searched to its end. */
	if (s->inside && (code == ERR_OK || code == ERR_INPUT)) {
		enum err_code ended = end_line(s, buf_span(&s->line), code == ERR_OK ? err : NULL);
		code = code == ERR_OK ? ended : code;
	}
	if (code == ERR_OK || code == ERR_INPUT) {
		enum err_code behind = print_context_behind(s, s->line_no - 1, code == ERR_OK ? err : NULL);
		code = code == ERR_OK ? behind : code;
	}
	return code;
}

/* ---- private keys ---- */

struct key_search {
	struct key_blocks *keys;
	struct buf line, cleaned;
	uint64_t no;
};

static enum err_code seek_keys(void *user, struct span bytes, struct err *err)
{
	struct key_search *s = user;
	(void)err;
	while (bytes.len > 0) {
		const char *newline = memchr(bytes.ptr, '\n', bytes.len);
		struct span part = newline ? span_head(bytes, (size_t)(newline - bytes.ptr)) : bytes;
		if (s->line.len < OUT_BYTES)
			buf_add_span(&s->line, span_head(part, OUT_BYTES - s->line.len));
		bytes = span_from(bytes, part.len + (newline != NULL));
		if (newline) {
			key_blocks_line(s->keys, s->no++, clean_view(buf_span(&s->line), &s->cleaned));
			buf_clear(&s->line);
		}
	}
	return ERR_OK;
}

/* Where the private keys are that a range touches: found by a reader of its own, before anything is printed. */
static enum err_code find_keys(struct printer *p, const struct reference *r, struct store *store, struct err *err)
{
	struct origin *o = NULL;
	struct key_search s = {.keys = &p->keys, .no = r->first > KEY_AROUND_LINES ? r->first - KEY_AROUND_LINES : 1};
	enum err_code code = origin_open(&o, r, store, err);
	if (code == ERR_OK)
		code = origin_lines(o, s.no, plus(r->last, KEY_AROUND_LINES), seek_keys, &s, err);
	key_blocks_finish(&p->keys);
	origin_free(o);
	buf_release(&s.line);
	buf_release(&s.cleaned);
	return code == ERR_INPUT ? ERR_OK : code; /* it is met again by who prints */
}

static enum err_code show_matches(struct printer *p, struct origin *o, const struct reference *r, struct store *store,
				  const struct ctxcut_show_options *options, char note[200], struct err *err)
{
	struct search s = {.reference = r, .context = options->context, .printer = p};
	enum err_code code = pattern_compile(&s.pattern, span_of_str(options->grep), 0, err);
	if (code != ERR_OK) {
		err_at(err, "pattern");
		return code;
	}
	if (code == ERR_OK)
		code = origin_open(&s.print_from, r, store, err);
	if (code == ERR_OK)
		code = search_in(&s, o, err);
	if (code == ERR_OK && pattern_gave_up(s.pattern) > 0)
		code = err_set(err, ERR_LIMIT, "the pattern takes too many steps: on %zu lines it gave up",
			       pattern_gave_up(s.pattern));
	if (s.cut_lines > 0)
		snprintf(note, 200, "%" PRIu64 " lines were searched only in their first MiB", s.cut_lines);
	else if (s.matched == 0)
		snprintf(note, 200, "no line matches");
	origin_free(s.print_from);
	pattern_free(s.pattern);
	buf_release(&s.line);
	buf_release(&s.cleaned);
	return code;
}

/* ---- references that hold ---- */

static enum err_code compare_hash(struct origin *o, const struct reference *r, struct err *err)
{
	struct hash128 hash;
	char hex[33];
	enum err_code code = origin_finish(o, NULL, &hash, err);
	if (code != ERR_OK)
		return code;
	hash128_hex(hash, hex);
	if (strncmp(hex, r->hash, strlen(r->hash)) == 0)
		return ERR_OK;
	return err_set(err, ERR_CHANGED,
		       "%.200s has changed since the reference was made (%s then, %.*s now): run ctxcut on it again "
		       "for its new lines",
		       r->name, r->hash, (int)strlen(r->hash), hex);
}

/* Whether the range is there, as far as that is known or `to_the_end` is to be found out. A part that is missing is
 * worth a note, all of it an error. */
static enum err_code compare_range(struct origin *o, const struct reference *r, bool to_the_end, uint64_t around,
				   char note[200], struct err *err)
{
	uint64_t lines;
	if (!r->has_range || (!to_the_end && !origin_at_end(o)))
		return ERR_OK;
	enum err_code code = origin_finish(o, &lines, NULL, err);
	if (code != ERR_OK)
		return code;
	if (r->first > lines)
		return err_set(err, ERR_MISSING, "%.200s has %" PRIu64 " lines: there is no line %" PRIu64, r->name,
			       lines, around > lines ? around : r->first);
	if (around > lines)
		snprintf(note, 200, "%.100s has %" PRIu64 " lines: there is no line %" PRIu64 ", these are the last", r->name, lines, around);
	else if (r->last > lines && r->last != UINT64_MAX)
		snprintf(note, 200, "%.100s ends at line %" PRIu64, r->name, lines);
	return ERR_OK;
}

static enum ctxcut_status status_of(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return CTXCUT_OK;
	case ERR_USAGE:
		return CTXCUT_USAGE;
	case ERR_OUTPUT:
		return CTXCUT_OUTPUT;
	case ERR_STORE:
		return CTXCUT_STORE;
	case ERR_MISSING:
		return CTXCUT_MISSING;
	case ERR_CHANGED:
		return CTXCUT_CHANGED;
	case ERR_INPUT:
	case ERR_LIMIT:
		break;
	}
	return CTXCUT_INPUT;
}

/* A search reads twice. Told before anything is opened: opening a pipe may wait for ever. */
static enum err_code must_be_readable_twice(const struct reference *r, struct err *err)
{
	struct stat st;
	if (r->kind == REFERENCE_STORED || stat(r->name, &st) != 0 || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return ERR_OK;
	return err_set(err, ERR_USAGE, "%.300s is not a file that can be read twice: search it with ctxcut --query",
		       r->name);
}

/* The reference, and the origin that it names. */
static enum err_code resolve(const char *text, const char *store_dir, bool twice, struct reference *r,
			     struct store **store, struct origin **o, struct err *err)
{
	enum err_code code = reference_parse(r, text, err);
	if (code == ERR_OK && twice)
		code = must_be_readable_twice(r, err);
	if (code == ERR_OK && r->kind == REFERENCE_STORED)
		code = store_open(store, store_dir, 0, err);
	if (code == ERR_OK)
		code = origin_open(o, r, *store, err);
	if (code == ERR_MISSING && r->kind == REFERENCE_STORED)
		err_set(err, code, "%s; nor is there a file of that name", err->text);
	return code;
}

static enum ctxcut_status report(enum err_code code, const struct err *err, const char *note, char *error,
				 size_t error_size)
{
	if (error && error_size > 0)
		snprintf(error, error_size, "%s", code == ERR_OK ? note : err->text);
	return status_of(code);
}

enum ctxcut_status ctxcut_show(const char *reference, const struct ctxcut_show_options *options, ctxcut_write *write,
			       void *user, char *error, size_t error_size)
{
	static const struct ctxcut_show_options plain;
	struct err err = {0};
	struct reference r = {0};
	struct store *store = NULL;
	struct origin *o = NULL;
	char note[200] = "";
	if (!options)
		options = &plain;
	struct printer p = {.write = write, .user = user, .numbered = options->line_numbers != 0};

	enum err_code code = resolve(reference, options->store_dir, options->grep != NULL || options->redact, &r, &store, &o, &err);
	if (code == ERR_OK && options->redact) {
		p.rules = masking_new();
		code = find_keys(&p, &r, store, &err);
	}
	if (code == ERR_OK) {
		code = options->grep ? show_matches(&p, o, &r, store, options, note, &err)
				     : print_lines(&p, o, r.first, r.last, ':', &err);
	}
	if (code != ERR_OUTPUT) {
		enum err_code flushed = printer_flush(&p, code == ERR_OK ? &err : NULL);
		code = code == ERR_OK ? flushed : code;
	}
	/* The lines were printed all the same: what a caller must not overlook is the status. */
	if (code == ERR_OK && r.hash[0])
		code = compare_hash(o, &r, &err);
	if (code == ERR_OK)
		code = compare_range(o, &r, false, options->around, note, &err);
	if (code == ERR_OK && p.secrets) {
		size_t len = strlen(note);
		snprintf(note + len, sizeof note - len, "%s%zu masked secret%s", len ? "; " : "", p.secrets, p.secrets == 1 ? "" : "s");
	}
	buf_release(&p.out);
	buf_release(&p.waiting);
	buf_release(&p.masked);
	key_blocks_release(&p.keys);
	redact_free(p.rules);
	origin_free(o);
	store_free(store);
	reference_release(&r);
	return report(code, &err, note, error, error_size);
}

/* All of a stored original is decoded and hashed; a file is read when there is a hash or a range to compare with. */
static enum err_code check_stored(struct store *store, const struct reference *r, struct err *err)
{
	struct store_reader *reader;
	enum err_code code = store_get(store, r->name, &reader, err);
	if (code == ERR_OK)
		code = store_verify(reader, err);
	store_reader_free(reader);
	return code;
}

enum ctxcut_status ctxcut_check(const char *reference, const char *store_dir, char *error, size_t error_size)
{
	struct err err = {0};
	struct reference r = {0};
	struct store *store = NULL;
	struct origin *o = NULL;
	char note[200] = "";
	enum err_code code = resolve(reference, store_dir, false, &r, &store, &o, &err);
	if (code == ERR_OK && r.kind == REFERENCE_STORED)
		code = check_stored(store, &r, &err);
	if (code == ERR_OK && r.hash[0])
		code = compare_hash(o, &r, &err);
	if (code == ERR_OK)
		code = compare_range(o, &r, true, 0, note, &err);
	if (code == ERR_OK && note[0])
		code = err_set(&err, ERR_MISSING, "%s", note);
	origin_free(o);
	store_free(store);
	reference_release(&r);
	return report(code, &err, "", error, error_size);
}
