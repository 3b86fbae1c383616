#include "filter/pack.h"

#include "base/mem.h"

#include <stdlib.h>

/* Numbers are four bytes, the lowest first; a text is its length, its bytes and a NUL. */
static void put(struct buf *out, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		buf_add_char(out, (char)(n >> (8 * i) & 0xff));
}

static void put_text(struct buf *out, struct span text)
{
	put(out, (uint32_t)text.len);
	buf_add_span(out, text);
	buf_add_char(out, '\0');
}

static void put_pattern(struct buf *out, const struct filter_pattern *p)
{
	put_text(out, p->text);
	if (!p->text.len)
		return;
	put(out, p->line);
	put(out, p->column);
	put(out, p->digits_alike);
	put_text(out, p->head);
	for (int i = 0; i < 4; i++) {
		put(out, (uint32_t)p->first.bits[i]);
		put(out, (uint32_t)(p->first.bits[i] >> 32));
	}
	put(out, (uint32_t)p->gate.count);
	for (size_t i = 0; i < p->gate.count; i++)
		put_text(out, p->gate.texts[i]);
}

void definition_pack(struct buf *out, const struct filter_definition *d)
{
	put(out, (uint32_t)d->detect_count);
	for (size_t i = 0; i < d->detect_count; i++) {
		put(out, (uint32_t)d->detects[i].kind);
		put_pattern(out, &d->detects[i].pattern);
	}
	put_text(out, d->name);
	put_text(out, d->about);
	put(out, d->quiet);
	put_pattern(out, &d->prefix);
	put(out, (uint32_t)d->end_count);
	for (size_t i = 0; i < d->end_count; i++)
		put_pattern(out, &d->ends[i]);
	put(out, (uint32_t)d->rule_count);
	for (size_t i = 0; i < d->rule_count; i++) {
		const struct filter_rule *r = &d->rules[i];
		put_pattern(out, &r->match);
		put_pattern(out, &r->unless);
		put(out, (uint32_t)r->class);
		put(out, (uint32_t)r->on);
		put(out, r->fold);
		put_text(out, span_of_str(r->group_by));
	}
	put(out, (uint32_t)d->block_count);
	for (size_t i = 0; i < d->block_count; i++) {
		const struct filter_block *b = &d->blocks[i];
		put_pattern(out, &b->from);
		put_pattern(out, &b->to);
		put(out, b->to_blank);
		put(out, (uint32_t)b->class);
		put(out, (uint32_t)b->head);
		put(out, b->max);
		put(out, b->first);
		put(out, b->last);
		put(out, (uint32_t)b->on);
	}
}

/* ---- and back ----------------------------------------------------------------------------------------------------- */

struct reader {
	struct arena *arena;
	const unsigned char *at;
};

static uint32_t get(struct reader *r)
{
	uint32_t n = (uint32_t)r->at[0] | (uint32_t)r->at[1] << 8 | (uint32_t)r->at[2] << 16 | (uint32_t)r->at[3] << 24;
	r->at += 4;
	return n;
}

static struct span get_text(struct reader *r)
{
	size_t len = get(r);
	struct span text = span_of((const char *)r->at, len);
	r->at += len + 1;
	return text;
}

static void get_pattern(struct reader *r, struct filter_pattern *p)
{
	p->text = get_text(r);
	if (!p->text.len)
		return;
	p->line = get(r);
	p->column = get(r);
	p->digits_alike = get(r);
	p->head = get_text(r);
	for (int i = 0; i < 4; i++) {
		p->first.bits[i] = get(r);
		p->first.bits[i] |= (uint64_t)get(r) << 32;
	}
	p->gate.count = get(r);
	p->gate.texts = p->gate.count ? arena_alloc(r->arena, p->gate.count * sizeof *p->gate.texts) : NULL;
	for (size_t i = 0; i < p->gate.count; i++)
		p->gate.texts[i] = get_text(r);
	if (!p->digits_alike)
		p->spots = spots_of(r->arena, p->text);
}

static struct filter_detect *get_detects(struct reader *r, size_t *count)
{
	*count = get(r);
	struct filter_detect *detects = arena_alloc(r->arena, *count * sizeof *detects);
	for (size_t i = 0; i < *count; i++) {
		detects[i].kind = (enum filter_detect_kind)get(r);
		get_pattern(r, &detects[i].pattern);
	}
	return detects;
}

struct filter_detect *definition_unpack_detects(struct arena *arena, struct span packed, size_t *count)
{
	struct reader r = {arena, (const unsigned char *)packed.ptr};
	return get_detects(&r, count);
}

struct filter_definition *definition_unpack(struct span packed, const char *path)
{
	struct filter_definition *d = mem_zalloc(1, sizeof *d);
	struct reader r = {&d->arena, (const unsigned char *)packed.ptr};
	d->path = path;
	d->detects = get_detects(&r, &d->detect_count);
	d->name = get_text(&r);
	d->about = get_text(&r);
	d->quiet = get(&r);
	get_pattern(&r, &d->prefix);
	d->end_count = get(&r);
	d->ends = arena_alloc(&d->arena, d->end_count * sizeof *d->ends);
	for (size_t i = 0; i < d->end_count; i++)
		get_pattern(&r, &d->ends[i]);
	d->rule_count = get(&r);
	d->rules = arena_alloc(&d->arena, d->rule_count * sizeof *d->rules);
	for (size_t i = 0; i < d->rule_count; i++) {
		struct filter_rule *rule = &d->rules[i];
		get_pattern(&r, &rule->match);
		get_pattern(&r, &rule->unless);
		rule->class = (enum filter_class)get(&r);
		rule->on = (enum filter_status)get(&r);
		rule->fold = get(&r);
		struct span group_by = get_text(&r);
		rule->group_by = group_by.len ? group_by.ptr : NULL;
	}
	d->block_count = get(&r);
	d->blocks = arena_alloc(&d->arena, d->block_count * sizeof *d->blocks);
	for (size_t i = 0; i < d->block_count; i++) {
		struct filter_block *b = &d->blocks[i];
		get_pattern(&r, &b->from);
		get_pattern(&r, &b->to);
		b->to_blank = get(&r);
		b->class = (enum filter_class)get(&r);
		b->head = (enum filter_class)get(&r);
		b->max = get(&r);
		b->first = get(&r);
		b->last = get(&r);
		b->on = (enum filter_status)get(&r);
	}
	return d;
}
