/* The charts of the page: inline SVG, coloured by the page's style so that light and dark need no second copy. */
#include "app/bench_page.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The way's mark, so that colour is not all that tells the lines apart. */
static void put_mark(struct out *o, size_t way, double x, double y)
{
	switch (way % 5) {
	case 0:
		out_printf(o, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>", x, y);
		break;
	case 1:
		out_printf(o, "<rect x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\"/>", x - 4, y - 4);
		break;
	case 2:
		out_printf(o, "<path d=\"M%.1f %.1fl5 9h-10z\"/>", x, y - 5.5);
		break;
	case 3:
		out_printf(o, "<path d=\"M%.1f %.1fl5.5 5.5l-5.5 5.5l-5.5-5.5z\"/>", x, y - 5.5);
		break;
	default:
		out_printf(o, "<path d=\"M%.1f %.1fl5-9h-10z\"/>", x, y + 5.5);
	}
}

/* ---- retention by tokens ---- */

enum { WIDE = 640, PLOT_LEFT = 56, PLOT_RIGHT = 630, PLOT_TOP = 34, PLOT_BOTTOM = 340 };

struct scale {
	double low, high; /* logarithms */
	double from, to;  /* of the drawing */
};

static double at(const struct scale *s, double value)
{
	double share = (log10(value < 1 ? 1 : value) - s->low) / (s->high - s->low);
	return s->from + (share < 0 ? 0 : share > 1 ? 1 : share) * (s->to - s->from);
}

static double height(double share) { return PLOT_BOTTOM - share * (PLOT_BOTTOM - PLOT_TOP); }

static void put_axes(struct out *o, const struct scale *x)
{
	out_printf(o, "<text class=\"faint\" x=\"0\" y=\"14\">labelled lines kept, mean over logs</text>\n");
	for (int i = 0; i <= 5; i++) {
		double y = height(i / 5.0);
		out_printf(o, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", PLOT_LEFT,
			   PLOT_RIGHT, y, y);
		out_printf(o, "<text class=\"end\" x=\"%d\" y=\"%.1f\">%d%%</text>\n", PLOT_LEFT - 8, y + 4, 20 * i);
	}
	double last = -1e9;
	for (double power = floor(x->low); power <= x->high; power++)
		for (int i = 0; i < 3; i++) {
			static const int steps[] = {1, 2, 5};
			double value = steps[i] * pow(10, power), where = at(x, value);
			if (log10(value) < x->low || log10(value) > x->high)
				continue;
			out_printf(o, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", where,
				   where, PLOT_TOP, PLOT_BOTTOM + 5);
			if (where - last < 50 || where > PLOT_RIGHT - 20)
				continue; /* its number would run into the one before, or out */
			last = where;
			out_printf(o, "<text class=\"middle\" x=\"%.1f\" y=\"%d\">", where, PLOT_BOTTOM + 22);
			page_number(o, (uint64_t)(value + 0.5));
			out_text(o, "</text>\n");
		}
	out_printf(
		o,
		"<text class=\"middle faint\" x=\"%d\" y=\"%d\">tokens printed, mean over logs (logarithmic)</text>\n",
		(PLOT_LEFT + PLOT_RIGHT) / 2, PLOT_BOTTOM + 46);
}

static void put_curve(struct out *o, const struct bench *b, const struct scale *x, size_t way)
{
	out_printf(o, "<g class=\"w%zu\"><path class=\"line\" d=\"", page_way_class(way));
	for (size_t i = 0; i < b->budget_count; i++) {
		struct bench_sum s = bench_sum_of(b, i, way);
		out_printf(o, "%s%.1f %.1f", i ? "L" : "M", at(x, s.mean_tokens), height(s.recall));
	}
	out_text(o, "\"/>\n");
	for (size_t i = 0; i < b->budget_count; i++) {
		struct bench_sum s = bench_sum_of(b, i, way);
		out_text(o, "<g class=\"mark\"><title>");
		page_text(o, b->ways[way].name);
		out_printf(o, ": %s at %.0f tokens</title>", bench_percent((char[16]){0}, s.recall), s.mean_tokens);
		put_mark(o, way, at(x, s.mean_tokens), height(s.recall));
		out_text(o, "</g>\n");
	}
	out_text(o, "</g>\n");
}

struct rank {
	size_t way;
	double recall;
};

static int by_recall(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	if (x->recall != y->recall)
		return x->recall < y->recall ? 1 : -1;
	return x->way < y->way ? -1 : x->way > y->way;
}

/* In the order in which the lines end, so that the eye finds one beside the other. */
static void put_legend(struct out *o, const struct bench *b)
{
	struct rank *ranks = app_zalloc(b->way_count, sizeof *ranks);
	for (size_t i = 0; i < b->way_count; i++)
		ranks[i] = (struct rank){i, bench_sum_of(b, b->budget_count - 1, i).recall};
	qsort(ranks, b->way_count, sizeof *ranks, by_recall);
	out_text(o, "<div class=\"legend\"><span class=\"faint\">kept at the last point, a budget of ");
	page_number(o, b->budgets[b->budget_count - 1]);
	out_text(o, "</span>\n");
	for (size_t i = 0; i < b->way_count; i++) {
		out_printf(o,
			   "<div class=\"w%zu\"><svg viewBox=\"0 0 26 14\" aria-hidden=\"true\"><path class=\"line\" "
			   "d=\"M0 7h26\"/>",
			   page_way_class(ranks[i].way));
		out_text(o, "<g class=\"mark\">");
		put_mark(o, ranks[i].way, 13, 7);
		out_printf(o, "</g></svg><span%s>", ranks[i].way ? "" : " class=\"strong\"");
		page_text(o, b->ways[ranks[i].way].name);
		out_printf(o, "</span><b>%s</b></div>\n", bench_percent((char[16]){0}, ranks[i].recall));
	}
	out_text(o, "</div>\n");
	free(ranks);
}

void page_retention_chart(struct out *o, const struct bench *b)
{
	double low = (double)b->budgets[0], high = low;
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			double mean = bench_sum_of(b, i, way).mean_tokens;
			low = mean > 1 && mean < low ? mean : low;
			high = mean > high ? mean : high;
		}
	/* Wide enough that some number stands at the axis, also of a single budget. */
	double space = log10(high / low) < 0.5 ? 0.4 : 0.06;
	struct scale x = {log10(low) - space, log10(high) + space, PLOT_LEFT, PLOT_RIGHT};
	out_printf(o,
		   "<div class=\"chart\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Labelled lines kept, by "
		   "tokens "
		   "printed\">\n",
		   WIDE, PLOT_BOTTOM + 56);
	put_axes(o, &x);
	for (size_t way = b->way_count; way-- > 0;)
		put_curve(o, b, &x, way); /* ctxcut's last, on top */
	out_text(o, "</svg>\n");
	put_legend(o, b);
	out_text(o, "</div>\n");
}

/* ---- tokens before and after, by file ---- */

/* Bytes of the folder that all files are below: no row needs to say it. */
static size_t common_folder(const struct bench *b)
{
	const char *first = b->files[0].path, *slash = strrchr(first, '/');
	size_t len = slash ? (size_t)(slash - first) + 1 : 0;
	for (size_t i = 1; i < b->file_count && len; i++) {
		size_t same = 0;
		while (same < len && b->files[i].path[same] == first[same])
			same++;
		while (same && first[same - 1] != '/')
			same--;
		len = same;
	}
	return len;
}

/* A file has two lines: its name and figures, below them its dots. */
enum { MOST_FILES = 40, ROW = 38, DOTS_LEFT = 8, DOTS_RIGHT = 632, TOP = 40, NAME_CHARS = 36 };

struct by_file {
	const struct bench_file *file;
	size_t place;
};

static int by_tokens(const void *a, const void *b)
{
	const struct by_file *x = a, *y = b;
	if (x->file->tokens != y->file->tokens)
		return x->file->tokens < y->file->tokens ? 1 : -1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void put_row(struct out *o, const struct bench *b, const struct bench_file *f, size_t budget,
		    const struct scale *x, double y, size_t folder)
{
	const struct bench_run *run = bench_run_of(b, f, budget, 0);
	double before = at(x, (double)f->tokens), after = at(x, (double)run->tokens);
	out_text(o, "<g><title>");
	page_text(o, f->path);
	out_printf(o, "</title><text x=\"0\" y=\"%.1f\">", y);
	page_short(o, f->path + folder, NAME_CHARS, true);
	out_printf(o, "</text><text class=\"end\" x=\"%d\" y=\"%.1f\"><tspan class=\"faint\">", WIDE, y);
	page_number(o, f->tokens);
	out_text(o, " \u2192 ");
	page_number(o, run->tokens);
	out_printf(o, "</tspan> <tspan class=\"strong\">%s</tspan></text>",
		   bench_percent((char[16]){0}, bench_cut(f->tokens, run->tokens)));
	y += 12;
	out_printf(o, "<line class=\"span\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", after, before, y, y);
	out_printf(o, "<circle class=\"before\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/><g class=\"w0 mark\">", before, y);
	put_mark(o, 0, after, y);
	out_text(o, "</g></g>\n");
}

size_t page_files_chart(struct out *o, const struct bench *b, size_t budget)
{
	struct by_file *order = app_zalloc(b->file_count, sizeof *order);
	for (size_t i = 0; i < b->file_count; i++)
		order[i] = (struct by_file){&b->files[i], i};
	qsort(order, b->file_count, sizeof *order, by_tokens);
	size_t shown = b->file_count < MOST_FILES ? b->file_count : MOST_FILES;
	double low = 1e18, high = 10;
	size_t folder = common_folder(b);
	for (size_t i = 0; i < shown; i++) {
		double before = (double)order[i].file->tokens,
		       after = (double)bench_run_of(b, order[i].file, budget, 0)->tokens;
		low = after < low ? after : low;
		high = before > high ? before : high;
	}
	struct scale x = {floor(log10(low < 1 ? 1 : low)), ceil(log10(high)), DOTS_LEFT, DOTS_RIGHT};
	if (x.high <= x.low)
		x.high = x.low + 1;
	double bottom = TOP + ROW * (double)shown;
	out_printf(o,
		   "<div class=\"chart\"><svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"Tokens before and "
		   "after, by "
		   "file\">\n<text class=\"faint\" x=\"0\" y=\"12\">tokens (logarithmic)</text>",
		   WIDE, bottom + 4);
	double last = -1e9;
	for (double power = x.low; power <= x.high; power++) {
		double where = at(&x, pow(10, power));
		out_printf(o, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%.1f\"/>", where, where,
			   TOP - 4, bottom);
		if (where - last < (power == x.high ? 130 : 84))
			continue;
		last = where;
		out_printf(o, "<text class=\"%s faint\" x=\"%.1f\" y=\"%d\">",
			   power == x.low    ? ""
			   : power == x.high ? "end"
					     : "middle",
			   where, TOP - 10);
		page_number(o, (uint64_t)(pow(10, power) + 0.5));
		out_text(o, "</text>\n");
	}
	for (size_t i = 0; i < shown; i++)
		put_row(o, b, order[i].file, budget, &x, TOP + ROW * (double)i + 14, folder);
	out_text(o, "</svg></div>\n");
	free(order);
	return shown;
}
