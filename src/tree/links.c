#include "tree/links.h"

#include "base/mem.h"
#include "tree/testing.h"
#include "tree/words.h"

#include <ctype.h>
#include <stdlib.h>

enum {
	BY_NAME_PERCENT = 90,
	BY_NAME_AMONG_SEVERAL_PERCENT = 60,
	BY_IMPORT_PERCENT = 70,
	BY_ONE_OF_MANY_IMPORTS_PERCENT = 40,
	MANY_IMPORTS = 12,
	BY_SYMBOLS_LEAST_PERCENT = 30,
	BY_SYMBOLS_MOST_PERCENT = 80,
	SYMBOLS_PERCENT_EACH = 7,
	SYMBOL_WEIGHT_LEAST = 2,  /* one name that is hardly found by chance, or two others */
	LINKS_BY_SYMBOLS_MOST = 6, /* of one test */
	SAME_NAME_MOST = 64,
	NAME_BYTES_LEAST = 4,
	WORD_BITS = 1 << 22,
};

/* Names that only one file defines. */
struct owners {
	struct owner {
		uint32_t hash, file;
		bool telling, used;
	} *slots; /* owned */
	size_t slot_count, count;
	unsigned char *asked; /* owned: a bit for each word % WORD_BITS that some test holds */
};

#define OWNED_BY_MANY UINT32_MAX

struct finder {
	struct tree_index *x;
	const struct import_map *imports;
	struct test_links *links;
	struct index_cursor cursor;
	struct owners owners;
	struct stem_key {
		uint64_t hash;
		uint32_t file;
	} *stems; /* owned; of files that are no tests, sorted */
	size_t stem_count, stem_cap;
	/* Of the test at hand: */
	struct sign {
		uint32_t file, symbols, weight;
		uint8_t reasons, missed_percent; /* what remains of doubt, as 100 − confidence */
	} *signs; /* owned */
	size_t sign_count, sign_cap;
};

static bool is_source(const struct index_file *f)
{
	return f->kind == WALK_FILE && f->language && (f->nature == FILE_SOURCE || f->nature == FILE_GENERATED);
}

/* ---- names that one file owns ------------------------------------------------------------------------------------- */

static bool is_telling_kind(enum symbol_kind kind)
{
	switch (kind) {
	case SYMBOL_FUNCTION: case SYMBOL_METHOD: case SYMBOL_CLASS: case SYMBOL_STRUCT: case SYMBOL_UNION: case SYMBOL_ENUM:
	case SYMBOL_INTERFACE: case SYMBOL_TRAIT: case SYMBOL_PROTOCOL: case SYMBOL_RECORD: case SYMBOL_OBJECT: case SYMBOL_TYPE:
		return true;
	default:
		return false;
	}
}

static struct owner *owner_slot(const struct owners *o, uint32_t hash)
{
	size_t at = hash & (o->slot_count - 1);
	while (o->slots[at].used && o->slots[at].hash != hash)
		at = (at + 1) & (o->slot_count - 1);
	return &o->slots[at];
}

static void owners_grow(struct owners *o)
{
	struct owners bigger = {.slot_count = o->slot_count ? o->slot_count * 2 : 1024};
	bigger.slots = mem_zalloc(bigger.slot_count, sizeof *bigger.slots);
	for (size_t i = 0; i < o->slot_count; i++)
		if (o->slots[i].used)
			*owner_slot(&bigger, o->slots[i].hash) = o->slots[i];
	free(o->slots);
	o->slots = bigger.slots;
	o->slot_count = bigger.slot_count;
}

static void owners_add(struct owners *o, struct span name, size_t file)
{
	uint32_t hash = word_hash(name);
	if (!(o->asked[hash % WORD_BITS / 8] & 1u << hash % 8))
		return;
	if (o->count * 2 >= o->slot_count)
		owners_grow(o);
	struct owner *slot = owner_slot(o, hash);
	if (!slot->used) {
		*slot = (struct owner){hash, (uint32_t)file, word_is_telling(name), true};
		o->count++;
	} else if (slot->file != file) {
		slot->file = OWNED_BY_MANY;
	}
}

static void find_owners(struct finder *f)
{
	size_t count = tree_index_count(f->x);
	f->owners.asked = mem_zalloc(WORD_BITS / 8, 1);
	for (size_t i = 0; i < count; i++) {
		const struct index_file *file = tree_index_file(f->x, i);
		const uint32_t *words;
		size_t n = file->is_test && is_source(file) ? tree_index_words(f->x, i, &f->cursor, &words) : 0;
		for (size_t k = 0; k < n; k++)
			f->owners.asked[words[k] % WORD_BITS / 8] |= (unsigned char)(1u << words[k] % 8);
	}
	for (size_t i = 0; i < count; i++) {
		const struct index_file *file = tree_index_file(f->x, i);
		if (file->is_test || !is_source(file) || !file->symbol_count)
			continue;
		const struct outline *o = tree_index_outline(f->x, i, &f->cursor);
		for (size_t k = 0; k < o->count; k++)
			if (is_telling_kind(o->symbols[k].kind) && o->symbols[k].name_len >= NAME_BYTES_LEAST)
				owners_add(&f->owners, symbol_name(o, &o->symbols[k]), i);
	}
}

/* ---- signs -------------------------------------------------------------------------------------------------------- */

static void add_sign(struct finder *f, size_t file, enum link_reason reason, unsigned percent, uint32_t symbols, uint32_t weight)
{
	struct sign *s = NULL;
	for (size_t i = 0; i < f->sign_count && !s; i++)
		if (f->signs[i].file == file)
			s = &f->signs[i];
	if (!s) {
		MEM_GROW(f->signs, f->sign_cap, f->sign_count + 1);
		s = &f->signs[f->sign_count++];
		*s = (struct sign){.file = (uint32_t)file, .missed_percent = 100};
	}
	s->symbols += symbols;
	s->weight += weight;
	if (s->reasons & reason)
		return;
	s->reasons |= (uint8_t)reason;
	s->missed_percent = (uint8_t)(s->missed_percent * (100u - percent) / 100u);
}

/* Lower case without marks, so that WalletStore and wallet_store are one. */
static uint64_t stem_hash(struct span stem)
{
	char plain[128];
	size_t n = 0;
	for (size_t i = 0; i < stem.len && n < sizeof plain; i++)
		if (stem.ptr[i] != '_' && stem.ptr[i] != '-')
			plain[n++] = (char)tolower((unsigned char)stem.ptr[i]);
	return hash64(plain, n);
}

static int by_stem(const void *left, const void *right)
{
	const struct stem_key *a = left, *b = right;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->file < b->file ? -1 : a->file > b->file;
}

static void find_stems(struct finder *f)
{
	for (size_t i = 0; i < tree_index_count(f->x); i++) {
		const struct index_file *file = tree_index_file(f->x, i);
		if (file->is_test || !is_source(file))
			continue;
		MEM_GROW(f->stems, f->stem_cap, f->stem_count + 1);
		f->stems[f->stem_count++] = (struct stem_key){stem_hash(path_stem(file->path)), (uint32_t)i};
	}
	if (f->stem_count)
		qsort(f->stems, f->stem_count, sizeof *f->stems, by_stem);
}

/* Folder names that two paths share, in whatever depth: tests/net/test_pool.py and src/net/pool.py share one. */
static size_t shared_folders(struct span a, struct span b)
{
	size_t shared = 0;
	for (const char *end; (end = memchr(a.ptr, '/', a.len)) != NULL; a = span_from(a, (size_t)(end - a.ptr) + 1)) {
		struct span part = span_of(a.ptr, (size_t)(end - a.ptr)), rest = b;
		for (const char *stop; (stop = memchr(rest.ptr, '/', rest.len)) != NULL; rest = span_from(rest, (size_t)(stop - rest.ptr) + 1))
			if (span_eq(part, span_of(rest.ptr, (size_t)(stop - rest.ptr)))) {
				shared++;
				break;
			}
	}
	return shared;
}

static void signs_by_name(struct finder *f, const struct index_file *test)
{
	bool by_name;
	struct span subject = test_subject(test->path, &by_name);
	uint64_t hash = stem_hash(subject);
	size_t low = 0, high = f->stem_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (f->stems[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	size_t best[SAME_NAME_MOST], best_count = 0, best_shared = 0, seen = 0;
	for (size_t i = low; i < f->stem_count && f->stems[i].hash == hash && seen < SAME_NAME_MOST; i++, seen++) {
		const struct index_file *file = tree_index_file(f->x, f->stems[i].file);
		if (!languages_mix(file->language, test->language))
			continue;
		size_t shared = shared_folders(file->path, test->path);
		if (best_count && shared < best_shared)
			continue;
		if (shared > best_shared)
			best_count = 0;
		best_shared = shared;
		best[best_count++] = f->stems[i].file;
	}
	/* x.c and x.h are one subject. */
	unsigned percent = best_count > 2 || !by_name ? BY_NAME_AMONG_SEVERAL_PERCENT : BY_NAME_PERCENT;
	for (size_t i = 0; i < best_count && best_count <= 4; i++)
		add_sign(f, best[i], LINK_NAME, percent, 0, 0);
}

static void signs_by_import(struct finder *f, size_t test)
{
	struct span rest = buf_span(&tree_index_outline(f->x, test, &f->cursor)->imports);
	size_t found[256], count = 0;
	for (const char *end; rest.len && count < sizeof found / sizeof *found; rest = span_from(rest, (size_t)(end - rest.ptr) + 1)) {
		end = memchr(rest.ptr, '\n', rest.len);
		if (!end)
			end = rest.ptr + rest.len;
		size_t file = import_resolve(f->imports, test, span_of(rest.ptr, (size_t)(end - rest.ptr)));
		bool known = file == SIZE_MAX || tree_index_file(f->x, file)->is_test;
		for (size_t i = 0; i < count && !known; i++)
			known = found[i] == file;
		if (!known)
			found[count++] = file;
	}
	for (size_t i = 0; i < count; i++)
		add_sign(f, found[i], LINK_IMPORT, count > MANY_IMPORTS ? BY_ONE_OF_MANY_IMPORTS_PERCENT : BY_IMPORT_PERCENT, 0, 0);
}

struct vote {
	uint32_t file, symbols, weight;
};

static int by_file_number(const void *left, const void *right)
{
	const struct vote *a = left, *b = right;
	return a->file < b->file ? -1 : a->file > b->file;
}

static int by_weight(const void *left, const void *right)
{
	const struct vote *a = left, *b = right;
	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return by_file_number(left, right);
}

static void signs_by_symbols(struct finder *f, size_t test)
{
	const uint32_t *words;
	size_t count = f->owners.slot_count ? tree_index_words(f->x, test, &f->cursor, &words) : 0, voted = 0, kept = 0;
	struct vote *votes = mem_alloc(mem_mul(count ? count : 1, sizeof *votes));
	for (size_t i = 0; i < count; i++) {
		const struct owner *o = owner_slot(&f->owners, words[i]);
		if (o->used && o->file != OWNED_BY_MANY &&
		    languages_mix(tree_index_file(f->x, o->file)->language, tree_index_file(f->x, test)->language))
			votes[voted++] = (struct vote){o->file, 1, o->telling ? 2 : 1};
	}
	qsort(votes, voted, sizeof *votes, by_file_number);
	for (size_t i = 0; i < voted; i++) {
		if (kept && votes[kept - 1].file == votes[i].file) {
			votes[kept - 1].symbols++;
			votes[kept - 1].weight += votes[i].weight;
		} else {
			votes[kept++] = votes[i];
		}
	}
	qsort(votes, kept, sizeof *votes, by_weight);
	for (size_t i = 0; i < kept && i < LINKS_BY_SYMBOLS_MOST && votes[i].weight >= SYMBOL_WEIGHT_LEAST; i++) {
		unsigned percent = BY_SYMBOLS_LEAST_PERCENT + SYMBOLS_PERCENT_EACH * (votes[i].weight - SYMBOL_WEIGHT_LEAST);
		add_sign(f, votes[i].file, LINK_SYMBOLS, percent < BY_SYMBOLS_MOST_PERCENT ? percent : BY_SYMBOLS_MOST_PERCENT,
		         votes[i].symbols, votes[i].weight);
	}
	free(votes);
}

/* ---- links -------------------------------------------------------------------------------------------------------- */

static int order(uint32_t a, uint32_t b, const struct test_link *left, const struct test_link *right, uint32_t c, uint32_t d)
{
	if (a != b)
		return a < b ? -1 : 1;
	if (left->percent != right->percent)
		return left->percent < right->percent ? 1 : -1;
	return c < d ? -1 : c > d;
}

static int by_test(const void *left, const void *right)
{
	const struct test_link *a = left, *b = right;
	return order(a->test, b->test, a, b, a->file, b->file);
}

static int by_file(const void *left, const void *right)
{
	const struct test_link *a = left, *b = right;
	return order(a->file, b->file, a, b, a->test, b->test);
}

void test_links_find(struct test_links *links, struct tree_index *x, const struct import_map *imports)
{
	struct finder f = {.x = x, .imports = imports, .links = links};
	find_owners(&f);
	find_stems(&f);
	for (size_t i = 0; i < tree_index_count(x); i++) {
		const struct index_file *test = tree_index_file(x, i);
		if (!test->is_test || !is_source(test))
			continue;
		f.sign_count = 0;
		signs_by_name(&f, test);
		signs_by_import(&f, i);
		signs_by_symbols(&f, i);
		for (size_t k = 0; k < f.sign_count; k++) {
			const struct sign *s = &f.signs[k];
			MEM_GROW(links->by_test, links->cap, links->count + 1);
			links->by_test[links->count++] = (struct test_link){(uint32_t)i, s->file, s->symbols, s->reasons,
			                                                    (uint8_t)(100 - s->missed_percent)};
		}
	}
	if (links->count) {
		qsort(links->by_test, links->count, sizeof *links->by_test, by_test);
		links->by_file = mem_alloc(mem_mul(links->count, sizeof *links->by_file));
		memcpy(links->by_file, links->by_test, links->count * sizeof *links->by_file);
		qsort(links->by_file, links->count, sizeof *links->by_file, by_file);
	}
	index_cursor_release(&f.cursor);
	free(f.owners.slots);
	free(f.owners.asked);
	free(f.stems);
	free(f.signs);
}

void test_links_release(struct test_links *links)
{
	free(links->by_test);
	free(links->by_file);
	*links = (struct test_links){0};
}

static size_t run_of(const struct test_link *list, size_t count, size_t key, bool of_file, const struct test_link **out)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((of_file ? list[middle].file : list[middle].test) < key)
			low = middle + 1;
		else
			high = middle;
	}
	size_t end = low;
	while (end < count && (of_file ? list[end].file : list[end].test) == key)
		end++;
	*out = list ? list + low : NULL;
	return end - low;
}

size_t test_links_of_test(const struct test_links *links, size_t test, const struct test_link **out)
{
	return run_of(links->by_test, links->count, test, false, out);
}

size_t test_links_of_file(const struct test_links *links, size_t file, const struct test_link **out)
{
	return run_of(links->by_file, links->count, file, true, out);
}
