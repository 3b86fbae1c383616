/* A skeleton for a new filter, made from a log: what is frequent, what looks like failure, and two samples to fill in. */
#include "api/filters.h"

#include "base/mem.h"
#include "log/peel.h"
#include "text/clean.h"

#include <stdlib.h>

enum { SKELETON_LINES = 12, SKELETON_BYTES = 160 };

struct kind {
	struct span example; /* borrowed from the log */
	uint64_t count, first;
	struct verdict verdict;
	bool taken;
};

/* A pattern for lines like this one: digits and blanks in general, the rest as it stands. */
static void add_pattern(struct buf *out, struct span line)
{
	buf_add_char(out, '^');
	for (size_t i = 0; i < line.len && i < SKELETON_BYTES;) {
		char c = line.ptr[i];
		if (c >= '0' && c <= '9') {
			while (i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9')
				i++;
			buf_add_str(out, "\\d+");
		} else if (c == ' ' || c == '\t') {
			while (i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '\t'))
				i++;
			buf_add_str(out, "\\s+");
		} else {
			if (c == '\'')
				buf_add_char(out, '\''); /* doubled in a quoted YAML text */
			else if (strchr("\\^$.|?*+()[]{}", c))
				buf_add_char(out, '\\');
			buf_add_char(out, c);
			i++;
		}
	}
	/* Without it, the kind of the bare `[INFO]` would take every line that begins so. */
	if (line.len <= SKELETON_BYTES)
		buf_add_char(out, '$');
}

static void add_rule(struct buf *out, const struct kind *k, const char *class)
{
	buf_add_str(out, "  - {match: '");
	add_pattern(out, k->example);
	buf_addf(out, "', class: %s} # %llu line%s, first %llu\n", class, (unsigned long long)k->count,
		 k->count == 1 ? "" : "s", (unsigned long long)k->first);
}

static void add_rules(struct buf *out, struct kind *kinds, size_t count, const char *heading, const char *class,
                      bool (*wanted)(const struct kind *))
{
	buf_addf(out, "  # %s\n", heading);
	for (int n = 0; n < SKELETON_LINES; n++) {
		struct kind *best = NULL;
		for (size_t i = 0; i < count; i++)
			if (!kinds[i].taken && wanted(&kinds[i]) && (!best || kinds[i].count > best->count))
				best = &kinds[i];
		if (!best)
			break;
		best->taken = true;
		add_rule(out, best, class);
	}
}

static bool is_failure(const struct kind *k) { return k->verdict.class >= CLASS_ERROR; }
static bool is_warning(const struct kind *k) { return k->verdict.class == CLASS_WARNING; }
static bool is_pass(const struct kind *k) { return k->verdict.class == CLASS_PASS; }
static bool is_frequent(const struct kind *k)
{
	return k->verdict.class < CLASS_WARNING && !(k->verdict.flags & VERDICT_BLANK) && k->count >= 3;
}

/* Lines first..last of the log as a YAML block. */
static void add_input(struct buf *out, struct span log, uint64_t first, uint64_t last)
{
	struct buf cleaned = {0};
	buf_add_str(out, "    input: |2\n");
	for (uint64_t no = 1; log.len && no <= last; no++) {
		size_t end = span_find(log, SPAN("\n"));
		struct span line = span_head(log, end == SIZE_MAX ? log.len : end);
		if (no >= first) {
			buf_clear(&cleaned);
			clean_line(&cleaned, line);
			buf_addf(out, "%s%.*s\n", cleaned.len ? "      " : "", (int)(cleaned.len < 400 ? cleaned.len : 400), cleaned.len ? cleaned.ptr : "");
		}
		log = span_from(log, end == SIZE_MAX ? log.len : end + 1);
	}
	buf_release(&cleaned);
}

void filter_skeleton(struct buf *out, const char *name, struct span log)
{
	struct miner *miner = miner_new(&LIMITS_DEFAULT);
	struct kind *kinds = NULL;
	size_t count = 0, cap = 0;
	struct buf scratch = {0};
	uint64_t no = 0, first_failure = 0;
	for (struct span rest = log; rest.len;) {
		size_t end = span_find(rest, SPAN("\n"));
		struct span line = span_head(rest, end == SIZE_MAX ? rest.len : end);
		bool is_new;
		rest = span_from(rest, end == SIZE_MAX ? rest.len : end + 1);
		struct span judged = peel_line(clean_judged(span_head(line, LINE_JUDGED_BYTES), &scratch), true).text;
		uint32_t shape = miner_add(miner, judged, ++no, &is_new);
		if (shape >= count) {
			MEM_GROW(kinds, cap, (size_t)shape + 1);
			memset(kinds + count, 0, ((size_t)shape + 1 - count) * sizeof *kinds);
			count = (size_t)shape + 1;
		}
		if (!kinds[shape].count) {
			kinds[shape].first = no;
			kinds[shape].verdict = verdict_of(judged);
			/* The cleaned text goes with the next line: what is kept is a copy. */
			char *copy = mem_strndup(judged.ptr, judged.len < 2 * SKELETON_BYTES ? judged.len : 2 * SKELETON_BYTES);
			kinds[shape].example = span_of_str(copy);
		}
		kinds[shape].count++;
		if (!first_failure && kinds[shape].verdict.class == CLASS_FAILURE)
			first_failure = no;
	}
	buf_addf(out,
	         "ctxcut-filter: 1\nname: %s\nabout: TODO what the tool is\n\n"
	         "detect:\n  # TODO patterns for the command, and for a line that only this tool prints.\n  command: '\\b%s\\b'\n  line:\n    - '",
	         name, name);
	if (count)
		add_pattern(out, kinds[0].example);
	buf_add_str(out, "'\n\nrules:\n  # The first rule that matches decides. Generalise these, and drop what the general rules get right anyway.\n");
	add_rules(out, kinds, count, "What failed and why.", "failure", is_failure);
	add_rules(out, kinds, count, "Warnings.", "warning", is_warning);
	add_rules(out, kinds, count, "What went well.", "pass", is_pass);
	add_rules(out, kinds, count, "The most frequent other lines: noise, progress, context, section, summary?", "noise", is_frequent);
	uint64_t from = first_failure > 8 ? first_failure - 8 : 1;
	buf_add_str(out, "\nsamples:\n  - about: TODO what fails here\n    status: 1\n");
	add_input(out, log, from, from + 30);
	buf_add_str(out, "    keep:\n      - TODO text of a line that must be kept\n    drop: []\n"
	                 "  - about: TODO a run that passes\n    status: 0\n");
	add_input(out, log, 1, 12);
	buf_add_str(out, "    keep: []\n    drop:\n      - TODO text of a line that must go\n");
	for (size_t i = 0; i < count; i++)
		free((char *)(uintptr_t)kinds[i].example.ptr);
	free(kinds);
	buf_release(&scratch);
	miner_free(miner);
}
