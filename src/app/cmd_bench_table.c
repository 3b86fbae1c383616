/* The figures as a table for people. */
#include "app/bench.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 32, NAME_CHARS = 48 };

struct grid {
	char **cells; /* owned, row by row */
	size_t count, cap, columns;
	size_t texts; /* so many columns at the left are text; the others are figures */
};

static void cell(struct grid *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void cell(struct grid *g, const char *fmt, ...)
{
	char text[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	g->cells = bench_grown(g->cells, &g->cap, g->count + 1, sizeof *g->cells);
	size_t size = strlen(text) + 1;
	g->cells[g->count] = app_zalloc(size, 1);
	memcpy(g->cells[g->count++], text, size);
}

static size_t chars(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

/* Of a command the begin says most. */
static void way_cell(struct grid *g, const char *name)
{
	const char *at = name;
	for (size_t n = 0; n < NAME_CHARS - 1 && *at; n++)
		for (at++; (*at & 0xc0) == 0x80; at++)
			;
	cell(g, "%.*s%s", (int)(at - name), name, *at ? "\u2026" : "");
}

/* The end of a long name says more than its begin. */
static void name_cell(struct grid *g, const char *name)
{
	size_t len = chars(name);
	const char *at = name;
	for (; len >= NAME_CHARS; len--)
		for (at++; (*at & 0xc0) == 0x80; at++)
			;
	cell(g, "%s%s", at == name ? "" : "\u2026", at);
}

static void size_cell(struct grid *g, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double size = (double)bytes;
	size_t unit = 0;
	for (; size >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
		size /= 1000;
	cell(g, unit && size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static void percent_cell(struct grid *g, double share) { cell(g, "%s", bench_percent((char[16]){0}, share)); }

static void rate_cell(struct grid *g, uint64_t bytes, double seconds)
{
	if (seconds > 0)
		cell(g, "%.0f", (double)bytes / seconds / 1e6);
	else
		cell(g, "%s", "");
}

static void print(struct out *o, struct grid *g)
{
	size_t wide[COLUMNS] = {0};
	for (size_t i = 0; i < g->count; i++) {
		size_t len = chars(g->cells[i]);
		wide[i % g->columns] = len > wide[i % g->columns] ? len : wide[i % g->columns];
	}
	for (size_t row = 0; row < g->count; row += g->columns) {
		size_t columns = g->columns; /* without empty ones at the end */
		while (columns > 1 && !g->cells[row + columns - 1][0])
			columns--;
		for (size_t i = 0; i < columns; i++) {
			bool last = i + 1 == columns;
			int padding = (int)(wide[i] - chars(g->cells[row + i]));
			out_printf(o, "%*s", i < g->texts ? 0 : padding, "");
			out_clean(o, g->cells[row + i]);
			out_printf(o, "%*s%s", i < g->texts && !last ? padding : 0, "", last ? "\n" : "  ");
		}
	}
	for (size_t i = 0; i < g->count; i++)
		free(g->cells[i]);
	free(g->cells);
}

/* One budget: all that is known of each file. */
static void print_files(struct out *o, const struct bench *b)
{
	struct grid g = {.columns = b->labelled ? 10 : 8, .texts = 1};
	static const char *const head[] = {"file", "bytes",   "lines", "tokens",   "printed",
					   "cut",  "seconds", "MB/s",  "labelled", "kept"};
	for (size_t i = 0; i < g.columns; i++)
		cell(&g, "%s", head[i]);
	struct bench_sum sum = bench_sum_of(b, 0, 0);
	uint64_t lines = 0, labelled = 0;
	for (size_t i = 0; i < b->file_count; i++) {
		const struct bench_file *f = &b->files[i];
		const struct bench_run *run = bench_run_of(b, f, 0, 0);
		name_cell(&g, f->path);
		size_cell(&g, f->bytes);
		cell(&g, "%" PRIu64, f->lines);
		cell(&g, "%" PRIu64, f->tokens);
		cell(&g, "%" PRIu64, run->tokens);
		percent_cell(&g, bench_cut(f->tokens, run->tokens));
		cell(&g, "%.3f", run->seconds);
		rate_cell(&g, f->bytes, run->seconds);
		lines += f->lines;
		labelled += f->labelled;
		if (!b->labelled)
			continue;
		cell(&g, "%zu", f->labelled);
		if (f->labelled)
			cell(&g, "%.3f", run->kept.recall);
		else
			cell(&g, "%s", "");
	}
	cell(&g, "all %zu", b->file_count);
	size_cell(&g, sum.bytes);
	cell(&g, "%" PRIu64, lines);
	cell(&g, "%" PRIu64, sum.tokens_before);
	cell(&g, "%" PRIu64, sum.tokens);
	percent_cell(&g, sum.cut);
	cell(&g, "%.3f", sum.seconds);
	rate_cell(&g, sum.bytes, sum.seconds);
	if (b->labelled) {
		cell(&g, "%" PRIu64, labelled);
		cell(&g, "%.3f", sum.recall);
	}
	print(o, &g);
}

/* Several budgets: one column for each. */
static void print_sweep(struct out *o, const struct bench *b)
{
	size_t budgets = b->budget_count < COLUMNS - 4 ? b->budget_count : COLUMNS - 4;
	struct grid g = {.columns = 4 + budgets, .texts = 1};
	out_printf(o, "ctxcut, %s at so many tokens\n", b->labelled ? "labelled lines kept" : "share of tokens cut");
	cell(&g, "file");
	cell(&g, "bytes");
	cell(&g, "lines");
	cell(&g, "tokens");
	for (size_t i = 0; i < budgets; i++)
		cell(&g, "%zu", b->budgets[i]);
	uint64_t lines = 0;
	for (size_t i = 0; i < b->file_count; i++) {
		const struct bench_file *f = &b->files[i];
		name_cell(&g, f->path);
		size_cell(&g, f->bytes);
		cell(&g, "%" PRIu64, f->lines);
		cell(&g, "%" PRIu64, f->tokens);
		lines += f->lines;
		for (size_t k = 0; k < budgets; k++) {
			const struct bench_run *run = bench_run_of(b, f, k, 0);
			if (!b->labelled)
				percent_cell(&g, bench_cut(f->tokens, run->tokens));
			else if (f->labelled)
				cell(&g, "%.3f", run->kept.recall);
			else
				cell(&g, "%s", "");
		}
	}
	struct bench_sum sum = bench_sum_of(b, 0, 0);
	cell(&g, "all %zu", b->file_count);
	size_cell(&g, sum.bytes);
	cell(&g, "%" PRIu64, lines);
	cell(&g, "%" PRIu64, sum.tokens_before);
	for (size_t k = 0; k < budgets; k++) {
		sum = bench_sum_of(b, k, 0);
		if (b->labelled)
			cell(&g, "%.3f", sum.recall);
		else
			percent_cell(&g, sum.cut);
	}
	print(o, &g);
}

static void way_row(struct grid *g, const struct bench *b, const char *budget, const char *name,
		    const struct bench_sum *s)
{
	cell(g, "%s", budget);
	way_cell(g, name);
	cell(g, "%.0f", s->mean_tokens);
	percent_cell(g, s->cut);
	if (b->labelled) {
		cell(g, "%.3f", s->recall);
		cell(g, "%.3f", s->hit);
		cell(g, "%.3f", s->first);
	}
	if (s->seconds > 0)
		cell(g, "%.3f", s->seconds);
	else
		cell(g, "%s", "");
	rate_cell(g, s->bytes, s->seconds);
}

/* clang-format off */
static const char *const plain_head[] = {"budget", "way", "tokens", "cut", "seconds", "MB/s"};
static const char *const labelled_head[] = {"budget", "way", "tokens", "cut", "recall", "hit", "first", "seconds", "MB/s"};
/* clang-format on */

static void print_ways(struct out *o, const struct bench *b)
{
	struct grid g = {.columns = b->labelled ? 9 : 6, .texts = 2};
	struct bench_sum s;
	for (size_t i = 0; i < g.columns; i++)
		cell(&g, "%s", b->labelled ? labelled_head[i] : plain_head[i]);
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			char budget[32];
			snprintf(budget, sizeof budget, "%zu", b->budgets[i]);
			s = bench_sum_of(b, i, way);
			way_row(&g, b, way ? "" : budget, b->ways[way].name, &s);
		}
	s = bench_sum_of_raw(b);
	way_row(&g, b, "", "raw", &s);
	print(o, &g);
}

static void print_lost(struct out *o, const struct bench *b)
{
	out_text(o, "\nnot kept by ctxcut\n");
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t k = 0; k < b->file_count; k++) {
			const struct bench_lost *lost = &b->files[k].lost[i];
			for (size_t n = 0; n < lost->count; n++) {
				out_printf(o, "%zu  ", b->budgets[i]);
				out_clean(o, b->files[k].path);
				if (lost->keys[n].line)
					out_printf(o, ":%" PRIu64, lost->keys[n].line);
				out_text(o, "  ");
				out_clean(o, lost->keys[n].text);
				out_text(o, "\n");
			}
		}
}

void bench_write_table(struct out *o, const struct bench *b)
{
	if (b->budget_count == 1)
		print_files(o, b);
	else
		print_sweep(o, b);
	if (b->budget_count > 1 || b->way_count > 1) {
		out_text(o, "\n");
		print_ways(o, b);
	}
	out_printf(o, "\ncut: of all tokens of all files, counted in %s%s.", b->encoding,
		   b->estimate ? " (an estimate)" : "");
	if (b->labelled)
		out_printf(
			o,
			" tokens, recall, hit, first: means over %zu labelled %s; the other ways get as many tokens as "
			"ctxcut printed.",
			b->labelled_count, b->labelled_count == 1 ? "file" : "files");
	out_text(o, "\n");
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			struct bench_sum s = bench_sum_of(b, i, way);
			const char *troubles = bench_troubles((char[96]){0}, &s);
			if (!*troubles)
				continue;
			out_printf(o, "%zu tokens, ", b->budgets[i]);
			out_clean(o, b->ways[way].name);
			out_printf(o, ": %s\n", troubles);
		}
	if (b->lost_wanted && b->labelled)
		print_lost(o, b);
}
