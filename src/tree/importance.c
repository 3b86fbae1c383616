#include "tree/importance.h"

#include "base/mem.h"
#include "tree/rank.h"
#include "tree/testing.h"
#include "tree/words.h"

#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { COUNTERS = 1 << 20, QUERY_TEXT_BYTES_MOST = 1024 * 1024, TOP_NAMES = 8 };

/* Round numbers; moving any by half changes little, and none is fitted to a tree. */
static const double TEST_FACTOR = 0.15, EXAMPLE_FACTOR = 0.3, PROSE_FACTOR = 0.3, DATA_FACTOR = 0.2, OTHERS_FACTOR = 0.02,
                    ENTRY_FACTOR = 1.5, DEPTH_FACTOR = 0.92, TOP_PLACE = 150.0, IMPORTS_WEIGHT = 0.8, NAMES_WEIGHT = 0.3,
                    HIDDEN_FACTOR = 0.35, MEMBER_FACTOR = 0.6, UNASKED_FACTOR = 0.02, ASKED_WORD_GAIN = 3.0,
                    COMMON_WORD_FACTOR = 0.1;

struct importance {
	struct tree_index *x;
	double *files;           /* owned */
	uint16_t *definitions;   /* owned: by word_hash % COUNTERS, how many symbols are called so */
	struct asked {
		uint64_t *words; /* owned: hashes of the query's words */
		size_t count, cap;
	} asked;
};

static double log2_of(double n) { return log2(1 + n); }

/* ---- kinds -------------------------------------------------------------------------------------------------------- */

static double kind_weight(enum symbol_kind kind)
{
	switch (kind) {
	case SYMBOL_CLASS: case SYMBOL_STRUCT: case SYMBOL_INTERFACE: case SYMBOL_TRAIT: case SYMBOL_PROTOCOL: case SYMBOL_RECORD:
	case SYMBOL_OBJECT: case SYMBOL_MESSAGE: case SYMBOL_SERVICE: case SYMBOL_TABLE:
		return 1.2;
	case SYMBOL_FUNCTION: case SYMBOL_METHOD: case SYMBOL_RPC:
		return 1.0;
	case SYMBOL_UNION: case SYMBOL_ENUM: case SYMBOL_TYPE: case SYMBOL_IMPLEMENTATION: case SYMBOL_EXTENSION: case SYMBOL_MODULE:
	case SYMBOL_VIEW: case SYMBOL_RESOURCE: case SYMBOL_CONSTRUCTOR:
		return 0.8;
	case SYMBOL_NAMESPACE: case SYMBOL_PACKAGE: case SYMBOL_TRIGGER:
		return 0.4;
	case SYMBOL_MACRO: case SYMBOL_CONSTANT: case SYMBOL_INDEX:
		return 0.2;
	case SYMBOL_HEADING: case SYMBOL_TARGET: case SYMBOL_TEST: case SYMBOL_KEY:
		break;
	case SYMBOL_VARIABLE: case SYMBOL_FIELD: case SYMBOL_PROPERTY: case SYMBOL_ENUM_MEMBER: case SYMBOL_KINDS:
		break;
	}
	return 0.1;
}

/* ---- places ------------------------------------------------------------------------------------------------------- */

static bool is_among(struct span s, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s.len == strlen(list[i]) && strncasecmp(s.ptr, list[i], s.len) == 0)
			return true;
	return false;
}

#define AMONG(s, list) is_among((s), (list), sizeof(list) / sizeof *(list))

static size_t depth_of(struct span path)
{
	size_t depth = 0;
	for (size_t i = 0; i < path.len; i++)
		depth += path.ptr[i] == '/';
	return depth;
}

static bool is_language(const struct index_file *f, const char *const *list, size_t count)
{
	return f->language && is_among(span_of_str(language_name(f->language)), list, count);
}

/* Where a reader begins: how to build it, what it is. */
static double place_of(const struct index_file *f, size_t depth)
{
	static const char *const first[] = {"README", "AGENTS", "CLAUDE", "CONTRIBUTING", "ARCHITECTURE", "DESIGN", "HACKING"};
	static const char *const builds[] = {
		"Makefile", "GNUmakefile", "CMakeLists.txt", "meson.build", "configure.ac", "package.json", "pyproject.toml", "setup.py",
		"setup.cfg", "Cargo.toml", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "Rakefile", "composer.json",
		"mix.exs", "Dockerfile", "docker-compose.yml", "justfile", "BUILD.bazel", "tsconfig.json", "Package.swift", "build.zig",
		"stack.yaml", "tox.ini",
	};
	struct span name = span_from(f->path, path_folder(f->path).len), stem = path_stem(f->path);
	if (depth > 1)
		return 0;
	double top = depth ? TOP_PLACE / 4 : TOP_PLACE;
	return AMONG(stem, first) ? top : AMONG(name, builds) ? top / 2 : 0;
}

static double place_factor(const struct index_file *f)
{
	static const char *const prose[] = {"markdown", "restructuredtext", "rst", "text", "asciidoc", "html"};
	static const char *const data[] = {"json", "yaml", "toml", "xml", "css", "scss", "svg", "ini", "csv"};
	static const char *const shown[] = {"example", "examples", "demo", "demos", "sample", "samples", "bench", "benchmarks", "benches",
	                                    "doc", "docs", "Documentation", "fixtures", "contrib", "legacy", "locale", "i18n", "migrations"};
	static const char *const entries[] = {"main", "__main__", "cli", "app", "server", "index", "lib", "mod", "api"};
	double factor = f->is_test ? TEST_FACTOR : 1;
	if (is_language(f, prose, sizeof prose / sizeof *prose))
		factor *= PROSE_FACTOR;
	else if (is_language(f, data, sizeof data / sizeof *data))
		factor *= DATA_FACTOR;
	else if (AMONG(path_stem(f->path), entries))
		factor *= ENTRY_FACTOR;
	struct span rest = path_folder(f->path);
	bool found = false;
	for (const char *slash; !found && (slash = memchr(rest.ptr, '/', rest.len)) != NULL;
	     rest = span_from(rest, (size_t)(slash - rest.ptr) + 1))
		found = AMONG(span_of(rest.ptr, (size_t)(slash - rest.ptr)), shown);
	return found ? factor * EXAMPLE_FACTOR : factor;
}

/* ---- what names and imports say ------------------------------------------------------------------------------------ */

static uint32_t *count_importers(struct tree_index *x, const struct import_map *imports)
{
	size_t count = tree_index_count(x);
	uint32_t *importers = mem_zalloc(count, sizeof *importers), *last = mem_zalloc(count, sizeof *last);
	struct index_cursor cursor = {0};
	for (size_t i = 0; i < count; i++) {
		if (tree_index_file(x, i)->is_test)
			continue;
		struct span rest = buf_span(&tree_index_outline(x, i, &cursor)->imports);
		for (const char *end; rest.len; rest = span_from(rest, (size_t)(end - rest.ptr) + 1)) {
			end = memchr(rest.ptr, '\n', rest.len);
			if (!end)
				end = rest.ptr + rest.len;
			size_t file = import_resolve(imports, i, span_of(rest.ptr, (size_t)(end - rest.ptr)));
			if (file != SIZE_MAX && last[file] != i + 1) {
				last[file] = (uint32_t)i + 1;
				importers[file]++;
			}
		}
	}
	index_cursor_release(&cursor);
	free(last);
	return importers;
}

static void count_definitions(struct importance *p)
{
	struct index_cursor cursor = {0};
	p->definitions = mem_zalloc(COUNTERS, sizeof *p->definitions);
	for (size_t i = 0; i < tree_index_count(p->x); i++) {
		if (!tree_index_file(p->x, i)->symbol_count)
			continue;
		const struct outline *o = tree_index_outline(p->x, i, &cursor);
		for (size_t k = 0; k < o->count; k++) {
			uint16_t *n = &p->definitions[word_hash(symbol_name(o, &o->symbols[k])) % COUNTERS];
			*n = (uint16_t)(*n + (*n < UINT16_MAX));
		}
	}
	index_cursor_release(&cursor);
}

/* Their names are words of people, or of another file's making. */
static bool has_plain_words(enum symbol_kind kind)
{
	return kind == SYMBOL_HEADING || kind == SYMBOL_TARGET || kind == SYMBOL_TEST || kind == SYMBOL_KEY;
}

/* How many files name it, shared among all that are called so: `get` is named everywhere and means none of them. */
static double fan_in(const struct importance *p, enum symbol_kind kind, struct span name)
{
	uint32_t word = word_hash(name), files = tree_index_files_with(p->x, word);
	uint16_t definitions = p->definitions[word % COUNTERS];
	if (files < 2 || name.len < WORD_BYTES_LEAST || has_plain_words(kind))
		return 0;
	/* A common word stands in many files that do not mean it. */
	return (double)(files - 1) / (definitions ? definitions : 1) * (word_is_telling(name) ? 1 : COMMON_WORD_FACTOR);
}

static double score_file(const struct importance *p, size_t i, uint32_t importers, struct index_cursor *cursor)
{
	const struct index_file *f = tree_index_file(p->x, i);
	if (f->kind != WALK_FILE || (f->code != ERR_OK && f->code != ERR_CHANGED))
		return 0;
	size_t depth = depth_of(f->path);
	double base = 0.2, place = place_of(f, depth);
	if (f->symbol_count) {
		const struct outline *o = tree_index_outline(p->x, i, cursor);
		double definitions = 0, best[TOP_NAMES] = {0}, names = 0;
		for (size_t k = 0; k < o->count; k++) {
			const struct symbol *s = &o->symbols[k];
			double weight = kind_weight(s->kind) * (s->exported ? 1 : HIDDEN_FACTOR);
			definitions += weight;
			double fan = log2_of(fan_in(p, s->kind, symbol_name(o, s))) * weight;
			/* The best few: a long header is not worth the sum of its parts. */
			for (size_t b = 0; b < TOP_NAMES; b++)
				if (fan > best[b]) {
					double out = best[b];
					best[b] = fan;
					fan = out;
				}
		}
		for (size_t b = 0; b < TOP_NAMES; b++)
			names += best[b] / TOP_NAMES;
		base += log2_of(definitions) * (1 + NAMES_WEIGHT * names);
	}
	double score = (base + IMPORTS_WEIGHT * log2_of(importers)) * place_factor(f) + place;
	if (f->nature != FILE_SOURCE)
		score *= OTHERS_FACTOR;
	return score * pow(DEPTH_FACTOR, (double)depth);
}

/* ---- a query ------------------------------------------------------------------------------------------------------ */

static void add_asked(void *user, struct span word)
{
	struct asked *a = user;
	MEM_GROW(a->words, a->cap, a->count + 1);
	a->words[a->count++] = hash64(word.ptr, word.len);
}

static void feed_text(struct ranker *r, const struct index_file *f, struct buf *text)
{
	char *path = mem_strndup(f->path.ptr, f->path.len);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	free(path);
	if (fd < 0)
		return; /* it vanished since it was measured: its path and names still count */
	buf_clear(text);
	buf_reserve(text, (size_t)f->bytes);
	for (ssize_t n; text->len < f->bytes && (n = read(fd, text->ptr + text->len, f->bytes - text->len)) > 0;)
		text->len += (size_t)n;
	close(fd);
	ranker_feed(r, RANK_TEXT, buf_span(text));
}

/* What answers the query comes first, by rank; what does not remains, far behind. */
static void apply_query(struct importance *p, struct span query)
{
	struct ranker *r = ranker_new(query);
	struct index_cursor cursor = {0};
	struct buf text = {0};
	size_t count = tree_index_count(p->x), matched;
	rank_words(query, add_asked, &p->asked);
	for (size_t i = 0; i < count; i++) {
		const struct index_file *f = tree_index_file(p->x, i);
		ranker_document(r);
		ranker_feed(r, RANK_PATH, f->path);
		if (f->symbol_count) {
			const struct outline *o = tree_index_outline(p->x, i, &cursor);
			for (size_t k = 0; k < o->count; k++)
				ranker_feed(r, RANK_NAMES, symbol_name(o, &o->symbols[k]));
		}
		if (f->kind == WALK_FILE && f->nature == FILE_SOURCE && f->bytes <= QUERY_TEXT_BYTES_MOST)
			feed_text(r, f, &text);
	}
	struct ranked *order = ranker_order(r, &matched);
	double *asked = mem_zalloc(count, sizeof *asked);
	for (size_t i = 0; i < matched; i++) {
		const struct index_file *f = tree_index_file(p->x, order[i].document);
		double doubt = f->is_test ? TEST_FACTOR * 2 : 1;
		asked[order[i].document] = (order[i].mentioned ? 100.0 : 30.0 / (1 + (double)i / 4)) * doubt;
	}
	for (size_t i = 0; i < count; i++)
		p->files[i] = p->files[i] * UNASKED_FACTOR + asked[i] * (p->files[i] > 0);
	free(asked);
	free(order);
	buf_release(&text);
	index_cursor_release(&cursor);
	ranker_free(r);
}

struct hits {
	const struct asked *asked;
	size_t count;
};

static void count_hit(void *user, struct span word)
{
	struct hits *h = user;
	uint64_t hash = hash64(word.ptr, word.len);
	for (size_t i = 0; i < h->asked->count; i++)
		if (h->asked->words[i] == hash) {
			h->count++;
			return;
		}
}

/* ---- */

struct importance *importance_new(struct tree_index *x, const struct import_map *imports, struct span query)
{
	struct importance *p = mem_zalloc(1, sizeof *p);
	struct index_cursor cursor = {0};
	size_t count = tree_index_count(x);
	p->x = x;
	p->files = mem_zalloc(count, sizeof *p->files);
	count_definitions(p);
	uint32_t *importers = count_importers(x, imports);
	for (size_t i = 0; i < count; i++)
		p->files[i] = score_file(p, i, importers[i], &cursor);
	free(importers);
	index_cursor_release(&cursor);
	if (query.len)
		apply_query(p, query);
	return p;
}

void importance_free(struct importance *p)
{
	if (!p)
		return;
	free(p->files);
	free(p->definitions);
	free(p->asked.words);
	free(p);
}

double importance_of_file(const struct importance *p, size_t file) { return p->files[file]; }

/* #define NAME and no more: nearly always the guard of a header. */
static bool is_bare_macro(const struct outline *o, const struct symbol *s)
{
	return s->kind == SYMBOL_MACRO && span_ends(symbol_signature(o, s), symbol_name(o, s));
}

double importance_of_symbol(const struct importance *p, size_t file, const struct outline *o, size_t k)
{
	const struct symbol *s = &o->symbols[k];
	double score = p->files[file] * kind_weight(s->kind) * (s->exported ? 1 : HIDDEN_FACTOR) * (0.5 + log2_of(fan_in(p, s->kind, symbol_name(o, s))));
	if (s->parent != SYMBOL_NO_PARENT)
		score *= MEMBER_FACTOR;
	if (is_bare_macro(o, s))
		score *= OTHERS_FACTOR;
	if (p->asked.count) {
		struct hits h = {.asked = &p->asked};
		rank_words(symbol_name(o, s), count_hit, &h);
		score *= 1 + ASKED_WORD_GAIN * (double)h.count;
	}
	return score;
}
