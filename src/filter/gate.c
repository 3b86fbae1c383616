#include "filter/gate.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "text/kernel.h"

#include <assert.h>
#include <stdlib.h>

static uint32_t three(const char *p)
{
	return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8 | (uint32_t)(unsigned char)p[2] << 16;
}

/* Knuth's multiplicative hash; the fourth byte falls out at the top. */
static uint32_t slot_of(uint32_t bytes, unsigned slot_bits) { return bytes * (2654435761u << 8) >> (32 - slot_bits); }

/* How often a byte is in logs: blanks and common letters tell least. A capital letter, a mark or a byte beyond ASCII: 0. */
static const uint8_t commonness[256] = {
	[' '] = 5, ['e'] = 3, ['t'] = 3, ['a'] = 3, ['o'] = 3, ['i'] = 3, ['n'] = 3, ['s'] = 3, ['r'] = 3,
	['b'] = 2, ['c'] = 2, ['d'] = 2, ['f'] = 2, ['g'] = 2, ['h'] = 2, ['j'] = 2, ['k'] = 2, ['l'] = 2, ['m'] = 2, ['p'] = 2, ['q'] = 2,
	['u'] = 2, ['v'] = 2, ['w'] = 2, ['x'] = 2, ['y'] = 2, ['z'] = 2, ['-'] = 2, ['='] = 2, ['.'] = 2, ['/'] = 2, ['0'] = 2,
};

/* The text itself when it has no digit. */
static struct span form_of(struct gate *g, struct span text)
{
	size_t i = 0;
	while (i < text.len && !(text.ptr[i] >= '1' && text.ptr[i] <= '9'))
		i++;
	if (i == text.len)
		return text;
	char *form = arena_alloc(&g->forms, text.len);
	kernel_form(text.ptr, text.len, form);
	return span_of(form, text.len);
}

/* Where its rarest three bytes stand; with a byte behind them they tell more. */
static uint32_t best_place(struct span text)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;
	uint32_t best = 0;
	unsigned least = UINT32_MAX;
	for (uint32_t i = 0; i + 3 <= text.len; i++) {
		unsigned common = (unsigned)(commonness[bytes[i]] + commonness[bytes[i + 1]] + commonness[bytes[i + 2]]) * 2 + (i + 3 == text.len);
		if (common < least) {
			least = common;
			best = i;
		}
	}
	return best;
}

static struct gate_text *text_of(const struct gate *g, uint32_t slot, struct span text)
{
	for (uint32_t t = g->slots[slot]; t; t = g->texts[t - 1].next)
		if (span_eq(g->texts[t - 1].text, text))
			return &g->texts[t - 1];
	return NULL;
}

bool gate_add(struct gate *g, struct span text, uint32_t owner, unsigned slot_bits)
{
	if (g->count >= GATE_TEXTS_MOST || text.len > UINT16_MAX)
		return false;
	text = form_of(g, text);
	uint32_t best = best_place(text);
	assert(slot_bits == GATE_BITS || slot_bits == GATE_BITS_SMALL);
	if (!g->slot_bits) {
		g->slot_bits = slot_bits;
		g->slots = mem_zalloc((size_t)1 << slot_bits, sizeof *g->slots);
		g->behind = mem_zalloc((size_t)1 << slot_bits, sizeof *g->behind);
	}
	const uint32_t bytes = three(text.ptr + best), slot = slot_of(bytes, g->slot_bits);
	MEM_GROW(g->texts, g->cap, g->count + 1);
	struct gate_text *added = &g->texts[g->count++], *like = text_of(g, slot, text);
	*added = (struct gate_text){text, owner, bytes, (uint16_t)best, 0, 0};
	if (like) {
		added->same = like->same;
		like->same = (uint16_t)g->count;
	} else {
		added->next = g->slots[slot];
		g->slots[slot] = (uint16_t)g->count;
	}
	g->behind[slot] |= best + 3 < text.len ? 1u << ((unsigned char)text.ptr[best + 3] & 31) : UINT32_MAX;
	return true;
}

void gate_release(struct gate *g)
{
	free(g->texts);
	free(g->slots);
	free(g->behind);
	arena_release(&g->forms);
	*g = (struct gate){0};
}

/* The texts of a slot, of which the three bytes stand at `i`. */
static void look_up(const struct gate *g, struct span form, size_t i, uint32_t bytes, uint64_t *owners)
{
	for (uint32_t t = g->slots[slot_of(bytes, g->slot_bits)]; t; t = g->texts[t - 1].next) {
		const struct gate_text *text = &g->texts[t - 1];
		if (text->three != bytes || text->at > i || form.len - (i - text->at) < text->text.len ||
		    memcmp(form.ptr + (i - text->at), text->text.ptr, text->text.len) != 0)
			continue;
		for (;; text = &g->texts[text->same - 1]) {
			owners[text->owner >> 6] |= UINT64_C(1) << (text->owner & 63);
			if (!text->same)
				break;
		}
	}
}

/* 1 << (byte % 32), from a table: a shift by what is not a constant is slow. */
#define FOUR_BITS(n) 1u << (n), 1u << ((n) + 1), 1u << ((n) + 2), 1u << ((n) + 3)
#define ALL_BITS FOUR_BITS(0), FOUR_BITS(4), FOUR_BITS(8), FOUR_BITS(12), FOUR_BITS(16), FOUR_BITS(20), FOUR_BITS(24), FOUR_BITS(28)
static const uint32_t bit_of[256] = {ALL_BITS, ALL_BITS, ALL_BITS, ALL_BITS, ALL_BITS, ALL_BITS, ALL_BITS, ALL_BITS};

static inline uint32_t may_stand(const uint32_t *behind, const char *at, unsigned slot_bits)
{
	return behind[slot_of(bytes_load32(at), slot_bits)] & bit_of[(unsigned char)at[3]];
}

/* Inlined for each size of table. */
static inline void scan_with(const struct gate *g, struct span form, uint64_t *owners, unsigned slot_bits)
{
	const uint32_t *behind = g->behind;
	size_t i = 0;
	/* Most often there is nothing at any of four places. */
	for (; i + 7 <= form.len; i += 4) {
		const char *at = form.ptr + i;
		if (!(may_stand(behind, at, slot_bits) | may_stand(behind, at + 1, slot_bits) | may_stand(behind, at + 2, slot_bits) |
		      may_stand(behind, at + 3, slot_bits)))
			continue;
		for (size_t k = 0; k < 4; k++)
			if (may_stand(behind, at + k, slot_bits))
				look_up(g, form, i + k, three(at + k), owners);
	}
	for (; i + 4 <= form.len; i++)
		if (may_stand(behind, form.ptr + i, slot_bits))
			look_up(g, form, i, three(form.ptr + i), owners);
	look_up(g, form, i, three(form.ptr + i), owners);
}

void gate_scan(const struct gate *g, struct span form, uint64_t *owners)
{
	if (form.len < 3 || !g->count)
		return;
	if (g->slot_bits == GATE_BITS)
		scan_with(g, form, owners, GATE_BITS);
	else
		scan_with(g, form, owners, GATE_BITS_SMALL);
}
