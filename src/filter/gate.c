#include "filter/gate.h"

#include "base/mem.h"
#include "text/kernel.h"

#include <stdlib.h>

static uint32_t three(const char *p)
{
	return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8 | (uint32_t)(unsigned char)p[2] << 16;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LITTLE(x) (x)
#else
#define LITTLE(x) __builtin_bswap32(x)
#endif

/* Knuth's multiplicative hash. */
static uint32_t slot_of(const struct gate *g, uint32_t bytes) { return bytes * 2654435761u >> (32 - g->slot_bits); }

/* How seldom a byte is in logs: blanks and common letters tell least. */
static unsigned rarity(char c)
{
	if (c == ' ')
		return 0;
	if (strchr("etaoinsr", c) && c)
		return 2;
	if ((c >= 'a' && c <= 'z') || c == '-' || c == '=' || c == '.' || c == '/' || (c >= '0' && c <= '9'))
		return 3;
	return 5;
}

/* The text itself when it has no digit. */
static struct span form_of(struct gate *g, struct span text)
{
	char *form = mem_alloc(text.len);
	kernel_form(text.ptr, text.len, form);
	if (memcmp(form, text.ptr, text.len) != 0)
		text = arena_dup(&g->forms, span_of(form, text.len));
	free(form);
	return text;
}

bool gate_add(struct gate *g, struct span text, uint32_t owner, unsigned slot_bits)
{
	if (g->count >= GATE_TEXTS_MOST || text.len > UINT16_MAX)
		return false;
	text = form_of(g, text);
	uint32_t best = 0;
	unsigned best_worth = 0;
	for (uint32_t i = 0; i + 3 <= text.len; i++) {
		unsigned worth = rarity(text.ptr[i]) + rarity(text.ptr[i + 1]) + rarity(text.ptr[i + 2]);
		if (worth > best_worth) {
			best_worth = worth;
			best = i;
		}
	}
	if (!g->slot_bits) {
		g->slot_bits = slot_bits;
		g->slots = mem_zalloc((size_t)1 << slot_bits, sizeof *g->slots);
		g->bits = mem_zalloc(((size_t)1 << slot_bits) / 64, sizeof *g->bits);
	}
	uint32_t bytes = three(text.ptr + best), slot = slot_of(g, bytes);
	MEM_GROW(g->texts, g->cap, g->count + 1);
	g->texts[g->count] = (struct gate_text){text, owner, bytes, (uint16_t)best, g->slots[slot]};
	g->slots[slot] = (uint16_t)++g->count;
	g->bits[slot >> 6] |= UINT64_C(1) << (slot & 63);
	return true;
}

void gate_release(struct gate *g)
{
	free(g->texts);
	free(g->slots);
	free(g->bits);
	arena_release(&g->forms);
	*g = (struct gate){0};
}

void gate_scan(const struct gate *g, struct span form, uint64_t *owners)
{
	if (form.len < 3 || !g->count)
		return;
	/* Four bytes are read where there are four. */
	for (size_t i = 0; i + 3 <= form.len; i++) {
		uint32_t bytes;
		if (i + 4 <= form.len) {
			memcpy(&bytes, form.ptr + i, sizeof bytes);
			bytes = LITTLE(bytes) & 0xffffff;
		} else {
			bytes = three(form.ptr + i);
		}
		uint32_t slot = slot_of(g, bytes);
		if (!(g->bits[slot >> 6] >> (slot & 63) & 1))
			continue;
		for (uint32_t t = g->slots[slot]; t; t = g->texts[t - 1].next) {
			const struct gate_text *text = &g->texts[t - 1];
			if (text->three == bytes && text->at <= i && form.len - (i - text->at) >= text->text.len &&
			    memcmp(form.ptr + (i - text->at), text->text.ptr, text->text.len) == 0)
				owners[text->owner >> 6] |= UINT64_C(1) << (text->owner & 63);
		}
	}
}
