#include "filter/classify.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "filter/builtin.h"
#include "filter/gate.h"

#include <stdlib.h>

enum {
	ACTIVE_MOST = 8,
	OWNER_WORDS = (FILTER_RULES_MOST + FILTER_BLOCKS_MOST + FILTER_DETECTS_MOST + 63) / 64,
	GAVE_UP_MOST = 3, /* a pattern that reached a limit this often is switched off */
	MESSAGES_MOST = 32,
};

/* What rules set when a line is theirs; see verdict.h. A place (path:line) and a time stamp stay what they are. */
#define FLAGS_OF_CLASS                                                                                                  \
	(VERDICT_PASS | VERDICT_NOISE | VERDICT_WARNING | VERDICT_STRONG | VERDICT_COUNT | VERDICT_NUMBERED | VERDICT_LEVELLED | \
	 VERDICT_DETAIL | VERDICT_HEADING | VERDICT_BLANK)

struct entry {
	const struct builtin_filter *builtin; /* NULL: of a file */
	char *name, *about, *path;            /* owned */
	struct buf yaml;                      /* owned; of a file */
	enum filter_origin origin;
	struct filter_definition *d;          /* owned; NULL until needed */
	bool broken, forced;
	struct gate gate;                     /* of rules, blocks and ends */
	uint64_t always[OWNER_WORDS];         /* owners without certain texts */
};

struct detect {
	uint32_t filter, index;
	bool command;
};

struct filter_set {
	struct entry **entries; /* owned, sorted by name */
	size_t count, cap;
	bool ready;
	struct detect *detects; /* owned: owners of the gates */
	size_t detect_count, detect_cap;
	struct gate lines, commands;
	struct err messages[MESSAGES_MOST];
	size_t message_count;
};

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
	gate_release(&e->gate);
	free(e);
}

static void forget_detects(struct filter_set *s)
{
	gate_release(&s->lines);
	gate_release(&s->commands);
	s->detect_count = 0;
	s->ready = false;
}

void filter_set_free(struct filter_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		entry_free(s->entries[i]);
	free(s->entries);
	forget_detects(s);
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

/* Puts the texts of one pattern into a gate. */
static void gate_pattern(struct gate *g, uint64_t *always, const struct filter_pattern *p, uint32_t owner)
{
	if (!p->gate.count)
		always[owner >> 6] |= UINT64_C(1) << (owner & 63);
	for (size_t t = 0; t < p->gate.count; t++)
		gate_add(g, p->gate.texts[t], owner);
}

static void build_gate(struct entry *e)
{
	const struct filter_definition *d = e->d;
	uint32_t owner = 0;
	for (size_t i = 0; i < d->rule_count; i++)
		gate_pattern(&e->gate, e->always, &d->rules[i].match, owner++);
	for (size_t i = 0; i < d->block_count; i++)
		gate_pattern(&e->gate, e->always, &d->blocks[i].from, owner++);
	for (size_t i = 0; i < d->end_count; i++)
		gate_pattern(&e->gate, e->always, &d->ends[i], owner++);
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
	if (!e->d && !e->broken && e->builtin) {
		e->broken = definition_read(&e->d, span_of(e->builtin->yaml, e->builtin->yaml_bytes), e->path, false, &err) != ERR_OK;
		if (e->broken)
			note(s, &err);
		else
			build_gate(e);
	}
	return e->d;
}

bool filter_set_force(struct filter_set *s, const char *name)
{
	size_t i = filter_set_find(s, name);
	if (i != SIZE_MAX)
		s->entries[i]->forced = true;
	return i != SIZE_MAX;
}

/* ---- matching ----------------------------------------------------------------------------------------------------- */

static bool matches(struct filter_set *s, const struct filter_definition *d, struct filter_pattern *p, struct span text,
                    struct pattern_groups *groups)
{
	struct err err = {0};
	struct pattern *compiled = filter_pattern_ready(d, p, &err);
	if (err.code != ERR_OK)
		note(s, &err);
	if (!compiled)
		return false;
	enum pattern_verdict v = pattern_find(compiled, text, 0, groups);
	if (v == PATTERN_GAVE_UP && ++p->gave_up == GAVE_UP_MOST) {
		p->off = true;
		err_set(&err, ERR_USAGE, "%s:%u:%u: the pattern needs too many steps and was switched off: avoid repeats within repeats", d->path,
		        p->line, p->column);
		note(s, &err);
	}
	return v == PATTERN_YES;
}

static void add_detect(struct filter_set *s, size_t filter, size_t index, bool command)
{
	MEM_GROW(s->detects, s->detect_cap, s->detect_count + 1);
	s->detects[s->detect_count++] = (struct detect){(uint32_t)filter, (uint32_t)index, command};
}

static void make_ready(struct filter_set *s)
{
	if (s->ready)
		return;
	s->ready = true;
	for (size_t f = 0; f < s->count; f++) {
		const struct entry *e = s->entries[f];
		size_t count = e->builtin ? e->builtin->detect_count : e->d->detect_count;
		for (size_t i = 0; i < count; i++) {
			bool command = (e->builtin ? e->builtin->detect_kinds[i] : (int)e->d->detects[i].kind) == DETECT_COMMAND;
			struct gate *g = command ? &s->commands : &s->lines;
			uint32_t owner = (uint32_t)s->detect_count;
			add_detect(s, f, i, command);
			if (e->builtin)
				for (const char *t = e->builtin->detects[i]; *t; t += strlen(t) + 1)
					gate_add(g, span_of_str(t), owner);
			else
				for (size_t t = 0; t < e->d->detects[i].pattern.gate.count; t++)
					gate_add(g, e->d->detects[i].pattern.gate.texts[t], owner);
		}
	}
}

/* The next owner whose bit is set, from *at on; takes the bit. */
static bool next_owner(uint64_t *bits, size_t words, size_t *at, uint32_t *owner)
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
	make_ready(s);
	size_t words = (s->detect_count + 63) / 64, at = 0;
	uint64_t *bits = mem_zalloc(words, sizeof *bits);
	uint32_t owner;
	gate_scan(&s->commands, command, bits);
	while (next_owner(bits, words, &at, &owner)) {
		const struct detect *detect = &s->detects[owner];
		const struct filter_definition *d = filter_set_definition(s, detect->filter);
		if (d && matches(s, d, &d->detects[detect->index].pattern, command, NULL))
			s->entries[detect->filter]->forced = true;
	}
	free(bits);
}

/* ---- one input ---------------------------------------------------------------------------------------------------- */

struct active {
	struct entry *entry;
	bool forced;
	uint64_t touched;       /* the line on which a rule matched last */
	struct filter_block *block; /* NULL: none is open */
	uint64_t block_line;    /* where it opened */
};

struct classifier {
	struct filter_set *set; /* borrowed */
	struct active active[ACTIVE_MOST]; /* asked first: the last */
	size_t active_count;
	bool begun;
	uint64_t *detected; /* owned: scratch */
	size_t detect_words;
	filter_watch *watch;
	void *watch_user;
};

static void tell(const struct classifier *c, uint64_t no, enum filter_event event, const struct entry *e, const struct filter_pattern *p,
                 enum filter_class class, enum filter_status on)
{
	if (!c->watch)
		return;
	struct filter_note n = {event, e->name, e->path, p ? p->line : 0, class, on, p ? p->text : span_of("", 0)};
	c->watch(c->watch_user, no, &n);
}

void classifier_watch(struct classifier *c, filter_watch *watch, void *user)
{
	c->watch = watch;
	c->watch_user = user;
}

/* Becomes the first to be asked. When there are too many, the one that has waited longest goes. */
static void activate(struct classifier *c, struct entry *e, uint64_t no, bool forced, const struct filter_pattern *why)
{
	struct active a = {.entry = e, .forced = forced, .touched = no};
	size_t i = 0;
	while (i < c->active_count && c->active[i].entry != e)
		i++;
	if (i < c->active_count) {
		a = c->active[i];
		a.touched = no;
	} else {
		tell(c, no, FILTER_STARTED, e, why, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		if (c->active_count < ACTIVE_MOST) {
			c->active_count++;
		} else {
			for (i = 0; i + 1 < c->active_count && c->active[i].forced;)
				i++;
			tell(c, no, FILTER_ENDED, c->active[i].entry, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		}
	}
	memmove(&c->active[i], &c->active[i + 1], (c->active_count - 1 - i) * sizeof *c->active);
	c->active[c->active_count - 1] = a;
}

static void deactivate(struct classifier *c, size_t i, uint64_t no)
{
	tell(c, no, FILTER_ENDED, c->active[i].entry, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	c->active_count--;
	memmove(&c->active[i], &c->active[i + 1], (c->active_count - i) * sizeof *c->active);
}

struct classifier *classifier_new(struct filter_set *s)
{
	struct classifier *c = mem_zalloc(1, sizeof *c);
	make_ready(s);
	c->set = s;
	c->detect_words = (s->detect_count + 63) / 64;
	c->detected = mem_zalloc(c->detect_words + 1, sizeof *c->detected);
	return c;
}

void classifier_free(struct classifier *c)
{
	if (!c)
		return;
	free(c->detected);
	free(c);
}

static void begin(struct classifier *c, uint64_t no)
{
	c->begun = true;
	for (size_t i = 0; i < c->set->count; i++)
		if (c->set->entries[i]->forced && filter_set_definition(c->set, i))
			activate(c, c->set->entries[i], no, true, NULL);
}

/* What a shell or a CI system was told to run, or nothing. */
static struct span command_of(struct span text)
{
	static const char *const leads[] = {"$ ", "+ ", "##[group]Run ", "::group::Run ", "##[section]Starting: ", "[command]", "> "};
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (span_starts(text, span_of_str(leads[i])))
			return span_from(text, strlen(leads[i]));
	return span_of(text.ptr, 0);
}

static void detect(struct classifier *c, struct span text, const struct gate *g, uint64_t no)
{
	struct filter_set *s = c->set;
	size_t at = 0;
	uint32_t owner;
	gate_scan(g, text, c->detected);
	while (next_owner(c->detected, c->detect_words, &at, &owner)) {
		const struct detect *found = &s->detects[owner];
		const struct filter_definition *d = filter_set_definition(s, found->filter);
		if (d && matches(s, d, &d->detects[found->index].pattern, text, NULL))
			activate(c, s->entries[found->filter], no, false, &d->detects[found->index].pattern);
	}
}

static void make_quiet(struct record *r, uint8_t class, unsigned flag)
{
	r->base = 0;
	r->class = class;
	r->flags = (uint16_t)((r->flags & ~(unsigned)VERDICT_EXITED) | flag);
}

/* The classes in the terms of the scorer. Their worth follows verdict.c: what decides on evidence there is known here. */
static void apply(struct record *r, enum filter_class class)
{
	bool counted = r->class >= CLASS_ERROR;
	r->flags &= (uint16_t)~FLAGS_OF_CLASS;
	switch (class) {
	case FILTER_CLASS_FAILURE:
		r->base = 1.0f;
		r->class = CLASS_FAILURE;
		r->flags |= VERDICT_STRONG;
		break;
	case FILTER_CLASS_ERROR:
		r->base = 0.5f;
		r->class = CLASS_ERROR;
		break;
	case FILTER_CLASS_WARNING:
		r->base = 0.15f;
		r->class = CLASS_WARNING;
		r->flags |= VERDICT_WARNING;
		break;
	case FILTER_CLASS_SUMMARY:
		/* A total that states failures stays an error: a red run never looks green (promise P6). */
		r->base = 0.6f;
		r->class = counted ? CLASS_ERROR : CLASS_SUMMARY;
		break;
	case FILTER_CLASS_SECTION:
		r->base = 0.05f;
		r->class = CLASS_SECTION;
		r->flags |= VERDICT_HEADING;
		break;
	case FILTER_CLASS_DETAIL:
		r->base = 0.3f;
		r->class = CLASS_PLAIN;
		r->flags = (uint16_t)((r->flags & ~(unsigned)VERDICT_EXITED) | VERDICT_DETAIL);
		break;
	case FILTER_CLASS_CONTEXT:
		make_quiet(r, CLASS_PLAIN, 0);
		break;
	case FILTER_CLASS_PASS:
		make_quiet(r, CLASS_PASS, VERDICT_PASS);
		break;
	case FILTER_CLASS_PROGRESS:
	case FILTER_CLASS_NOISE:
		make_quiet(r, CLASS_NOISE, VERDICT_NOISE);
		break;
	case FILTER_CLASS_NONE:
	case FILTER_CLASSES:
		break;
	}
}

static uint64_t group_of(const struct entry *e, size_t rule, struct span key)
{
	struct hash128 h = hash128_of(key.ptr, key.len);
	uint64_t parts[3] = {h.high, h.low, rule};
	uint64_t group = hash64(parts, sizeof parts) ^ hash64(e->name, strlen(e->name));
	return group | !group;
}

/* The first rule that matches decides. Returns its class. */
static enum filter_class ask_rules(struct classifier *c, struct active *a, struct scan_judged *line, struct span text, uint64_t *fired)
{
	const struct entry *e = a->entry;
	struct filter_definition *d = e->d;
	enum filter_class decided = FILTER_CLASS_NONE;
	for (size_t i = 0; i < d->rule_count; i++) {
		struct filter_rule *rule = &d->rules[i];
		struct pattern_groups groups;
		if (!(fired[i >> 6] >> (i & 63) & 1) || !matches(c->set, d, &rule->match, text, &groups))
			continue;
		if (rule->unless.text.len && matches(c->set, d, &rule->unless, text, NULL)) {
			tell(c, line->no, FILTER_VETOED, e, &rule->unless, rule->class, rule->on);
			continue;
		}
		tell(c, line->no, decided ? FILTER_LATER : FILTER_RULE, e, &rule->match, rule->class, rule->on);
		if (decided)
			continue;
		a->touched = line->no;
		if (rule->on != FILTER_ANY_STATUS) {
			/* Decided once the status is known; never against the generic rules' word that this is a failure. */
			if (rule->on == FILTER_ON_FAILURE)
				line->record->flags |= VERDICT_FAILURE_ON_FAILURE;
			else if (line->record->class < CLASS_ERROR)
				line->record->flags |= VERDICT_QUIET_ON_SUCCESS;
			continue;
		}
		decided = rule->class;
		if (rule->fold)
			line->group = group_of(e, i, span_of("", 0));
		if (rule->group_by) {
			int number = pattern_group(rule->match.compiled, rule->group_by);
			if (number > 0 && (size_t)number < groups.count && groups.at[number].begin != SIZE_MAX)
				line->group = group_of(e, i, span_of(text.ptr + groups.at[number].begin, groups.at[number].end - groups.at[number].begin));
		}
		if (!c->watch)
			break;
	}
	return decided;
}

static bool is_quiet_class(enum filter_class c)
{
	return c == FILTER_CLASS_NOISE || c == FILTER_CLASS_PROGRESS || c == FILTER_CLASS_PASS || c == FILTER_CLASS_CONTEXT;
}

static bool is_blank(struct span text) { return span_trim(text).len == 0; }

/* Whether the block that is open still holds this line. */
static bool block_holds(struct classifier *c, struct active *a, struct span text, uint64_t no)
{
	struct filter_block *b = a->block;
	if (no - a->block_line > b->max || (b->to_blank && is_blank(text)))
		return false;
	return !(b->to.text.len && matches(c->set, a->entry->d, &b->to, text, NULL));
}

static bool ask(struct classifier *c, struct active *a, struct scan_judged *line, bool *ends)
{
	const struct entry *e = a->entry;
	struct filter_definition *d = e->d;
	struct span text = line->text;
	struct pattern_groups groups;
	uint64_t fired[OWNER_WORDS];
	uint64_t no = line->no;
	if (d->prefix.text.len && matches(c->set, d, &d->prefix, text, &groups) && groups.at[0].begin == 0)
		text = span_from(text, groups.at[0].end);
	memcpy(fired, e->always, sizeof fired);
	gate_scan(&e->gate, text, fired);

	if (a->block && !block_holds(c, a, text, no)) {
		tell(c, no, FILTER_CLOSED, e, &a->block->from, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		a->block = NULL;
	}
	enum filter_class class = ask_rules(c, a, line, text, fired);
	bool ruled = class != FILTER_CLASS_NONE, opened = false;
	size_t owner = d->rule_count;
	for (size_t i = 0; i < d->block_count; i++, owner++) {
		struct filter_block *b = &d->blocks[i];
		if (opened || !(fired[owner >> 6] >> (owner & 63) & 1) || !matches(c->set, d, &b->from, text, NULL))
			continue;
		tell(c, no, FILTER_OPENED, e, &b->from, b->head, FILTER_ANY_STATUS);
		a->block = b;
		a->block_line = a->touched = no;
		opened = true;
		if (!class)
			class = b->head;
	}
	if (!class && !opened && a->block && !is_blank(text)) {
		a->touched = no;
		bool beyond = a->block->first && no - a->block_line > a->block->first;
		/* What the trace reader knows of a frame is more than that it stands in a block, unless the block says that nothing
		 * in it counts. */
		if (line->role == TRACE_NONE || beyond || is_quiet_class(a->block->class))
			class = beyond ? FILTER_CLASS_NOISE : a->block->class;
		if (class)
			tell(c, no, FILTER_HELD, e, &a->block->from, class, FILTER_ANY_STATUS);
	}
	for (size_t i = 0; i < d->end_count; i++, owner++)
		if (fired[owner >> 6] >> (owner & 63) & 1 && matches(c->set, d, &d->ends[i], text, NULL))
			*ends = true;
	if (class)
		apply(line->record, class);
	else if (!ruled && !opened)
		tell(c, no, FILTER_SILENT, e, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	return class != FILTER_CLASS_NONE || ruled;
}

void classifier_line(void *classifier, struct scan_judged *line)
{
	struct classifier *c = classifier;
	if (!c->begun)
		begin(c, line->no);
	if (line->begins_command)
		for (size_t i = c->active_count; i-- > 0;)
			if (!c->active[i].forced)
				deactivate(c, i, line->no);
	struct span command = command_of(line->text);
	if (command.len && c->set->commands.count)
		detect(c, command, &c->set->commands, line->no);
	detect(c, line->text, &c->set->lines, line->no);

	bool decided = false;
	for (size_t i = c->active_count; i-- > 0;) {
		struct active *a = &c->active[i];
		if (!a->forced && line->no - a->touched > a->entry->d->quiet) {
			deactivate(c, i, line->no);
			continue;
		}
		if (decided)
			continue;
		bool ends = false;
		decided = ask(c, a, line, &ends);
		if (ends && !a->forced)
			deactivate(c, i, line->no);
	}
}

void filters_apply_status(struct scan *scan, int status)
{
	for (size_t i = 0; i < scan->count; i++) {
		struct record *r = &scan->records[i];
		if (status == 0 && r->flags & VERDICT_QUIET_ON_SUCCESS && r->class < CLASS_ERROR) {
			scan->warnings -= r->class == CLASS_WARNING;
			apply(r, FILTER_CLASS_NOISE);
		} else if (status != 0 && r->flags & VERDICT_FAILURE_ON_FAILURE) {
			scan->warnings -= r->class == CLASS_WARNING;
			scan->errors += r->class < CLASS_ERROR;
			scan->errored[r->shape] = true;
			apply(r, FILTER_CLASS_FAILURE);
		}
	}
}
