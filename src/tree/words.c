#include "tree/words.h"

#include "base/mem.h"

#include <stdlib.h>

enum { SLOTS_AT_FIRST = 1 << 14 };

struct words {
	struct word_slot {
		uint32_t hash, stamp; /* of the text that it was seen in last */
	} *slots;                     /* owned */
	size_t slot_count;            /* a power of two */
	uint32_t stamp;
	uint32_t *list;               /* owned: the distinct ones, as they came */
	size_t count, cap;
};

struct words *words_new(void)
{
	struct words *w = mem_zalloc(1, sizeof *w);
	w->slot_count = SLOTS_AT_FIRST;
	w->slots = mem_zalloc(w->slot_count, sizeof *w->slots);
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	free(w->slots);
	free(w->list);
	free(w);
}

static inline bool is_word_byte(unsigned char c)
{
	return (c | 0x20u) - 'a' < 26u || (unsigned)c - '0' < 10u || c == '_' || c >= 0x80;
}

static const uint32_t WORD_SEED = 0x811c9dc5u, WORD_PRIME = 0x01000193u;

/* FNV's step is one multiplication a byte; its low bits alone choose badly among slots, so the end stirs them. */
static inline uint32_t stirred(uint32_t h)
{
	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return h ^ h >> 12;
}

uint32_t word_hash(struct span word)
{
	uint32_t h = WORD_SEED;
	for (size_t i = 0; i < word.len; i++)
		h = (h ^ (unsigned char)word.ptr[i]) * WORD_PRIME;
	return stirred(h);
}

enum { TELLING_BYTES = 9 };

bool word_is_telling(struct span word)
{
	bool lower = false, mixed = word.len >= TELLING_BYTES;
	for (size_t i = 0; i < word.len && !mixed; i++) {
		unsigned char c = (unsigned char)word.ptr[i];
		mixed = (c == '_' && i > 0) || (lower && c >= 'A' && c <= 'Z') || c >= 0x80;
		lower |= c >= 'a' && c <= 'z';
	}
	return mixed;
}

static void grow(struct words *w)
{
	free(w->slots);
	w->slot_count *= 2;
	w->slots = mem_zalloc(w->slot_count, sizeof *w->slots);
	w->stamp = 1;
	for (size_t i = 0; i < w->count; i++) {
		size_t at = w->list[i] & (w->slot_count - 1);
		while (w->slots[at].stamp)
			at = (at + 1) & (w->slot_count - 1);
		w->slots[at] = (struct word_slot){w->list[i], 1};
	}
}

static void add(struct words *w, uint32_t hash)
{
	size_t at = hash & (w->slot_count - 1);
	while (w->slots[at].stamp == w->stamp) {
		if (w->slots[at].hash == hash)
			return;
		at = (at + 1) & (w->slot_count - 1);
	}
	w->slots[at] = (struct word_slot){hash, w->stamp};
	MEM_GROW(w->list, w->cap, w->count + 1);
	w->list[w->count++] = hash;
	if (w->count > w->slot_count / 2)
		grow(w);
}

static int by_hash(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	return a < b ? -1 : a > b;
}

size_t words_of(struct words *w, struct span text, const uint32_t **out)
{
	w->count = 0;
	if (++w->stamp == 0) {
		memset(w->slots, 0, w->slot_count * sizeof *w->slots);
		w->stamp = 1;
	}
	const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;
	while (p < end) {
		if (!is_word_byte(*p)) {
			p++;
			continue;
		}
		const unsigned char *begin = p;
		uint32_t h = WORD_SEED;
		do
			h = (h ^ *p) * WORD_PRIME;
		while (++p < end && is_word_byte(*p));
		if (p - begin >= WORD_BYTES_LEAST && (unsigned)*begin - '0' >= 10u)
			add(w, stirred(h));
	}
	if (w->count)
		qsort(w->list, w->count, sizeof *w->list, by_hash);
	*out = w->list;
	return w->count;
}
