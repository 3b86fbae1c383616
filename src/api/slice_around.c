/* What stands around what was found: who calls it, which tests name it, what its file imports. */
#include "api/slice.h"

#include "base/mem.h"
#include "text/clean.h"
#include "tree/testing.h"

#include <stdlib.h>

enum { NAMES_MOST = 16, AROUND_MOST = 100, USES_MARKED = 6, IMPORTERS_MOST = 8 };

struct use_search {
	struct ctxcut_slice *s;
	struct span names[NAMES_MOST]; /* last parts; in the arena */
	size_t name_count;
	size_t primary;                /* so many were found by the queries */
	struct found *calls, *uses, *tests; /* owned until added */
	size_t call_count, call_cap, use_count, use_cap, test_count, test_cap;
	uint64_t more;
};

static bool is_callable(enum symbol_kind k)
{
	return k == SYMBOL_FUNCTION || k == SYMBOL_METHOD || k == SYMBOL_CONSTRUCTOR || k == SYMBOL_TEST || k == SYMBOL_MACRO ||
	       k == SYMBOL_TARGET || k == SYMBOL_RPC || k == SYMBOL_VIEW || k == SYMBOL_TRIGGER;
}

/* The definition that a use stands in: the innermost function, else the innermost of anything. */
static uint32_t holder_of(const struct outline *o, uint32_t line)
{
	uint32_t inner = outline_enclosing(o, line);
	for (uint32_t at = inner; at != SYMBOL_NO_PARENT; at = o->symbols[at].parent)
		if (is_callable(o->symbols[at].kind))
			return at;
	return inner;
}

static bool names_itself(const struct outline *o, uint32_t line, struct span name)
{
	for (size_t i = 0; i < o->count && o->symbols[i].lead_line <= line; i++) {
		struct name_query q;
		if (o->symbols[i].name_line == line && name_query_parse(&q, symbol_name(o, &o->symbols[i])) && span_eq(name_query_last(&q), name))
			return true;
	}
	return false;
}

static bool is_primary(const struct use_search *u, uint32_t number, const struct symbol *d)
{
	for (size_t i = 0; i < u->primary; i++) {
		const struct found *f = &u->s->found[i];
		if (f->file == number && f->first <= d->name_line && f->last >= d->last_line)
			return true;
	}
	return false;
}

static struct found *of_holder(struct found *list, size_t count, uint32_t number, uint64_t first, uint64_t last)
{
	for (size_t i = count; i > 0; i--)
		if (list[i - 1].file == number && list[i - 1].first == first && list[i - 1].last == last)
			return &list[i - 1];
	return NULL;
}

static void add_use(struct use_search *u, uint32_t number, const struct outline *o, uint32_t line, struct span name, bool called, bool test)
{
	uint32_t at = holder_of(o, line);
	struct found f;
	if (at == SYMBOL_NO_PARENT) {
		uint64_t more = u->s->settings.has_context ? u->s->settings.context : CONTEXT_OF_USE;
		f = (struct found){.file = number, .first = line > more ? line - more : 1,
		                   .last = line + more < o->line_count ? line + more : o->line_count, .head = line, .weight = 1};
	} else {
		if (is_primary(u, number, &o->symbols[at]))
			return;
		bool whole = u->s->settings.has_context; /* a caller is a definition: context widens what is shown of it, not it */
		u->s->settings.has_context = false;
		f = slice_definition(u->s, number, o, &o->symbols[at], o->line_count);
		u->s->settings.has_context = whole;
	}
	struct found **list = test ? &u->tests : called ? &u->calls : &u->uses;
	size_t *count = test ? &u->test_count : called ? &u->call_count : &u->use_count;
	size_t *cap = test ? &u->test_cap : called ? &u->call_cap : &u->use_cap;
	/* Who calls it may also name it elsewhere. */
	struct found *known = of_holder(*list, *count, number, f.first, f.last);
	if (!known && !test && !called)
		known = of_holder(u->calls, u->call_count, number, f.first, f.last);
	if (known) {
		if (known->mark_count < USES_MARKED)
			slice_add_mark(known, line, 0, SPAN(""));
		return;
	}
	if (*count == AROUND_MOST) {
		u->more++;
		return;
	}
	f.role = test ? FOUND_TEST : FOUND_CALLER;
	f.around = true;
	f.weight = test ? 0.3 : called ? 0.5 : 0.25;
	struct buf note = {0};
	buf_add_str(&note, called ? "calls " : "names ");
	clean_line(&note, name);
	f.note = arena_dup(&u->s->arena, buf_span(&note));
	buf_release(&note);
	slice_add_mark(&f, line, 0, SPAN(""));
	MEM_GROW(*list, *cap, *count + 1);
	(*list)[(*count)++] = f;
}

static uint32_t line_of(struct span text, size_t off, size_t *at, uint32_t *no)
{
	while (*at < off) {
		const char *newline = memchr(text.ptr + *at, '\n', off - *at);
		if (!newline)
			break;
		*at = (size_t)(newline - text.ptr) + 1;
		++*no;
	}
	return *no;
}

static void look_for_uses(void *user, uint32_t number, struct span path, struct span text)
{
	struct use_search *u = user;
	const struct outline *o = NULL;
	bool test = path_is_test(path);
	if (test ? !u->s->settings.tests && !u->s->settings.callers : !u->s->settings.callers)
		return;
	for (size_t n = 0; n < u->name_count; n++) {
		struct span name = u->names[n];
		size_t at = 0;
		uint32_t no = 1;
		for (size_t off = name_find(text, name, 0); off != SIZE_MAX; off = name_find(text, name, off + name.len)) {
			if (!o && !(o = sources_outline(u->s->sources, path, text)))
				return;
			enum name_use use = name_use_at(text, off, name);
			uint32_t line = line_of(text, off, &at, &no);
			if (use == NAME_MENTIONED || names_itself(o, line, name))
				continue;
			/* A declaration of C stands in no definition. */
			bool top = outline_enclosing(o, line) == SYMBOL_NO_PARENT;
			const char *language = language_name(o->language);
			if (top && (strcmp(language, "c") == 0 || strcmp(language, "c++") == 0))
				continue;
			if (strcmp(language, "markdown") == 0 || strcmp(language, "json") == 0 || strcmp(language, "yaml") == 0)
				continue;
			add_use(u, number, o, line, name, use == NAME_CALLED, test && u->s->settings.tests);
		}
	}
}

static void collect_names(struct use_search *u)
{
	for (size_t i = 0; i < u->primary && u->name_count < NAMES_MOST; i++) {
		struct name_query q;
		const struct found *f = &u->s->found[i];
		if (!f->name.len || !name_query_parse(&q, f->name))
			continue;
		bool known = false;
		for (size_t k = 0; k < u->name_count; k++)
			known |= span_eq(u->names[k], name_query_last(&q));
		if (!known)
			u->names[u->name_count++] = name_query_last(&q);
	}
}

struct found_list {
	struct found *at; /* owned */
	size_t count, next;
};

/* In turns, so that a small budget shows some of each. */
static void add_in_turns(struct ctxcut_slice *s, struct found_list *lists, size_t count)
{
	for (bool any = true; any;) {
		any = false;
		for (size_t i = 0; i < count; i++) {
			if (lists[i].next == lists[i].count)
				continue;
			slice_add(s, &lists[i].at[lists[i].next++]);
			any = true;
		}
	}
	for (size_t i = 0; i < count; i++)
		free(lists[i].at);
}

/* ---- imports ------------------------------------------------------------------------------------------------------ */

/* The parts of an import with '/' between, as far up as its dots say: "..a.b" of x/y/z.py is x/a/b. */
static bool import_path(struct span import, struct span importer, struct buf *out, bool *relative)
{
	struct span folder = path_folder(importer);
	folder.len -= folder.len > 0;
	*relative = false;
	buf_clear(out);
	while (import.len && strchr("\"'<(", import.ptr[0]))
		import = span_from(import, 1);
	while (import.len && strchr("\"'>)", import.ptr[import.len - 1]))
		import.len--;
	if (import.len == 0)
		return false;
	bool slashes = memchr(import.ptr, '/', import.len) != NULL;
	if (import.ptr[0] == '.' && slashes) {
		struct buf joined = {0};
		*relative = true;
		buf_add_span(&joined, folder);
		buf_add_char(&joined, '/');
		buf_add_span(&joined, import);
		place_normal(buf_span(&joined), out);
		buf_release(&joined);
		return out->len > 0;
	}
	if (import.ptr[0] == '.') { /* Python */
		*relative = true;
		import = span_from(import, 1);
		while (import.len && import.ptr[0] == '.') {
			import = span_from(import, 1);
			folder = path_folder(folder);
			folder.len -= folder.len > 0;
		}
		buf_add_span(out, folder);
		if (out->len && import.len)
			buf_add_char(out, '/');
	}
	if (slashes) {
		place_normal(import, out);
		return out->len > 0;
	}
	for (size_t i = 0; i < import.len; i++) {
		char c = import.ptr[i];
		if (c == ':' && i + 1 < import.len && import.ptr[i + 1] == ':')
			i++;
		/* "cart.h" is a file's name; "shop.cart" is none. */
		bool extension = c == '.' && import.len - i <= 4 && memchr(".h.hh.hpp.hxx.inc.c.cc.cpp", import.ptr[i], 1) &&
		                 (span_eq(span_from(import, i), SPAN(".h")) || span_eq(span_from(import, i), SPAN(".hh")) ||
		                  span_eq(span_from(import, i), SPAN(".hpp")) || span_eq(span_from(import, i), SPAN(".inc")));
		buf_add_char(out, c == '\\' || c == ':' || (c == '.' && !extension) ? '/' : c);
	}
	return out->len > 0;
}

static const char *extension_of(struct span path)
{
	const char *dot = memrchr(path.ptr, '.', path.len);
	return dot && !memchr(dot, '/', path.len - (size_t)(dot - path.ptr)) ? dot : "";
}

static uint32_t common_bytes(struct span a, struct span b)
{
	uint32_t n = 0;
	while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
		n++;
	return n;
}

/* The file of this name that is nearest to the importer; UINT32_MAX: there is none. All of the name must be there. */
static uint32_t nearest(const struct places *places, struct span wanted, struct span importer, bool exact)
{
	struct place_match m;
	uint32_t best = UINT32_MAX, most = 0;
	places_find_path(places, wanted, &m);
	for (size_t i = 0; i < m.count; i++) {
		struct span path = places_path(places, m.at[i]);
		bool whole = exact ? span_eq(path, wanted)
		                   : span_ends(path, wanted) && (path.len == wanted.len || path.ptr[path.len - wanted.len - 1] == '/');
		uint32_t n = common_bytes(path, importer) + 1;
		if (whole && n > most && !span_eq(path, importer)) {
			most = n;
			best = m.at[i];
		}
	}
	return best;
}

/* Headers of C's library: a file of that name deep in the tree is not what is meant. */
static bool is_standard_header(struct span import)
{
	static const char *const names[] = {"assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h", "iso646.h",
	                                    "limits.h", "locale.h", "math.h", "setjmp.h", "signal.h", "stdalign.h", "stdarg.h",
	                                    "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "stdnoreturn.h",
	                                    "string.h", "strings.h", "tgmath.h", "threads.h", "time.h", "uchar.h", "unistd.h", "wchar.h",
	                                    "wctype.h", "fcntl.h", "pthread.h", "poll.h", "sched.h", "sys/types.h", "sys/stat.h",
	                                    "sys/time.h", "sys/socket.h", "sys/wait.h", "sys/mman.h"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_eq(import, span_of_str(names[i])))
			return true;
	return false;
}

/* A word alone ("errors", "django") is a module of the tree only where modules of one word are looked for: beside the importer and
 * on top. `rest`: of the path that was found, what stands before the import's own parts. */
static bool is_near(struct span rest, struct span importer)
{
	return rest.len == 0 || span_eq(rest, SPAN("src/")) || span_eq(rest, SPAN("lib/")) || span_eq(rest, path_folder(importer));
}

/* Go imports folders, by the name of the module that go.mod states: the first file there. */
static uint32_t resolve_go(struct ctxcut_slice *s, struct span import)
{
	const struct places *places = sources_places(s->sources);
	uint32_t mod = nearest(places, SPAN("go.mod"), span_of("", 0), true), found = UINT32_MAX;
	struct source_file *f = mod == UINT32_MAX ? NULL : sources_get(s->sources, mod, NULL);
	size_t at = f ? span_find(f->text, SPAN("module ")) : SIZE_MAX;
	if (at != SIZE_MAX) {
		struct span module = span_from(f->text, at + 7);
		const char *end = memchr(module.ptr, '\n', module.len);
		module = span_trim(span_head(module, end ? (size_t)(end - module.ptr) : module.len));
		struct span folder = span_starts(import, module) && import.len > module.len + 1 ? span_from(import, module.len + 1) : span_of("", 0);
		for (uint32_t i = 0; folder.len && i < places_count(places) && found == UINT32_MAX; i++) {
			struct span path = places_path(places, i), in = path_folder(path);
			if (in.len == folder.len + 1 && span_starts(in, folder) && span_ends(path, SPAN(".go")) && !span_ends(path, SPAN("_test.go")))
				found = i;
		}
	}
	sources_put(s->sources, f);
	return found;
}

static uint32_t resolve(const struct places *places, struct span import, struct span importer)
{
	static const char *const endings[] = {"", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".d.ts", ".vue", ".svelte", "/index.ts", "/index.tsx",
	                                      "/index.js", "/__init__.py", "/mod.rs", ".h", ".php", ".rb", ".py", ".rs", ".java", ".kt",
	                                      ".scala", ".lua", ".ex", ".hs", ".cs", ".swift", ".proto", ".zig"};
	struct buf path = {0}, wanted = {0};
	bool relative;
	uint32_t found = UINT32_MAX;
	const char *own = extension_of(importer);
	size_t own_len = (size_t)(importer.ptr + importer.len - own);
	if (is_standard_header(import) || !import_path(import, importer, &path, &relative)) {
		buf_release(&path);
		return found;
	}
	/* crate::, self::, super:: of Rust name no folder. */
	struct span parts = buf_span(&path);
	while (span_starts(parts, SPAN("crate/")) || span_starts(parts, SPAN("self/")) || span_starts(parts, SPAN("super/")))
		parts = span_from(parts, span_starts(parts, SPAN("self/")) ? 5 : 6);
	for (int drop = 0; drop < 2 && found == UINT32_MAX && parts.len; drop++) {
		for (size_t i = 0; i <= sizeof endings / sizeof *endings && found == UINT32_MAX; i++) {
			buf_clear(&wanted);
			buf_add_span(&wanted, parts);
			if (i == 0 && *own)
				buf_add(&wanted, own, own_len); /* the importer's own language first */
			else if (i > 0)
				buf_add_str(&wanted, endings[i - 1]);
			found = nearest(places, buf_span(&wanted), importer, relative);
			if (found != UINT32_MAX && !relative && !memchr(parts.ptr, '/', parts.len) && !memchr(parts.ptr, '.', parts.len) &&
			    !is_near(span_head(places_path(places, found), places_path(places, found).len - wanted.len), importer))
				found = UINT32_MAX;
		}
		/* "shop.cart.Cart": the last part is what the module defines. A single word would fit too much. */
		const char *slash = memrchr(parts.ptr, '/', parts.len);
		parts.len = slash && !relative ? (size_t)(slash - parts.ptr) : 0;
		if (!memchr(parts.ptr, '/', parts.len) && drop == 0 && !span_starts(import, SPAN("crate")) && !span_starts(import, SPAN("super")))
			parts.len = 0;
	}
	buf_release(&path);
	buf_release(&wanted);
	return found;
}

static struct found_list find_imports(struct ctxcut_slice *s, size_t primary)
{
	struct found_list list = {0};
	size_t cap = 0;
	uint32_t importers[IMPORTERS_MOST];
	size_t importer_count = 0;
	const struct places *places = sources_places(s->sources);
	for (size_t i = 0; i < primary && importer_count < IMPORTERS_MOST; i++) {
		bool known = false;
		for (size_t k = 0; k < importer_count; k++)
			known |= importers[k] == s->found[i].file;
		if (!known)
			importers[importer_count++] = s->found[i].file;
	}
	for (size_t k = 0; k < importer_count; k++) {
		struct source_file *f = sources_get(s->sources, importers[k], NULL);
		struct buf outside = {0};
		struct span rest = f ? buf_span(&f->outline.imports) : span_of("", 0);
		while (rest.len) {
			const char *newline = memchr(rest.ptr, '\n', rest.len);
			struct span import = span_head(rest, newline ? (size_t)(newline - rest.ptr) : rest.len);
			rest = span_from(rest, import.len + 1);
			struct span importer = places_path(places, importers[k]);
			uint32_t number = span_ends(importer, SPAN(".go")) ? resolve_go(s, import) : resolve(places, import, importer);
			struct source_file *g = number == UINT32_MAX ? NULL : sources_get(s->sources, number, NULL);
			if (!g || g->line_count == 0) { /* what is there and empty has nothing to show */
				if (!g && import.len && outside.len < 600) {
					buf_add_str(&outside, outside.len ? ", " : "");
					buf_add_span(&outside, import);
				}
				sources_put(s->sources, g);
				continue;
			}
			struct buf note = {0};
			clean_line(&note, import);
			struct found found = {.role = FOUND_IMPORT, .file = number, .first = 1, .last = g->line_count, .head = 1, .named = true,
			                      .note = arena_dup(&s->arena, buf_span(&note))};
			bool twice = false;
			for (size_t i = 0; i < list.count; i++)
				twice |= list.at[i].file == number;
			if (!twice) {
				MEM_GROW(list.at, cap, list.count + 1);
				list.at[list.count++] = found;
			}
			buf_release(&note);
			sources_put(s->sources, g);
		}
		if (f && outside.len)
			slice_note(s, "%.*s imports from outside the tree: %s", (int)f->path.len, f->path.ptr, outside.ptr);
		buf_release(&outside);
		sources_put(s->sources, f);
	}
	return list;
}

void slice_add_around(struct ctxcut_slice *s)
{
	struct use_search u = {.s = s, .primary = s->found_count};
	if (s->settings.callers || s->settings.tests) {
		collect_names(&u);
		if (u.name_count)
			sources_each(s->sources, u.name_count == 1 ? u.names[0] : SPAN(""), look_for_uses, &u);
		if (s->settings.callers && u.name_count && u.call_count + u.use_count == 0)
			slice_note(s, "nothing in the tree calls %.*s by its name", (int)u.names[0].len, u.names[0].ptr);
		if (s->settings.tests && u.name_count && u.test_count == 0)
			slice_note(s, "no test in the tree names %.*s", (int)u.names[0].len, u.names[0].ptr);
		s->more += u.more;
	}
	/* Who only names it comes after all who call it. */
	for (size_t i = 0; i < u.use_count; i++) {
		MEM_GROW(u.calls, u.call_cap, u.call_count + 1);
		u.calls[u.call_count++] = u.uses[i];
	}
	free(u.uses);
	struct found_list lists[] = {{u.calls, u.call_count, 0}, {u.tests, u.test_count, 0},
	                             s->settings.imports ? find_imports(s, u.primary) : (struct found_list){0}};
	add_in_turns(s, lists, sizeof lists / sizeof *lists);
}
