/* The figures for programs: JSON, one object; CSV, one line for each file, budget and way. */
#include "app/bench.h"

#include <inttypes.h>
#include <string.h>

static void put_labelled(struct out *o, const struct bench_retention *kept)
{
	out_printf(o, ",\"recall\":%.6f,\"hit\":%s,\"first\":%s", kept->recall, kept->hit ? "true" : "false",
		   kept->first ? "true" : "false");
}

static void put_lost(struct out *o, const struct bench_lost *lost)
{
	out_printf(o, ",\"lost_count\":%zu,\"lost\":[", lost->total);
	for (size_t i = 0; i < lost->count; i++) {
		out_text(o, i ? ",{" : "{");
		if (lost->keys[i].line)
			out_printf(o, "\"line\":%" PRIu64 ",", lost->keys[i].line);
		out_text(o, "\"text\":");
		out_json_string(o, lost->keys[i].text);
		out_text(o, "}");
	}
	out_text(o, "]");
}

static bool is_timed(const struct bench_way *way) { return way->kind == WAY_CTXCUT || way->kind == WAY_COMMAND; }

static void put_way(struct out *o, const struct bench *b, size_t budget, size_t way)
{
	struct bench_sum s = bench_sum_of(b, budget, way);
	out_printf(o, "{\"budget\":%zu,\"way\":", b->budgets[budget]);
	out_json_string(o, b->ways[way].name);
	out_printf(o, ",\"tokens\":%" PRIu64 ",\"tokens_mean\":%.3f,\"cut\":%.6f", s.tokens, s.mean_tokens, s.cut);
	if (is_timed(&b->ways[way]))
		out_printf(o, ",\"seconds\":%.6f", s.seconds);
	if (b->labelled)
		out_printf(o, ",\"recall\":%.6f,\"hit\":%.6f,\"first\":%.6f", s.recall, s.hit, s.first);
	out_printf(o, ",\"over_budget\":%zu,\"failed\":%zu,\"silent\":%zu}", s.over, s.failed, s.silent);
}

static void put_file(struct out *o, const struct bench *b, const struct bench_file *f)
{
	out_text(o, "{\"file\":");
	out_json_string(o, f->path);
	out_printf(o, ",\"bytes\":%" PRIu64 ",\"lines\":%" PRIu64 ",\"tokens\":%" PRIu64 ",\"labelled\":%zu,\"runs\":[",
		   f->bytes, f->lines, f->tokens, f->labelled);
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			const struct bench_run *run = bench_run_of(b, f, i, way);
			out_printf(o, "%s{\"budget\":%zu,\"way\":", i + way ? "," : "", b->budgets[i]);
			out_json_string(o, b->ways[way].name);
			out_printf(o, ",\"tokens\":%" PRIu64 ",\"cut\":%.6f", run->tokens,
				   bench_cut(f->tokens, run->tokens));
			if (is_timed(&b->ways[way]))
				out_printf(o, ",\"seconds\":%.6f", run->seconds);
			if (f->labelled)
				put_labelled(o, &run->kept);
			if (!way && f->labelled && b->lost_wanted)
				put_lost(o, &f->lost[i]);
			out_printf(o, ",\"over_budget\":%s,\"failed\":%s,\"silent\":%s}", run->over ? "true" : "false",
				   run->failed ? "true" : "false", run->silent ? "true" : "false");
		}
	out_text(o, "]}");
}

void bench_write_json(struct out *o, const struct bench *b)
{
	struct bench_sum s = bench_sum_of(b, 0, 0);
	out_printf(o, "{\"version\":\"%s\",\"encoding\":\"%s\",\"estimate\":%s,\"options\":", ctxcut_version(),
		   b->encoding, b->estimate ? "true" : "false");
	out_json_string(o, b->options);
	out_printf(o,
		   ",\"file_count\":%zu,\"labelled_count\":%zu,\"bytes\":%" PRIu64 ",\"tokens\":%" PRIu64
		   ",\"ways\":[\n",
		   b->file_count, b->labelled_count, s.bytes, s.tokens_before);
	for (size_t i = 0; i < b->budget_count; i++)
		for (size_t way = 0; way < b->way_count; way++) {
			out_text(o, i + way ? ",\n" : "");
			put_way(o, b, i, way);
		}
	s = bench_sum_of_raw(b);
	out_printf(o, "],\"raw\":{\"tokens\":%" PRIu64 ",\"tokens_mean\":%.3f", s.tokens, s.mean_tokens);
	if (b->labelled)
		out_printf(o, ",\"recall\":%.6f,\"hit\":%.6f,\"first\":%.6f", s.recall, s.hit, s.first);
	out_text(o, "},\"files\":[\n");
	for (size_t i = 0; i < b->file_count; i++) {
		out_text(o, i ? ",\n" : "");
		put_file(o, b, &b->files[i]);
	}
	out_text(o, "]}\n");
}

/* Quoted where it must be: RFC 4180. */
static void put_field(struct out *o, const char *text)
{
	bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';
	out_text(o, quoted ? "\"" : "");
	for (; *text; text++) {
		out_write(o, text, 1);
		if (quoted && *text == '"')
			out_write(o, text, 1);
	}
	out_text(o, quoted ? "\"" : "");
}

void bench_write_csv(struct out *o, const struct bench *b)
{
	out_text(o, "file,bytes,lines,tokens,labelled,budget,way,printed,cut,seconds,recall,hit,first,over_budget,"
		    "failed,silent\n");
	for (size_t n = 0; n < b->file_count; n++)
		for (size_t i = 0; i < b->budget_count; i++)
			for (size_t way = 0; way < b->way_count; way++) {
				const struct bench_file *f = &b->files[n];
				const struct bench_run *run = bench_run_of(b, f, i, way);
				put_field(o, f->path);
				out_printf(o, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%zu,%zu,", f->bytes, f->lines,
					   f->tokens, f->labelled, b->budgets[i]);
				put_field(o, b->ways[way].name);
				out_printf(o, ",%" PRIu64 ",%.6f,", run->tokens, bench_cut(f->tokens, run->tokens));
				if (is_timed(&b->ways[way]))
					out_printf(o, "%.6f", run->seconds);
				if (f->labelled)
					out_printf(o, ",%.6f,%d,%d", run->kept.recall, run->kept.hit, run->kept.first);
				else
					out_text(o, ",,,");
				out_printf(o, ",%d,%d,%d\n", run->over, run->failed, run->silent);
			}
}
