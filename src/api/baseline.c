/* The good run to compare with: the kinds of line that it has. */
#include "api/reduction.h"
#include "base/mem.h"

#include <stdlib.h>

enum { BASELINE_KEYS = 512 * 1024 };

bool baseline_has(void *user, uint64_t key)
{
	const struct baseline *b = user;
	if (!b->cap)
		return false;
	key |= !key;
	for (size_t i = key & (b->cap - 1); b->keys[i]; i = (i + 1) & (b->cap - 1))
		if (b->keys[i] == key)
			return true;
	return false;
}

static void baseline_add(struct baseline *b, uint64_t key)
{
	key |= !key;
	if (baseline_has(b, key))
		return;
	if (2 * (b->count + 1) > b->cap) {
		struct baseline grown = {.cap = b->cap ? 2 * b->cap : 1024};
		grown.keys = mem_zalloc(grown.cap, sizeof *grown.keys);
		for (size_t i = 0; i < b->cap; i++)
			if (b->keys[i])
				baseline_add(&grown, b->keys[i]);
		free(b->keys);
		*b = grown;
	}
	size_t i = key & (b->cap - 1);
	while (b->keys[i])
		i = (i + 1) & (b->cap - 1);
	b->keys[i] = key;
	b->count++;
}

/* Line keys are bounded: past the limit a line of a known kind counts as varied, not as known. */
static void take_line(struct baseline *b, struct scan *scan, const struct line *line)
{
	scan_line(scan, line);
	if (b->count < BASELINE_KEYS)
		baseline_add(b, scan->line_key);
}

enum err_code baseline_read(struct baseline *b, const char *path, const struct settings *settings, struct err *err)
{
	struct source *source;
	if (source_open(&source, path, err) != ERR_OK)
		return err_at(err, "baseline");
	struct scan_options options = {.ci = settings->ci, .keyed = true};
	struct scan scan;
	struct lines lines;
	struct line line;
	char *window = mem_alloc(READ_WINDOW_BYTES);
	ssize_t n;
	scan_init(&scan, &settings->limits, &options);
	lines_init(&lines);
	while ((n = source_read(source, window, READ_WINDOW_BYTES, err)) > 0) {
		lines_push(&lines, span_of(window, (size_t)n));
		while (lines_next(&lines, &line))
			take_line(b, &scan, &line);
	}
	if (lines_finish(&lines, &line))
		take_line(b, &scan, &line);
	for (size_t i = 0; i < miner_shape_count(scan.miner); i++)
		baseline_add(b, miner_shape_key(scan.miner, (uint32_t)i));
	free(window);
	lines_release(&lines);
	scan_release(&scan);
	source_free(source);
	return n < 0 ? err_at(err, "baseline") : ERR_OK;
}
