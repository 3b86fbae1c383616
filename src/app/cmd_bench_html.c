/* The figures as one page that needs nothing else: no script, no font, no other file. */
#include "app/bench_page.h"

#include "app/chars.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

/* Bytes of the next character as it is written: control characters and what is no UTF-8 are replaced. */
static size_t put_char(struct out *o, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = *p < 0x20 || *p == 0x7f ? 0 : char_len(p);
	if (*p == '&' || *p == '<' || *p == '>' || *p == '"')
		out_printf(o, "&#%d;", *p);
	else if (len)
		out_write(o, text, len);
	else
		out_text(o, "\xef\xbf\xbd");
	return len ? len : 1;
}

void page_text(struct out *o, const char *text)
{
	while (*text)
		text += put_char(o, text);
}

static size_t next_char(const char *text)
{
	size_t len = char_len((const unsigned char *)text);
	return len ? len : 1;
}

void page_short(struct out *o, const char *text, size_t chars, bool keep_end)
{
	size_t count = 0;
	for (const char *p = text; *p; p += next_char(p))
		count++;
	if (count <= chars) {
		page_text(o, text);
		return;
	}
	if (keep_end) {
		for (; count >= chars; count--)
			text += next_char(text);
		out_text(o, "\u2026");
		page_text(o, text);
		return;
	}
	for (size_t i = 1; i < chars; i++)
		text += put_char(o, text);
	out_text(o, "\u2026");
}

void page_number(struct out *o, uint64_t n)
{
	char digits[32];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n);
	for (size_t i = 0; i < len; i++)
		out_printf(o, "%s%c", i && (len - i) % 3 == 0 ? "\u202f" : "", digits[i]);
}

static void put_size(struct out *o, uint64_t bytes)
{
	if (bytes < 10000)
		out_printf(o, "%" PRIu64 " B", bytes);
	else if (bytes < 1000000)
		out_printf(o, "%.0f kB", (double)bytes / 1e3);
	else
		out_printf(o, bytes < 10000000 ? "%.1f MB" : "%.0f MB", (double)bytes / 1e6);
}

/* ---- cells ---- */

static void number_cell(struct out *o, uint64_t n)
{
	out_text(o, "<td>");
	page_number(o, n);
	out_text(o, "</td>");
}

static void percent_cell(struct out *o, double share)
{
	out_printf(o, "<td>%s</td>", bench_percent((char[16]){0}, share));
}

static void rate_cells(struct out *o, uint64_t bytes, double seconds)
{
	if (seconds > 0)
		out_printf(o, "<td>%.3f</td><td>%.0f</td>", seconds, (double)bytes / seconds / 1e6);
	else
		out_text(o, "<td></td><td></td>");
}

static void put_head(struct out *o, const char *const *names, size_t count, size_t texts)
{
	out_text(o, "<thead><tr>");
	for (size_t i = 0; i < count; i++)
		out_printf(o, "<th%s>%s</th>", i < texts ? " class=\"text\"" : "", names[i]);
	out_text(o, "</tr></thead>\n");
}

/* ---- parts of the page ---- */

/* The budget that the page's figures for single files are of: the default one, or what comes next to it. */
static size_t shown_budget(const struct bench *b)
{
	size_t best = 0;
	for (size_t i = 1; i < b->budget_count; i++)
		if (b->budgets[i] <= 4000)
			best = i;
	return best;
}

static void put_tiles(struct out *o, const struct bench *b, size_t budget)
{
	struct bench_sum s = bench_sum_of(b, budget, 0);
	out_printf(o, "<div class=\"tiles\"><div class=\"tile\"><b>%s</b><span>of all tokens cut</span></div>\n",
		   bench_percent((char[16]){0}, s.cut));
	out_text(o, "<div class=\"tile\"><b>");
	page_number(o, s.tokens);
	out_text(o, "</b><span>tokens left of ");
	page_number(o, s.tokens_before);
	out_text(o, "</span></div>\n");
	if (b->labelled_count) {
		out_printf(o,
			   "<div class=\"tile\"><b>%s</b><span>of labelled lines kept, mean over logs</span></div>\n",
			   bench_percent((char[16]){0}, s.recall));
		out_printf(o, "<div class=\"tile\"><b>%s</b><span>of logs keep %s of theirs</span></div>\n",
			   bench_percent((char[16]){0}, s.hit), b->all_needed ? "all" : "80% or more");
	}
	if (s.seconds > 0)
		out_printf(o, "<div class=\"tile\"><b>%.0f MB/s</b><span>%.2f s for all</span></div>\n",
			   (double)s.bytes / s.seconds / 1e6, s.seconds);
	out_text(o, "</div>\n");
}

/* budget 0: it stands in a row above. */
static void way_row(struct out *o, const struct bench *b, size_t budget, const char *name, const struct bench_sum *s)
{
	out_printf(o, "<tr class=\"%s\"><td class=\"text\">", budget ? "own first" : "");
	if (budget)
		page_number(o, budget);
	out_text(o, "</td><td class=\"text way\">");
	page_text(o, name);
	out_text(o, "</td>");
	number_cell(o, (uint64_t)(s->mean_tokens + 0.5));
	percent_cell(o, s->cut);
	if (b->labelled) {
		percent_cell(o, s->recall);
		percent_cell(o, s->hit);
		percent_cell(o, s->first);
	}
	rate_cells(o, s->bytes, s->seconds);
	out_text(o, "</tr>\n");
}

static void put_ways(struct out *o, const struct bench *b)
{
	static const char *const plain[] = {"budget", "way", "tokens, mean", "cut", "seconds", "MB/s"};
	static const char *const labelled[] = {"budget", "way",   "tokens, mean", "cut", "recall",
					       "hit",    "first", "seconds",      "MB/s"};
	out_text(o, "<h2>By budget</h2>\n<div class=\"scroll\"><table>");
	put_head(o, b->labelled ? labelled : plain, b->labelled ? 9 : 6, 2);
	out_text(o, "<tbody>\n");
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			struct bench_sum s = bench_sum_of(b, i, way);
			way_row(o, b, way ? 0 : b->budgets[i], b->ways[way].name, &s);
		}
	struct bench_sum raw = bench_sum_of_raw(b);
	way_row(o, b, 0, "raw", &raw);
	out_text(o, "</tbody></table></div>\n");
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			struct bench_sum s = bench_sum_of(b, i, way);
			const char *troubles = bench_troubles((char[96]){0}, &s);
			if (!*troubles)
				continue;
			out_text(o, "<p class=\"note\"><code>");
			page_text(o, b->ways[way].name);
			out_printf(o, "</code> at %zu tokens: %s.</p>\n", b->budgets[i], troubles);
		}
}

static void put_files(struct out *o, const struct bench *b, size_t budget)
{
	static const char *const head[] = {"file", "bytes",   "lines", "tokens",   "printed",
					   "cut",  "seconds", "MB/s",  "labelled", "kept"};
	struct bench_sum s = bench_sum_of(b, budget, 0);
	uint64_t lines = 0, labelled = 0;
	out_printf(o, "<details%s><summary>%zu %s at %zu tokens</summary>\n<div class=\"scroll\"><table>",
		   b->file_count <= 20 ? " open" : "", b->file_count, b->file_count == 1 ? "file" : "files",
		   b->budgets[budget]);
	put_head(o, head, b->labelled ? 10 : 8, 1);
	out_text(o, "<tbody>\n");
	for (size_t i = 0; i < b->file_count; i++) {
		const struct bench_file *f = &b->files[i];
		const struct bench_run *run = bench_run_of(b, f, budget, 0);
		out_text(o, "<tr><td class=\"text\">");
		page_text(o, f->path);
		out_text(o, "</td>");
		number_cell(o, f->bytes);
		number_cell(o, f->lines);
		number_cell(o, f->tokens);
		number_cell(o, run->tokens);
		percent_cell(o, bench_cut(f->tokens, run->tokens));
		rate_cells(o, f->bytes, run->seconds);
		lines += f->lines;
		labelled += f->labelled;
		if (b->labelled && f->labelled) {
			number_cell(o, f->labelled);
			percent_cell(o, run->kept.recall);
		} else if (b->labelled) {
			out_text(o, "<td></td><td></td>");
		}
		out_text(o, "</tr>\n");
	}
	out_text(o, "</tbody><tfoot><tr><td class=\"text\">all</td>");
	number_cell(o, s.bytes);
	number_cell(o, lines);
	number_cell(o, s.tokens_before);
	number_cell(o, s.tokens);
	percent_cell(o, s.cut);
	rate_cells(o, s.bytes, s.seconds);
	if (b->labelled) {
		number_cell(o, labelled);
		percent_cell(o, s.recall);
	}
	out_text(o, "</tr></tfoot></table></div></details>\n");
}

struct worst {
	const struct bench_file *file;
	double recall;
	size_t place;
};

static int by_recall(const void *a, const void *b)
{
	const struct worst *x = a, *y = b;
	if (x->recall != y->recall)
		return x->recall < y->recall ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* What ctxcut left out of the labelled lines, the logs that lost most first. */
static void put_lost(struct out *o, const struct bench *b, size_t budget)
{
	struct worst *order = app_zalloc(b->file_count, sizeof *order);
	size_t count = 0;
	for (size_t i = 0; i < b->file_count; i++) {
		const struct bench_file *f = &b->files[i];
		if (f->lost[budget].total)
			order[count++] = (struct worst){f, bench_run_of(b, f, budget, 0)->kept.recall, i};
	}
	qsort(order, count, sizeof *order, by_recall);
	out_printf(o, "<h2>Labelled lines that ctxcut did not keep at %zu tokens</h2>\n", b->budgets[budget]);
	out_printf(o, "<p class=\"note\">In %zu of %zu labelled logs, those with the least recall first.</p>\n", count,
		   b->labelled_count);
	for (size_t i = 0; i < count; i++) {
		const struct bench_lost *lost = &order[i].file->lost[budget];
		out_text(o, "<h3>");
		page_text(o, order[i].file->path);
		out_printf(o, "</h3>\n<p class=\"note\">%zu of %zu not kept, recall %s</p>\n<ul class=\"lost\">",
			   lost->total, order[i].file->labelled, bench_percent((char[16]){0}, order[i].recall));
		for (size_t n = 0; n < lost->count; n++) {
			out_text(o, "<li><code>");
			if (lost->keys[n].line)
				out_printf(o, "<span class=\"faint\">%" PRIu64 "</span> ", lost->keys[n].line);
			page_text(o, lost->keys[n].text);
			out_text(o, "</code></li>\n");
		}
		if (lost->total > lost->count)
			out_printf(o, "<li class=\"faint\">and %zu more</li>\n", lost->total - lost->count);
		out_text(o, "</ul>\n");
	}
	free(order);
}

void bench_write_html(struct out *o, const struct bench *b)
{
	size_t budget = shown_budget(b);
	struct bench_sum s = bench_sum_of(b, budget, 0);
	out_text(o, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>ctxcut "
		    "bench</title>\n<style>\n");
	out_text(o, page_style);
	out_printf(o, "</style></head><body>\n<h1>ctxcut bench</h1>\n<p class=\"faint\">ctxcut %s, %zu %s, ",
		   ctxcut_version(), b->file_count, b->file_count == 1 ? "log" : "logs");
	put_size(o, s.bytes);
	out_printf(o, ", tokens of %s%s", b->encoding, b->estimate ? " (an estimate)" : "");
	if (*b->options) {
		out_text(o, ", <code>");
		page_text(o, b->options);
		out_text(o, "</code>");
	}
	out_printf(o, ". Figures for single logs are those of a budget of %zu tokens.</p>\n", b->budgets[budget]);
	put_tiles(o, b, budget);
	if (b->labelled_count) {
		out_text(o, "<h2>What survives, by tokens printed</h2>\n");
		page_retention_chart(o, b);
		out_printf(o,
			   "<p class=\"note\">Mean over %zu labelled %s. At each budget the other ways get as many "
			   "tokens "
			   "as ctxcut printed, log by log, and fill them with as many whole lines as fit; commands "
			   "print what "
			   "they print. A line is kept when its first 160 characters are in the output, without escape "
			   "sequences, white space folded, without a leading time stamp of a CI system. ",
			   b->labelled_count, b->labelled_count == 1 ? "log" : "logs");
		out_text(o, b->all_needed ? "Recall: kept lines, of all. Hit: all are kept."
					  : "Recall: kept lines, of all or of 30, whichever is less. Hit: a recall of "
					    "80% or more.");
		out_text(o, " First: the first labelled line is kept.</p>\n");
	}
	out_printf(o,
		   "<h2>Tokens before and after</h2>\n<p class=\"note\">\u25cb the whole log, <span class=\"w0 "
		   "key\">\u25cf</span> what ctxcut "
		   "printed within %zu tokens, on a logarithmic scale.</p>\n",
		   b->budgets[budget]);
	size_t shown = page_files_chart(o, b, budget);
	if (shown < b->file_count)
		out_printf(o, "<p class=\"note\">The %zu largest of %zu logs.</p>\n", shown, b->file_count);
	put_ways(o, b);
	out_text(o, "<h2>By file</h2>\n");
	put_files(o, b, budget);
	if (b->lost_wanted && b->labelled)
		put_lost(o, b, budget);
	out_text(o, "</body></html>\n");
}
