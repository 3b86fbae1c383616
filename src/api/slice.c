/* The public handle of slices: options, trees, queries. */
#include "api/slice.h"

#include "base/mem.h"
#include "text/clean.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct ctxcut_slice *ctxcut_slice_new(void)
{
	struct ctxcut_slice *s = mem_zalloc(1, sizeof *s);
	s->settings = (struct slice_settings){.budget_tokens = SLICE_BUDGET_DEFAULT, .encoding = ENCODING_O200K};
	return s;
}

void ctxcut_slice_free(struct ctxcut_slice *s)
{
	if (!s)
		return;
	slice_release_items(s);
	for (size_t i = 0; i < s->found_count; i++)
		free(s->found[i].marks);
	free(s->found);
	free(s->notes);
	sources_free(s->sources);
	redact_free(s->redact);
	for (size_t i = 0; i < s->glob_count; i++)
		free(s->globs[i]);
	free(s->globs);
	arena_release(&s->arena);
	buf_release(&s->out);
	buf_release(&s->error);
	free(s);
}

const char *ctxcut_slice_error(const struct ctxcut_slice *s) { return s->error.ptr ? s->error.ptr : ""; }

static enum ctxcut_status fail(struct ctxcut_slice *s, const struct err *err)
{
	buf_clear(&s->error);
	buf_add_str(&s->error, err->text);
	return status_of(err->code);
}

/* ---- options ------------------------------------------------------------------------------------------------------ */

static enum err_code set_flag(bool *out, const char *name, const char *value, struct err *err)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return err_set(err, ERR_USAGE, "%s: '%s' is neither yes nor no", name, value);
	*out = value[0] == 'y';
	return ERR_OK;
}

static enum err_code set_number(uint64_t *out, uint64_t least, uint64_t most, const char *name, const char *value, struct err *err)
{
	char *end;
	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	if (errno || end == value || *end || value[0] == '-' || n < least || n > most)
		return err_set(err, ERR_USAGE, "%s: '%s' is not a number from %llu to %llu", name, value, (unsigned long long)least,
		               (unsigned long long)most);
	*out = n;
	return ERR_OK;
}

static enum err_code set(struct ctxcut_slice *s, const char *name, const char *value, struct err *err)
{
	static const char *const formats[] = {[RENDER_TEXT] = "text", [RENDER_JSON] = "json", [RENDER_MARKDOWN] = "markdown"};
	struct slice_settings *o = &s->settings;
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {{"callers", &o->callers}, {"tests", &o->tests}, {"imports", &o->imports}, {"line-numbers", &o->line_numbers}, {"redact", &o->redact},
	             {"hidden", &s->walk.hidden}};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(name, flags[i].name) == 0)
			return set_flag(flags[i].flag, name, value, err);
	if (strcmp(name, "ignore") == 0) {
		bool ignore = true;
		enum err_code code = set_flag(&ignore, name, value, err);
		s->walk.no_ignore = !ignore;
		return code;
	}
	if (strcmp(name, "budget") == 0) {
		uint64_t n = 0;
		enum err_code code = strcmp(value, "none") == 0
		                             ? ERR_OK
		                             : set_number(&n, SLICE_BUDGET_LEAST, SLICE_BUDGET_MOST, name, value, err);
		o->budget_tokens = (size_t)n;
		return code;
	}
	if (strcmp(name, "context") == 0) {
		o->has_context = true;
		return set_number(&o->context, 0, 1000000, name, value, err);
	}
	if (strcmp(name, "encoding") == 0)
		return encoding_from_name(value, &o->encoding)
		               ? ERR_OK
		               : err_set(err, ERR_USAGE, "encoding: '%s' is none of o200k_base, cl100k_base, claude", value);
	if (strcmp(name, "format") == 0) {
		for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
			if (strcmp(value, formats[i]) == 0) {
				o->format = (enum render_format)i;
				return ERR_OK;
			}
		return err_set(err, ERR_USAGE, "format: '%s' is none of text, json, markdown", value);
	}
	if (strcmp(name, "glob") == 0) {
		MEM_GROW(s->globs, s->glob_cap, s->glob_count + 1);
		s->globs[s->glob_count++] = mem_strdup(value);
		s->walk.globs = (const char *const *)s->globs;
		s->walk.glob_count = s->glob_count;
		return ERR_OK;
	}
	return err_set(err, ERR_USAGE, "there is no option named '%s'", name);
}

enum ctxcut_status ctxcut_slice_set(struct ctxcut_slice *s, const char *name, const char *value)
{
	struct err err = {0};
	if (s->sources || s->finished)
		return err_set(&err, ERR_USAGE, "%s: is set after the first tree or query", name), fail(s, &err);
	return set(s, name, value, &err) == ERR_OK ? CTXCUT_OK : fail(s, &err);
}

static struct sources *sources_at_need(struct ctxcut_slice *s)
{
	if (!s->sources)
		s->sources = sources_new(&s->walk);
	return s->sources;
}

enum ctxcut_status ctxcut_slice_add_tree(struct ctxcut_slice *s, const char *folder)
{
	struct err err = {0};
	if (sources_add_root(sources_at_need(s), folder, &err) != ERR_OK)
		return fail(s, &err);
	s->has_tree = true;
	return CTXCUT_OK;
}

/* ---- what was found ----------------------------------------------------------------------------------------------- */

void slice_note(struct ctxcut_slice *s, const char *fmt, ...)
{
	char text[1024];
	struct buf cleaned = {0};
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	for (char *p = text; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	clean_line(&cleaned, span_of_str(text));
	MEM_GROW(s->notes, s->note_cap, s->note_count + 1);
	s->notes[s->note_count++] = arena_dup(&s->arena, buf_span(&cleaned));
	buf_release(&cleaned);
}

void slice_add_mark(struct found *f, uint64_t line, uint64_t column, struct span note)
{
	size_t at = 0;
	while (at < f->mark_count && f->marks[at].line < line)
		at++;
	if (at < f->mark_count && f->marks[at].line == line)
		return;
	MEM_GROW(f->marks, f->mark_cap, f->mark_count + 1);
	memmove(f->marks + at + 1, f->marks + at, (f->mark_count - at) * sizeof *f->marks);
	f->marks[at] = (struct found_mark){line, column, note};
	f->mark_count++;
}

struct found *slice_add(struct ctxcut_slice *s, const struct found *f)
{
	for (size_t i = 0; i < s->found_count; i++) {
		struct found *other = &s->found[i];
		/* What lies within another is shown with it. A caller or test is shown only around its marks. */
		if (other->file != f->file || other->role == FOUND_IMPORT || f->role == FOUND_IMPORT || f->first < other->first ||
		    f->last > other->last || (other->around && !f->around))
			continue;
		for (size_t m = 0; m < f->mark_count; m++)
			slice_add_mark(other, f->marks[m].line, f->marks[m].column, f->marks[m].note);
		free(f->marks);
		return NULL;
	}
	MEM_GROW(s->found, s->found_cap, s->found_count + 1);
	s->found[s->found_count] = *f;
	return &s->found[s->found_count++];
}

static struct span kept(struct ctxcut_slice *s, struct span text)
{
	struct buf cleaned = {0};
	clean_line(&cleaned, text);
	struct span copy = arena_dup(&s->arena, buf_span(&cleaned));
	buf_release(&cleaned);
	return copy;
}

struct found slice_definition(struct ctxcut_slice *s, uint32_t number, const struct outline *o, const struct symbol *symbol, uint32_t lines)
{
	struct buf name = {0};
	outline_qualified_name(o, symbol, &name);
	struct found f = {.file = number, .first = symbol->lead_line, .last = symbol->last_line, .head = symbol->name_line,
	                  .kind = span_of_str(symbol_kind_name(symbol->kind)), .name = kept(s, buf_span(&name)),
	                  .recovered = symbol->recovered, .weight = 1};
	buf_release(&name);
	uint64_t more = s->settings.has_context ? s->settings.context : 0;
	f.first = f.first > more ? f.first - more : 1;
	f.last = f.last + more < lines ? f.last + more : lines;
	return f;
}

struct found slice_place(struct ctxcut_slice *s, struct source_file *file, uint64_t first, uint64_t last)
{
	const struct outline *o = &file->outline;
	uint32_t at = first <= UINT32_MAX ? outline_enclosing(o, (uint32_t)first) : SYMBOL_NO_PARENT;
	while (at != SYMBOL_NO_PARENT && o->symbols[at].last_line < last)
		at = o->symbols[at].parent;
	/* A variable or a field of one line says nothing of where it stands. */
	while (at != SYMBOL_NO_PARENT && o->symbols[at].parent != SYMBOL_NO_PARENT &&
	       o->symbols[at].last_line - o->symbols[at].first_line < 1 && o->symbols[at].kind >= SYMBOL_CONSTANT &&
	       o->symbols[at].kind <= SYMBOL_ENUM_MEMBER)
		at = o->symbols[at].parent;
	if (at != SYMBOL_NO_PARENT)
		return slice_definition(s, file->number, o, &o->symbols[at], file->line_count);
	uint64_t more = s->settings.has_context ? s->settings.context : CONTEXT_OF_PLACE;
	return (struct found){.file = file->number, .first = first > more ? first - more : 1,
	                      .last = last + more < file->line_count ? last + more : file->line_count, .head = first, .weight = 1};
}

/* ---- queries ------------------------------------------------------------------------------------------------------ */

struct place_query {
	struct span path, hash, name; /* name: of a definition in that file; hash, name empty: none */
	uint64_t first, last, column; /* first 0: no line */
};

static bool take_number(struct span *s, uint64_t *n)
{
	size_t i = 0;
	*n = 0;
	while (i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9' && i < 10)
		*n = *n * 10 + (uint64_t)(s->ptr[i++] - '0');
	*s = span_from(*s, i);
	return i > 0 && *n > 0;
}

/* "PATH:12", "PATH:12:5", "PATH:12-20", "PATH@HASH:12-20", "PATH:name", "PATH::name". False: there is no such form in it. */
static bool parse_place(struct span text, struct place_query *q)
{
	*q = (struct place_query){0};
	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] != ':')
			continue;
		struct span rest = span_from(text, i + 1);
		q->path = span_head(text, i);
		const char *at = memrchr(q->path.ptr, '@', q->path.len);
		if (at && q->path.len - (size_t)(at - q->path.ptr) - 1 >= 8 &&
		    strspn(at + 1, "0123456789abcdef") >= q->path.len - (size_t)(at - q->path.ptr) - 1)
			q->hash = span_of(at + 1, q->path.len - (size_t)(at - q->path.ptr) - 1), q->path.len = (size_t)(at - q->path.ptr);
		if (!take_number(&rest, &q->first)) {
			while (span_starts(rest, SPAN(":")))
				rest = span_from(rest, 1);
			q->first = 0;
			q->name = rest;
			return rest.len > 0 && !memchr(rest.ptr, ' ', rest.len);
		}
		q->last = q->first;
		if (span_starts(rest, SPAN("-"))) {
			rest = span_from(rest, 1);
			if (!take_number(&rest, &q->last) || q->last < q->first)
				return false;
		} else if (span_starts(rest, SPAN(":"))) {
			rest = span_from(rest, 1);
			take_number(&rest, &q->column);
		}
		return rest.len == 0 || span_eq(rest, SPAN(":"));
	}
	return false;
}

static void note_alike(struct ctxcut_slice *s, struct span path, const struct place_match *m)
{
	struct buf list = {0}, one = {0};
	for (size_t i = 0; i < m->count && i < 4; i++) {
		buf_add_str(&list, i ? ", " : "");
		sources_path(s->sources, m->at[i], &one);
		buf_add_span(&list, buf_span(&one));
	}
	buf_release(&one);
	slice_note(s, "%.*s may be any of %zu files: %s%s", (int)path.len, path.ptr, m->all, list.ptr, m->all > 4 ? ", …" : "");
	buf_release(&list);
}

static struct source_file *get_or_note(struct ctxcut_slice *s, uint32_t number)
{
	struct err err = {0};
	struct source_file *f = sources_get(s->sources, number, &err);
	if (!f)
		slice_note(s, "%s", err.text);
	return f;
}

/* A path that a user writes may also lead out of the trees: the folder of such a file is one more. */
static void find_path(struct ctxcut_slice *s, struct span path, struct place_match *match)
{
	struct stat st;
	sources_find_path(s->sources, path, match);
	if (match->count || !memchr(path.ptr, '/', path.len))
		return;
	char *name = mem_strndup(path.ptr, path.len);
	if (stat(name, &st) == 0 && S_ISREG(st.st_mode)) {
		char *slash = strrchr(name, '/');
		*slash = '\0';
		if (sources_add_root(s->sources, *name ? name : "/", NULL) == ERR_OK)
			sources_find_path(s->sources, path, match);
	}
	free(name);
}

/* True when the query was about a file of the tree, whatever was found in it. */
static bool by_place(struct ctxcut_slice *s, struct span text)
{
	struct place_query q;
	struct place_match match;
	bool is_place = parse_place(text, &q);
	if (is_place)
		find_path(s, q.path, &match);
	if (!is_place || match.count == 0) {
		/* A path alone is a file with all its lines. */
		if (!memchr(text.ptr, '/', text.len) && !memchr(text.ptr, '.', text.len))
			return false;
		q = (struct place_query){.path = text};
		find_path(s, text, &match);
		if (match.count == 0)
			return false;
	}
	if (match.count > 1 && q.name.len == 0)
		note_alike(s, q.path, &match);
	for (size_t i = 0; i < match.count && i < 4; i++) {
		struct source_file *file = get_or_note(s, match.at[i]);
		if (!file)
			continue;
		char hex[33];
		hash128_hex(file->hash, hex);
		if (q.hash.len && (q.hash.len > 32 || memcmp(hex, q.hash.ptr, q.hash.len) != 0))
			slice_note(s, "%.*s has changed since the reference was made (%.*s then, %.8s now)", (int)file->path.len, file->path.ptr,
			           (int)q.hash.len, q.hash.ptr, hex);
		if (q.name.len) {
			if (slice_by_name(s, q.name, places_path(sources_places(s->sources), match.at[i])) == 0 && match.count == 1) {
				slice_note(s, "%.*s defines no %.*s", (int)file->path.len, file->path.ptr, (int)q.name.len, q.name.ptr);
				s->missed = true;
			}
		} else if (q.first > file->line_count) {
			slice_note(s, "%.*s has %u lines: there is no line %llu", (int)file->path.len, file->path.ptr, file->line_count,
			           (unsigned long long)q.first);
			s->missed |= match.count == 1;
		} else if (q.first) {
			struct found f = slice_place(s, file, q.first, q.last < file->line_count ? q.last : file->line_count);
			if (q.first == q.last)
				slice_add_mark(&f, q.first, q.column, SPAN(""));
			slice_add(s, &f);
		} else if (file->line_count) {
			slice_add(s, &(struct found){.file = file->number, .first = 1, .last = file->line_count, .head = 1, .kind = SPAN("file"),
			                             .weight = 1});
		}
		sources_put(s->sources, file);
	}
	return true;
}

static enum ctxcut_status ready(struct ctxcut_slice *s)
{
	struct err err = {0};
	if (s->finished)
		return err_set(&err, ERR_USAGE, "queries are closed: ctxcut_slice_finish was called"), fail(s, &err);
	return s->has_tree ? CTXCUT_OK : ctxcut_slice_add_tree(s, ".");
}

enum ctxcut_status ctxcut_slice_query(struct ctxcut_slice *s, const char *text)
{
	enum ctxcut_status status = ready(s);
	if (status != CTXCUT_OK)
		return status;
	struct span query = span_trim(span_of_str(text));
	bool words = memchr(query.ptr, ' ', query.len) || memchr(query.ptr, '\n', query.len);
	size_t named = 0;
	if (query.len == 0) {
		struct err err = {0};
		return err_set(&err, ERR_USAGE, "the query is empty"), fail(s, &err);
	}
	if (by_place(s, query) || (words && slice_by_trace(s, query, &named)) || (!words && slice_by_name(s, query, span_of("", 0))))
		return CTXCUT_OK;
	/* A word that stands nowhere is a name misspelt, of which its parts would tell little. */
	if ((words || slice_holds_word(s, query)) && slice_by_words(s, query)) {
		if (!words)
			slice_note(s, "no definition is called %.*s: these hold the word", (int)query.len, query.ptr);
		return CTXCUT_OK;
	}
	s->missed = true;
	slice_note(s, "nothing found for %.*s", (int)(query.len < 300 ? query.len : 300), query.ptr);
	if (!words)
		slice_note_nearest(s, query);
	return CTXCUT_OK;
}

enum ctxcut_status ctxcut_slice_words(struct ctxcut_slice *s, const char *text)
{
	enum ctxcut_status status = ready(s);
	if (status != CTXCUT_OK || slice_by_words(s, span_of_str(text)))
		return status;
	s->missed = true;
	slice_note(s, "nothing found for %.300s", text);
	return CTXCUT_OK;
}

enum ctxcut_status ctxcut_slice_text(struct ctxcut_slice *s, const void *text, size_t len)
{
	enum ctxcut_status status = ready(s);
	size_t named = 0;
	struct span all = span_of(text, len);
	if (status != CTXCUT_OK || slice_by_trace(s, all, &named))
		return status;
	/* No trace: the text of an issue, perhaps. */
	if (named) {
		s->missed = true;
		slice_note(s, "none of the places that the text names lie in the tree");
		return CTXCUT_OK;
	}
	if (slice_by_words(s, all)) {
		slice_note(s, "the text names no place in the tree: these definitions hold its words");
		return CTXCUT_OK;
	}
	s->missed = true;
	slice_note(s, span_trim(all).len ? "the text names no place in the tree, and nothing holds its words" : "standard input is empty");
	return CTXCUT_OK;
}

enum ctxcut_status ctxcut_slice_finish(struct ctxcut_slice *s)
{
	enum ctxcut_status status = ready(s);
	if (status != CTXCUT_OK)
		return status;
	s->finished = true;
	if (s->settings.callers || s->settings.tests || s->settings.imports)
		slice_add_around(s);
	const char *why;
	size_t unread = s->sources ? sources_trouble(s->sources, &why) : 0;
	if (unread)
		slice_note(s, "%zu of the tree could not be read: %s%s", unread, why, unread > 1 ? ", …" : "");
	slice_fit(s);
	return s->missed ? CTXCUT_MISSING : unread ? CTXCUT_INPUT : CTXCUT_OK;
}

enum ctxcut_status ctxcut_slice_render(struct ctxcut_slice *s, ctxcut_write *write, void *user)
{
	struct err err = {0};
	if (!s->finished)
		return err_set(&err, ERR_USAGE, "call ctxcut_slice_finish first"), fail(s, &err);
	if (s->out.len && write(user, s->out.ptr, s->out.len) != 0)
		return err_set(&err, ERR_OUTPUT, "writing failed"), fail(s, &err);
	return CTXCUT_OK;
}

size_t ctxcut_slice_count(const struct ctxcut_slice *s) { return s->item_count; }

enum ctxcut_status ctxcut_slice_get(const struct ctxcut_slice *s, size_t i, struct ctxcut_slice_info *out)
{
	if (i >= s->item_count)
		return CTXCUT_USAGE;
	const struct slice_item *item = &s->items[i];
	*out = (struct ctxcut_slice_info){.reference = item->reference.ptr, .kind = item->kind.ptr ? item->kind.ptr : "",
	                                  .name = item->name.ptr ? item->name.ptr : "", .first_line = item->first, .last_line = item->last,
	                                  .text = item->text.ptr, .text_len = item->text.len};
	for (size_t k = 0; k < item->shown_count; k++)
		out->shown_lines += item->shown[k].last - item->shown[k].first + 1;
	return CTXCUT_OK;
}
