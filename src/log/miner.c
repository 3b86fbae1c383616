#include "log/miner.h"

#include "base/hash.h"
#include "base/mem.h"
#include "log/miner_brief.h"
#include "log/miner_internal.h"
#include "log/miner_merge.h"
#include "log/shape.h"
#include "log/tuning.h"

#include <stdlib.h>

/* ---- hash table -------------------------------------------------------------------------------------------------- */

/* 0 marks an empty slot. */
static uint64_t slot_hash(uint64_t hash) { return hash ? hash : 1; }

/* The low bits choose the slot. */
static size_t mark_of(const struct table *t, uint64_t hash) { return (size_t)(hash >> 24) & (4 * t->slots - 1); }

uint32_t table_find(const struct table *t, uint64_t hash)
{
	if (t->slots == 0)
		return UINT32_MAX;
	hash = slot_hash(hash);
	const size_t mark = mark_of(t, hash);
	if (!(t->marks[mark / 64] >> mark % 64 & 1))
		return UINT32_MAX;
	for (size_t i = (size_t)hash & (t->slots - 1); t->hashes[i]; i = (i + 1) & (t->slots - 1))
		if (t->hashes[i] == hash)
			return t->ids[i];
	return UINT32_MAX;
}

static void table_put(struct table *t, uint64_t hash, uint32_t id)
{
	size_t i = (size_t)hash & (t->slots - 1), mark = mark_of(t, hash);
	while (t->hashes[i])
		i = (i + 1) & (t->slots - 1);
	t->hashes[i] = hash;
	t->ids[i] = id;
	t->marks[mark / 64] |= UINT64_C(1) << mark % 64;
	t->used++;
}

void table_add(struct table *t, uint64_t hash, uint32_t id)
{
	if (2 * (t->used + 1) > t->slots) {
		struct table bigger = {.slots = t->slots ? 2 * t->slots : 256};
		bigger.hashes = mem_zalloc(bigger.slots, sizeof *bigger.hashes);
		bigger.ids = mem_zalloc(bigger.slots, sizeof *bigger.ids);
		bigger.marks = mem_zalloc(bigger.slots / 16, sizeof *bigger.marks);
		for (size_t i = 0; i < t->slots; i++)
			if (t->hashes[i])
				table_put(&bigger, t->hashes[i], t->ids[i]);
		table_release(t);
		*t = bigger;
	}
	table_put(t, slot_hash(hash), id);
}

void table_release(struct table *t)
{
	free(t->hashes);
	free(t->ids);
	free(t->marks);
	*t = (struct table){0};
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

struct miner *miner_new(const struct limits *limits)
{
	struct miner *m = mem_zalloc(1, sizeof *m);
	m->limits = *limits;
	m->shape_buf = mem_alloc(LINE_JUDGED_BYTES);
	return m;
}

void miner_free(struct miner *m)
{
	if (!m)
		return;
	free(m->templates);
	free(m->shapes);
	free(m->kinds);
	free(m->shape_buf);
	table_release(&m->by_shape);
	table_release(&m->by_outline);
	table_release(&m->by_kind);
	arena_release(&m->text);
	free(m);
}

static size_t catch_alls(const struct miner *m)
{
	size_t quarter = m->limits.shapes / 4;
	return quarter == 0 ? 1 : quarter < MINER_LENGTH_CLASSES ? quarter : MINER_LENGTH_CLASSES;
}

/* Room is reckoned for the longest text, so that a tier that is full stays full: the same line always goes to the
 * same one. */
static bool has_room(const struct miner *m, enum miner_tier tier)
{
	static const size_t eighths[TIER_COUNT] = {MINER_SHAPE_EIGHTHS, MINER_EXACT_EIGHTHS, MINER_COARSE_EIGHTHS, 8,
						   8};
	if (tier == TIER_LENGTH)
		return true;
	size_t reserved = catch_alls(m), shapes = m->limits.shapes > reserved ? m->limits.shapes - reserved : 0;
	/* Divided before multiplied: limits may be as large as size_t. */
	size_t shape_limit =
		tier == TIER_FIRST_WORD ? shapes : shapes / 8 * eighths[tier] + shapes % 8 * eighths[tier] / 8;
	size_t byte_limit = m->limits.shape_bytes / 8 * eighths[tier];
	return m->shape_count < shape_limit &&
	       m->text.total_bytes + MINER_TEXT_BYTES + MINER_EXAMPLE_BYTES <= byte_limit;
}

static uint32_t add_kind(struct miner *m, enum miner_tier tier, uint64_t key, struct span text, bool cut,
			 struct span judged, uint64_t line_no)
{
	MEM_GROW(m->kinds, m->kind_cap, m->kind_count + 1);
	uint32_t id = (uint32_t)m->kind_count++;
	struct span both = arena_dup(&m->text, text);
	m->kinds[id] = (struct kind){
		.key = key,
		.first_line = line_no,
		.text = both,
		.example = arena_dup(&m->text, span_head(judged, MINER_EXAMPLE_BYTES)),
		.template_id = UINT32_MAX,
		.tier = (uint8_t)tier,
		.cut = cut,
	};
	table_add(&m->by_kind, key, id);
	return id;
}

static uint32_t add_shape(struct miner *m, enum miner_tier tier, uint64_t hash, uint32_t kind, uint64_t line_no)
{
	MEM_GROW(m->shapes, m->shape_cap, m->shape_count + 1);
	uint32_t id = (uint32_t)m->shape_count++;
	m->shapes[id] =
		(struct shape){.hash = hash, .count = 1, .last_line = line_no, .kind = kind, .tier = (uint8_t)tier};
	table_add(tier < TIER_FIRST_WORD ? &m->by_shape : &m->by_outline, hash, id);
	return id;
}

/* Kinds of different tiers must not meet in the table even when their text is the same. */
static uint64_t tier_hash(uint64_t key, enum miner_tier tier) { return key + (uint64_t)tier * 0x9E3779B97F4A7C15u; }

static struct span first_word(const struct masker *k)
{
	for (size_t t = 0; t < k->count; t++)
		if (k->tokens[t].kind == MASK_WORD)
			return span_of(k->shape.ptr + k->tokens[t].off, k->tokens[t].len);
	return SPAN("");
}

static size_t log2_of(size_t n)
{
	size_t log = 0;
	while (n >>= 1)
		log++;
	return log;
}

/* What the coarsest tiers go by. The line is masked in m->masker, unless the miner hurries. */
static struct brief outline_of(const struct miner *m, struct span judged)
{
	return m->hurries ? brief_of(judged) : (struct brief){first_word(&m->masker), m->masker.count};
}

/* What a tier knows a kind of line by. `outline`: for the coarsest. */
static uint64_t tier_key(const struct miner *m, enum miner_tier tier, uint64_t exact, const struct brief *outline)
{
	if (tier <= TIER_EXACT)
		return exact; /* one kind for both */
	if (tier == TIER_COARSE)
		return tier_hash(mask_key(&m->masker), tier);
	struct span word = tier == TIER_FIRST_WORD ? outline->word : SPAN("");
	size_t size = tier == TIER_FIRST_WORD ? outline->words : log2_of(outline->words) % catch_alls(m);
	return tier_hash(hash64(word.ptr, word.len) ^ (size + 1) * 0xD6E8FEB86659FD93u, tier);
}

static struct span tier_text(const struct miner *m, enum miner_tier tier, const struct brief *outline, char *out, bool *cut)
{
	*cut = false;
	if (tier <= TIER_COARSE)
		return span_of(out, mask_text(&m->masker, out, MINER_TEXT_BYTES, cut));
	struct span word = tier == TIER_FIRST_WORD ? span_head(outline->word, MINER_TEXT_BYTES / 8) : SPAN("");
	size_t len = word.len;
	memcpy(out, word.ptr, len);
	if (len)
		out[len++] = ' ';
	out[len++] = MASK_BYTE;
	return span_of(out, len);
}

void miner_count(struct miner *m, uint32_t shape, uint64_t lines, uint64_t line_no)
{
	struct shape *s = &m->shapes[shape];
	s->count += lines;
	s->last_line = line_no > s->last_line ? line_no : s->last_line;
	m->coarsened += s->tier != TIER_SHAPE ? lines : 0;
}

static uint32_t count_again(struct miner *m, uint32_t shape, uint64_t line_no, bool *is_new)
{
	miner_count(m, shape, 1, line_no);
	*is_new = false;
	return shape;
}

/* What the shapes of a tier are found under. */
static uint64_t place_hash(enum miner_tier tier, uint64_t shape_hash, uint64_t key)
{
	return tier == TIER_SHAPE ? shape_hash : tier == TIER_EXACT ? tier_hash(key, tier) : key;
}

static uint32_t add_to(struct miner *m, enum miner_tier tier, uint64_t hash, uint64_t key, const struct brief *outline,
		       struct span judged, uint64_t line_no)
{
	uint32_t kind = table_find(&m->by_kind, key);
	if (kind == UINT32_MAX) {
		char buf[MINER_TEXT_BYTES];
		bool cut;
		struct span text = tier_text(m, tier, outline, buf, &cut);
		kind = add_kind(m, tier, key, text, cut, judged, line_no);
	}
	m->coarsened += tier != TIER_SHAPE;
	return add_shape(m, tier, hash, kind, line_no);
}

/* A line that no finer tier knows or has room for. */
static uint32_t place_by_outline(struct miner *m, struct span judged, uint64_t line_no, bool *is_new)
{
	const struct brief outline = outline_of(m, judged);
	for (enum miner_tier tier = TIER_FIRST_WORD;; tier++) {
		uint64_t key = tier_key(m, tier, 0, &outline), hash = place_hash(tier, 0, key);
		uint32_t shape = table_find(&m->by_outline, hash);
		if (shape != UINT32_MAX)
			return count_again(m, shape, line_no, is_new);
		if (!has_room(m, tier))
			continue;
		*is_new = true;
		return add_to(m, tier, hash, key, &outline, judged, line_no);
	}
}

/* A line of a shape not seen before, masked in m->masker: goes to the first tier that knows it or has room. *found tells whether
 * one of the finer ones did. */
static uint32_t place(struct miner *m, uint64_t shape_hash, struct span judged, uint64_t line_no, bool *is_new, bool *found)
{
	const uint64_t exact = mask_key(&m->masker);
	*found = true;
	for (enum miner_tier tier = TIER_SHAPE; tier < TIER_FIRST_WORD; tier++) {
		if (tier == TIER_COARSE)
			mask_coarsen(&m->masker);
		uint64_t key = tier_key(m, tier, exact, NULL), hash = place_hash(tier, shape_hash, key);
		uint32_t shape = tier == TIER_SHAPE ? UINT32_MAX : table_find(&m->by_shape, hash);
		if (shape != UINT32_MAX)
			return count_again(m, shape, line_no, is_new);
		if (!has_room(m, tier))
			continue;
		*is_new = true;
		return add_to(m, tier, hash, key, NULL, judged, line_no);
	}
	*found = false;
	return place_by_outline(m, judged, line_no, is_new);
}

/* ---- in a hurry -------------------------------------------------------------------------------------------------- */

void miner_hurry(struct miner *m) { m->hurries = true; }

/* Where the finer tiers are full and know hardly any line that is looked up, they are left out for a while, and then for twice as long. Goes by
 * lines in their order only. */
static void weigh(struct miner *m, bool found)
{
	m->found += found;
	if (++m->tried < MINER_TRIED)
		return;
	if (m->found * MINER_FOUND_PART < m->tried)
		m->skip = m->skipped = m->skipped == 0 ? MINER_SKIP_FIRST : m->skipped < MINER_SKIP_MOST ? 2 * m->skipped : m->skipped;
	else
		m->skipped = 0;
	m->tried = m->found = 0;
}

uint32_t miner_shape_of(struct miner *m, uint64_t hash)
{
	if (m->skip > 0)
		return UINT32_MAX;
	uint32_t shape = table_find(&m->by_shape, hash);
	if (shape == UINT32_MAX || m->shapes[shape].tier != TIER_SHAPE)
		return UINT32_MAX;
	if (m->hurries && !has_room(m, TIER_COARSE))
		weigh(m, true);
	return shape;
}

void miner_expect(const struct miner *m, uint64_t hash)
{
	const struct table *t = &m->by_shape;
	if (t->slots) {
		__builtin_prefetch(&t->marks[mark_of(t, slot_hash(hash)) / 64]);
		__builtin_prefetch(&t->hashes[(size_t)hash & (t->slots - 1)]);
	}
}

/* *found: in one of the finer tiers. */
static uint32_t look_up(struct miner *m, struct span judged, uint64_t hash, uint64_t line_no, bool *is_new, bool *found)
{
	uint32_t shape = table_find(&m->by_shape, hash);
	*found = shape != UINT32_MAX;
	if (*found)
		return count_again(m, shape, line_no, is_new);
	mask_exact(&m->masker, span_of(m->shape_buf, shape_line(judged, m->shape_buf)));
	return place(m, hash, judged, line_no, is_new, found);
}

uint32_t miner_add(struct miner *m, struct span judged, uint64_t line_no, bool *is_new)
{
	bool found;
	judged = span_head(judged, LINE_JUDGED_BYTES);
	return look_up(m, judged, shape_hash(judged, m->shape_buf), line_no, is_new, &found);
}

bool miner_needs_no_shape(const struct miner *m) { return m->skip > 0; }

uint32_t miner_add_shape(struct miner *m, struct span judged, uint64_t hash, uint64_t line_no, bool *is_new)
{
	judged = span_head(judged, LINE_JUDGED_BYTES);
	if (m->skip > 0) {
		m->skip--;
		return place_by_outline(m, judged, line_no, is_new);
	}
	bool found;
	uint32_t shape = look_up(m, judged, hash, line_no, is_new, &found);
	if (m->hurries && !has_room(m, TIER_COARSE))
		weigh(m, found);
	return shape;
}

uint32_t miner_find(struct miner *m, struct span judged)
{
	judged = span_head(judged, LINE_JUDGED_BYTES);
	struct span text = {m->shape_buf, shape_line(judged, m->shape_buf)};
	uint64_t hash = hash64(text.ptr, text.len);
	uint32_t shape = table_find(&m->by_shape, hash);
	if (shape != UINT32_MAX)
		return shape;
	mask_exact(&m->masker, text);
	const uint64_t exact = mask_key(&m->masker);
	struct brief outline;
	for (enum miner_tier tier = TIER_EXACT; tier < TIER_COUNT && shape == UINT32_MAX; tier++) {
		if (tier == TIER_COARSE)
			mask_coarsen(&m->masker);
		if (tier == TIER_FIRST_WORD)
			outline = outline_of(m, judged);
		shape = table_find(tier < TIER_FIRST_WORD ? &m->by_shape : &m->by_outline,
				   place_hash(tier, hash, tier_key(m, tier, exact, &outline)));
	}
	return shape;
}

size_t miner_shape_count(const struct miner *m) { return m->shape_count; }
uint64_t miner_shape_lines(const struct miner *m, uint32_t shape) { return m->shapes[shape].count; }
uint64_t miner_shape_key(const struct miner *m, uint32_t shape) { return m->kinds[m->shapes[shape].kind].key; }
uint64_t miner_coarsened(const struct miner *m) { return m->coarsened; }
bool miner_shape_is_coarse(const struct miner *m, uint32_t shape) { return m->shapes[shape].tier != TIER_SHAPE; }

/* ---- templates --------------------------------------------------------------------------------------------------- */

/* Templates stand in order of first line. Shapes are in the order of their first lines, so the first shape of a
 * template numbers it. */
static void number_templates(struct miner *m, const uint32_t *group_of)
{
	uint32_t *number = mem_alloc(mem_mul(m->kind_count, sizeof *number));
	for (size_t g = 0; g < m->kind_count; g++)
		number[g] = UINT32_MAX;
	size_t count = 0;
	for (size_t k = 0; k < m->kind_count; k++) {
		uint32_t group = group_of[k];
		if (number[group] == UINT32_MAX)
			number[group] = (uint32_t)count++;
		m->kinds[k].template_id = number[group];
	}
	free(number);
	m->template_count = count;
	m->templates = mem_zalloc(count, sizeof *m->templates);
	for (size_t k = 0; k < m->kind_count; k++) {
		struct template *t = &m->templates[m->kinds[k].template_id];
		if (t->first_line == 0 && t->example.ptr == NULL) {
			t->first_line = m->kinds[k].first_line;
			t->example = m->kinds[k].example;
		}
	}
	for (size_t s = 0; s < m->shape_count; s++) {
		struct template *t = &m->templates[m->kinds[m->shapes[s].kind].template_id];
		t->count += m->shapes[s].count;
		if (m->shapes[s].last_line > t->last_line)
			t->last_line = m->shapes[s].last_line;
	}
}

void miner_finish(struct miner *m)
{
	table_release(&m->by_kind); /* no kind comes any more: its memory is stage 2's */
	uint32_t *group_of = mem_alloc(mem_mul(m->kind_count, sizeof *group_of));
	miner_merge(m, group_of);
	number_templates(m, group_of);
	miner_patterns(m, group_of);
	free(group_of);
}

size_t miner_template_count(const struct miner *m) { return m->template_count; }
uint32_t miner_template_of(const struct miner *m, uint32_t shape)
{
	return m->kinds[m->shapes[shape].kind].template_id;
}

void miner_template(const struct miner *m, uint32_t template_id, struct template_info *out)
{
	const struct template *t = &m->templates[template_id];
	*out = (struct template_info){.count = t->count,
				      .first_line = t->first_line,
				      .last_line = t->last_line,
				      .example = t->example,
				      .pattern = t->pattern};
}
