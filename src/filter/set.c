/* The filters that there are: added, found by name, read at their first need. */
#include "filter/set.h"

#include "base/hash.h"
#include "base/mem.h"
#include "filter/pack.h"
#include "text/kernel.h"

#include <stdlib.h>

enum { GAVE_UP_MOST = 3 /* a pattern that reached a limit this often is switched off */ };

static void note(struct filter_set *s, const struct err *err)
{
	if (s->message_count < MESSAGES_MOST)
		s->messages[s->message_count++] = *err;
}

struct filter_set *filter_set_new(void) { return mem_zalloc(1, sizeof(struct filter_set)); }

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	free(e->name);
	free(e->about);
	free(e->path);
	buf_release(&e->yaml);
	definition_free(e->d);
	definition_free(e->whole);
	gate_release(&e->gate);
	free(e);
}

static void forget_detects(struct filter_set *s)
{
	for (size_t i = 0; i < s->detect_count; i++)
		if (s->entries[s->detects[i].filter]->builtin)
			pattern_free(s->detects[i].pattern->compiled);
	gate_release(&s->lines);
	gate_release(&s->commands);
	arena_release(&s->arena);
	s->detect_count = 0;
	s->ready = false;
}

void filter_set_free(struct filter_set *s)
{
	if (!s)
		return;
	forget_detects(s);
	for (size_t i = 0; i < s->count; i++)
		entry_free(s->entries[i]);
	free(s->entries);
	free(s->detects);
	free(s);
}

size_t filter_set_count(const struct filter_set *s) { return s->count; }
size_t filter_set_message_count(const struct filter_set *s) { return s->message_count; }
const struct err *filter_set_message(const struct filter_set *s, size_t i) { return &s->messages[i]; }

void filter_set_info(const struct filter_set *s, size_t i, struct filter_info *out)
{
	const struct entry *e = s->entries[i];
	*out = (struct filter_info){e->name, e->about, e->path, e->origin,
	                            e->builtin ? span_of(e->builtin->yaml, e->builtin->yaml_bytes) : buf_span(&e->yaml)};
}

/* Where `name` stands or would stand. */
static size_t place_of(const struct filter_set *s, const char *name, bool *there)
{
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(s->entries[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*there = low < s->count && strcmp(s->entries[low]->name, name) == 0;
	return low;
}

size_t filter_set_find(const struct filter_set *s, const char *name)
{
	bool there;
	size_t at = place_of(s, name, &there);
	return there ? at : SIZE_MAX;
}

static void put(struct filter_set *s, struct entry *e)
{
	bool there;
	size_t at = place_of(s, e->name, &there);
	forget_detects(s);
	if (there) {
		entry_free(s->entries[at]);
		s->entries[at] = e;
		return;
	}
	MEM_GROW(s->entries, s->cap, s->count + 1);
	memmove(s->entries + at + 1, s->entries + at, (s->count - at) * sizeof(struct entry *));
	s->entries[at] = e;
	s->count++;
}

void filter_set_add_builtins(struct filter_set *s)
{
	for (size_t i = 0; i < builtin_filter_count; i++) {
		const struct builtin_filter *b = &builtin_filters[i];
		struct entry *e = mem_zalloc(1, sizeof *e);
		*e = (struct entry){.builtin = b, .name = mem_strdup(b->name), .about = mem_strdup(b->about), .path = mem_strdup(b->path)};
		put(s, e);
	}
}

/* Puts the texts of an owner's pattern into the gate. `other` is asked along with it. */
static void add_owner(struct entry *e, size_t owner, const struct filter_pattern *p, const struct filter_pattern *other)
{
	uint64_t bit = UINT64_C(1) << (owner & 63);
	if (!p->gate.count)
		e->always[owner >> 6] |= bit;
	for (size_t t = 0; t < p->gate.count; t++)
		if (!gate_add(&e->gate, p->gate.texts[t], (uint32_t)owner, GATE_BITS_SMALL))
			e->always[owner >> 6] |= bit;
	if (p->digits_alike && (!other || !other->text.len || other->digits_alike))
		return;
	if (owner < e->d->rule_count && e->exact_rule_count < EXACT_RULES_MOST) {
		e->exact_rules[e->exact_rule_count++] = (uint16_t)owner;
		return;
	}
	e->exact[owner >> 6] |= bit;
	e->line_by_line |= !p->gate.count;
}

static void build_gate(struct entry *e)
{
	const struct filter_definition *d = e->d;
	size_t owner = 0;
	for (size_t i = 0; i < d->rule_count; i++)
		add_owner(e, owner++, &d->rules[i].match, &d->rules[i].unless);
	for (size_t i = 0; i < d->block_count; i++)
		add_owner(e, owner++, &d->blocks[i].from, NULL);
	for (size_t i = 0; i < d->end_count; i++)
		add_owner(e, owner++, &d->ends[i], NULL);
	e->line_by_line |= d->prefix.text.len && !d->prefix.digits_alike;
}

enum err_code filter_set_add(struct filter_set *s, struct span yaml, const char *path, enum filter_origin origin, struct err *err)
{
	struct filter_definition *d;
	enum err_code code = definition_read(&d, yaml, path, true, err);
	if (code != ERR_OK)
		return code;
	struct entry *e = mem_zalloc(1, sizeof *e);
	*e = (struct entry){.name = mem_strdup(d->name.ptr), .about = mem_strdup(d->about.ptr ? d->about.ptr : ""), .path = mem_strdup(path),
	                    .origin = origin, .d = d};
	buf_add_span(&e->yaml, yaml);
	build_gate(e);
	put(s, e);
	return ERR_OK;
}

const struct filter_definition *filter_set_definition(struct filter_set *s, size_t i)
{
	struct entry *e = s->entries[i];
	struct err err = {0};
	if (!e->builtin)
		return e->d;
	if (!e->whole && definition_read(&e->whole, span_of(e->builtin->yaml, e->builtin->yaml_bytes), e->path, false, &err) != ERR_OK)
		note(s, &err);
	return e->whole;
}

struct entry *filter_set_use(struct filter_set *s, size_t i)
{
	struct entry *e = s->entries[i];
	if (!e->d) {
		e->d = definition_unpack(span_of(e->builtin->packed, e->builtin->packed_bytes), e->path);
		build_gate(e);
	}
	return e;
}

bool filter_set_force(struct filter_set *s, const char *name)
{
	size_t i = filter_set_find(s, name);
	if (i != SIZE_MAX)
		s->entries[i]->forced = true;
	return i != SIZE_MAX;
}


/* Compiles a pattern at its first need. */
static struct pattern *ready(struct filter_set *s, const char *path, struct filter_pattern *p)
{
	struct err err = {0};
	struct pattern *compiled = filter_pattern_ready(path, p, &err);
	if (err.code != ERR_OK)
		note(s, &err);
	return compiled;
}

static void note_giving_up(struct filter_set *s, const char *path, struct filter_pattern *p)
{
	struct err err;
	s->gave_up++;
	if (++p->gave_up != GAVE_UP_MOST)
		return;
	p->off = true;
	err_set(&err, ERR_USAGE, "%s:%u:%u: the pattern needs too many steps and was switched off: avoid repeats within repeats", path,
	        p->line, p->column);
	note(s, &err);
}

bool filter_set_matches(struct filter_set *s, const char *path, struct filter_pattern *p, struct span text, struct pattern_groups *groups)
{
	if (!first_bytes_pass(&p->first, text) || p->off)
		return false;
	struct pattern *compiled = p->compiled ? p->compiled : ready(s, path, p);
	if (!compiled)
		return false;
	enum pattern_verdict v = pattern_find(compiled, text, 0, groups);
	if (v == PATTERN_GAVE_UP)
		note_giving_up(s, path, p);
	return v == PATTERN_YES;
}

static void add_detect(struct filter_set *s, size_t filter, struct filter_detect *detect)
{
	struct filter_pattern *p = &detect->pattern;
	struct gate *g = detect->kind == DETECT_COMMAND ? &s->commands : &s->lines;
	uint32_t owner = (uint32_t)s->detect_count;
	bool room = true;
	MEM_GROW(s->detects, s->detect_cap, s->detect_count + 1);
	s->detects[s->detect_count] = (struct detect){p->first, p->head, p, (uint32_t)filter};
	if (!p->digits_alike)
		memset(&s->detects[s->detect_count].first, 0xff, sizeof p->first);
	s->detect_count++;
	for (size_t t = 0; t < p->gate.count; t++)
		room &= gate_add(g, p->gate.texts[t], owner, detect->kind == DETECT_COMMAND ? GATE_BITS_SMALL : GATE_BITS);
	if (room)
		return;
	struct err err;
	err_set(&err, ERR_LIMIT, "%s: too many filters: some do not begin by themselves", s->entries[filter]->path);
	note(s, &err);
}

void filter_set_make_ready(struct filter_set *s)
{
	if (s->ready)
		return;
	s->ready = true;
	for (size_t f = 0; f < s->count; f++) {
		struct entry *e = s->entries[f];
		e->id = (uint16_t)(f + 1);
		e->name_hash = hash64(e->name, strlen(e->name));
		size_t count = e->builtin ? 0 : e->d->detect_count;
		struct filter_detect *detects = e->builtin ? NULL : e->d->detects;
		if (e->builtin)
			detects = definition_unpack_detects(&s->arena, span_of(e->builtin->packed, e->builtin->packed_bytes), &count);
		for (size_t i = 0; i < count; i++)
			add_detect(s, f, &detects[i]);
	}
}

/* The next owner whose bit is set, from *at on; takes the bit. */
bool filter_next_owner(uint64_t *bits, size_t words, size_t *at, uint32_t *owner)
{
	for (; *at < words; (*at)++)
		if (bits[*at]) {
			*owner = (uint32_t)(*at * 64 + (size_t)__builtin_ctzll(bits[*at]));
			bits[*at] &= bits[*at] - 1;
			return true;
		}
	return false;
}

void filter_set_command(struct filter_set *s, struct span command)
{
	filter_set_make_ready(s);
	size_t words = (s->detect_count + 63) / 64, at = 0;
	uint64_t *bits = mem_zalloc(words, sizeof *bits);
	uint32_t owner;
	char *form = mem_alloc(command.len);
	kernel_form(command.ptr, command.len, form);
	gate_scan(&s->commands, span_of(form, command.len), bits);
	free(form);
	while (filter_next_owner(bits, words, &at, &owner)) {
		const struct detect *detect = &s->detects[owner];
		if (filter_set_matches(s, s->entries[detect->filter]->path, detect->pattern, command, NULL))
			s->entries[detect->filter]->forced = true;
	}
	free(bits);
}
