/* ctxcut bench [CORPUS...]: what a reduction costs and keeps on logs of the user's own, beside other ways to cut them. */
#include "app/bench.h"

#include "app/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUDGET_LEAST = 100, BUDGET_MOST = 100000000 };

/* ---- the command line ---- */

static int by_size(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return x < y ? -1 : x > y;
}

static enum exit_code parse_budgets(struct bench *b, const char *list)
{
	b->budgets = app_zalloc(strlen(list) / 2 + 1, sizeof *b->budgets);
	for (const char *p = list;; p++) {
		size_t digits = strspn(p, "0123456789");
		unsigned long long n = digits && digits < 10 ? strtoull(p, NULL, 10) : 0;
		if (n < BUDGET_LEAST || n > BUDGET_MOST || (p[digits] && p[digits] != ',')) {
			complain("--budgets '%s': must be whole numbers from %d to %d, with commas between them", list,
				 BUDGET_LEAST, BUDGET_MOST);
			return EXIT_USAGE;
		}
		b->budgets[b->budget_count++] = (size_t)n;
		p += digits;
		if (!*p)
			break;
	}
	qsort(b->budgets, b->budget_count, sizeof *b->budgets, by_size);
	size_t kept = 1;
	for (size_t i = 1; i < b->budget_count; i++)
		if (b->budgets[i] != b->budgets[kept - 1])
			b->budgets[kept++] = b->budgets[i];
	b->budget_count = kept;
	return EXIT_FINE;
}

static void add_way(struct bench *b, enum bench_way_kind kind, const char *name)
{
	b->ways[b->way_count++] = (struct bench_way){.kind = kind, .name = name};
}

static void choose_ways(struct bench *b, const struct args *args)
{
	b->ways = app_zalloc(args->value_count + 5, sizeof *b->ways);
	add_way(b, WAY_CTXCUT, "ctxcut");
	if (b->labelled) { /* all that they can differ in: the number of tokens is the same */
		add_way(b, WAY_TAIL, "tail");
		add_way(b, WAY_HEAD_TAIL, "head + tail");
		add_way(b, WAY_GREP_FIRST, "grep -C 3 | head");
		add_way(b, WAY_GREP_LAST, "grep -C 3 | tail");
	}
	for (size_t i = 0; i < args->value_count; i++)
		if (args->values[i].row->id == OPT_AGAINST)
			add_way(b, WAY_COMMAND, args->values[i].value);
}

static bool is_reduction_option(const struct arg_value *v) { return v->row->setting && v->row->id != OPT_FORMAT; }

static char *options_text(const struct args *args)
{
	struct bench_bytes text = {0};
	bench_bytes_add(&text, "", 0);
	for (size_t i = 0; i < args->value_count; i++) {
		const struct arg_value *v = &args->values[i];
		if (!is_reduction_option(v))
			continue;
		bench_bytes_add(&text, text.len ? " --" : "--", text.len ? 3 : 2);
		bench_bytes_add(&text, v->row->name, strlen(v->row->name));
		if (v->row->metavar) {
			bench_bytes_add(&text, " ", 1);
			bench_bytes_add(&text, v->value, strlen(v->value));
		}
	}
	return text.ptr;
}

enum form { FORM_TABLE, FORM_JSON, FORM_CSV, FORM_HTML };

static enum form form_of(const struct args *args)
{
	static const char *const names[] = {"table", "json", "csv", "html"};
	const char *format = args_value(args, OPT_FORMAT), *output = args_value(args, OPT_OUTPUT);
	const char *dot = output ? strrchr(output, '.') : NULL;
	format = format ? format : dot && !strchr(dot, '/') ? dot + 1 : "table";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(format, names[i]) == 0)
			return (enum form)i;
	return FORM_TABLE;
}

/* ---- progress ---- */

struct progress {
	bool shown;
	size_t done, total;
};

static void progress_show(const struct progress *p, const char *path)
{
	enum { WIDE = 24, NAME = 40 };
	if (!p->shown)
		return;
	size_t full = p->total ? p->done * WIDE / p->total : WIDE, len = strlen(path);
	char bar[WIDE + 1];
	for (size_t i = 0; i < WIDE; i++)
		bar[i] = i < full ? '#' : '.';
	bar[WIDE] = '\0';
	const char *name = len > NAME ? path + len - NAME : path;
	while ((*name & 0xc0) == 0x80)
		name++;
	fprintf(stderr, "\r\033[K[%s] %zu of %zu  ", bar, p->done, p->total);
	for (; *name; name++)
		fputc((unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name, stderr);
	fflush(stderr);
}

static void progress_clear(const struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
}

/* ---- measuring one log ---- */

struct job {
	struct bench *bench;
	const struct args *args;
	const char *must;
	struct progress progress;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum exit_code apply(struct ctxcut *c, const struct job *job, size_t budget)
{
	char number[32];
	snprintf(number, sizeof number, "%zu", budget);
	enum ctxcut_status status = ctxcut_set(c, "store", "no");
	for (size_t i = 0; i < job->args->value_count && status == CTXCUT_OK; i++)
		if (is_reduction_option(&job->args->values[i]))
			status = ctxcut_set(c, job->args->values[i].row->setting, job->args->values[i].value);
	if (status == CTXCUT_OK)
		status = ctxcut_set(c, "budget", number);
	if (status != CTXCUT_OK)
		complain("--%s", ctxcut_error(c));
	return exit_of(status);
}

/* The time is that of the whole: open, read, choose, render. */
static enum exit_code reduce(struct bench_bytes *out, const struct job *job, const char *path, size_t budget,
			     double *seconds)
{
	double begin = now();
	struct ctxcut *c = ctxcut_new();
	enum exit_code code = apply(c, job, budget);
	if (code == EXIT_FINE) {
		enum ctxcut_status added = ctxcut_add_file(c, path);
		if (added == CTXCUT_USAGE)
			complain("--%s", ctxcut_error(c));
		code = exit_of(added);
	}
	if (code != EXIT_USAGE) {
		code = exit_worse(code, exit_of(ctxcut_finish(c)));
		out->len = 0;
		code = exit_worse(code, exit_of(ctxcut_render(c, bench_bytes_write, out)));
	}
	*seconds = now() - begin;
	for (size_t i = 0; i < ctxcut_message_count(c); i++)
		complain("%s", ctxcut_message(c, i));
	ctxcut_free(c);
	return code;
}

/* Texts first, alone: what a log does not hold nothing can keep. */
static enum exit_code resolve_labels(struct bench_labels *l, const struct bench_log *log, const struct bench_text *t,
				     struct bench_retention *raw)
{
	enum exit_code code = EXIT_FINE;
	struct bench_labels texts = {0};
	size_t missing;
	for (size_t i = 0; i < log->said_count; i++)
		if (log->said[i].text)
			bench_labels_add(&texts, log->said[i].text, strlen(log->said[i].text), log->said[i].any, 0);
	const char *first = bench_labels_missing(&texts, t->bytes, t->len, &missing);
	if (first) {
		complain("%s: %zu of the labelled texts are not in it: '%.60s'", log->path, missing, first);
		code = EXIT_INPUT;
	}
	for (size_t i = 0; i < log->said_count; i++) {
		const struct ctxcut_label *said = &log->said[i];
		if (said->text)
			bench_labels_add(l, said->text, strlen(said->text), said->any, 0);
		else if (said->last_line > t->lines) {
			complain("%s: labelled lines %" PRIu64 " to %" PRIu64
				 " are not all there: its last line is %zu",
				 log->path, said->first_line, said->last_line, t->lines);
			code = EXIT_INPUT;
		}
		for (uint64_t line = said->first_line; line && line <= said->last_line && line <= t->lines; line++)
			bench_labels_add(l, t->bytes + t->starts[line - 1], t->starts[line] - t->starts[line - 1],
					 said->any, line);
	}
	/* A line of the log is in the log, so there is nothing to search for when no text is missing. */
	*raw = first ? bench_labels_kept(l, t->bytes, t->len, NULL) : (struct bench_retention){1, true, true};
	bench_labels_release(&texts);
	return code;
}

static int take_must(void *user, const char *bytes, size_t len) { return bench_bytes_write(user, bytes, len); }

/* Every line that matches --must. */
static enum exit_code add_must(struct bench_labels *l, const char *path, const char *pattern)
{
	char error[1024];
	struct bench_bytes lines = {0};
	enum ctxcut_status status = ctxcut_show(path, &(struct ctxcut_show_options){.grep = pattern, .line_numbers = 1},
						take_must, &lines, error, sizeof error);
	if (status != CTXCUT_OK)
		complain("%s%s", status == CTXCUT_USAGE ? "--must: " : "", error);
	for (size_t at = 0; at < lines.len;) {
		const char *newline = memchr(lines.ptr + at, '\n', lines.len - at);
		size_t end = newline ? (size_t)(newline - lines.ptr) : lines.len;
		char *text; /* behind "12:" */
		uint64_t line = strtoull(lines.ptr + at, &text, 10);
		size_t begin = (size_t)(text - lines.ptr) + 1;
		bench_labels_add(l, lines.ptr + begin, end - begin, 0, line);
		at = end + 1;
	}
	bench_bytes_release(&lines);
	return exit_of(status);
}

static enum exit_code run_way(const struct job *job, struct bench_file *file, size_t budget, size_t way,
			      const struct bench_text *t, const struct bench_labels *labels, struct bench_bytes *out)
{
	const struct bench *b = job->bench;
	struct bench_run *run = &file->runs[budget * b->way_count + way];
	enum exit_code code = EXIT_FINE;
	/* All others get as many tokens as ctxcut took. */
	size_t tokens = way ? file->runs[budget * b->way_count].tokens : b->budgets[budget];
	if (b->ways[way].kind == WAY_CTXCUT) {
		code = reduce(out, job, file->path, tokens, &run->seconds);
	} else if (b->ways[way].kind == WAY_COMMAND) {
		double begin = now();
		code = bench_command(out, &b->ways[way], file->path, t, tokens, b->timeout_seconds);
		run->seconds = now() - begin;
		out->len = code == EXIT_FINE ? out->len : 0; /* a part would be measured as if it were all */
	} else {
		bench_fill(out, t, b->ways[way].kind, b->encoding, tokens);
	}
	run->failed = code != EXIT_FINE;
	run->tokens = ctxcut_tokens(b->encoding, out->ptr ? out->ptr : "", out->len);
	run->over = run->tokens > tokens;
	run->silent = b->ways[way].kind == WAY_COMMAND && code == EXIT_FINE && file->tokens && !run->tokens;
	if (labels->count)
		run->kept =
			bench_labels_kept(labels, out->ptr ? out->ptr : "", out->len, way ? NULL : &file->lost[budget]);
	return code;
}

static bool needs_text(const struct bench *b) { return b->labelled || b->way_count > 1; }

/* False: nothing is known of this log; it was told why. */
static bool measure(struct job *job, const struct bench_log *log, struct bench_file *file, enum exit_code *code)
{
	struct bench *b = job->bench;
	struct bench_text text = {.bytes = "", .fd = -1};
	struct bench_labels labels = {.all = job->must != NULL};
	struct bench_bytes out = {0};
	char error[1024];
	*file = (struct bench_file){.path = log->path};
	enum ctxcut_status status = ctxcut_tokens_file(b->encoding, log->path, &file->tokens, &file->lines,
						       &file->bytes, error, sizeof error);
	enum exit_code one = exit_of(status);
	if (status != CTXCUT_OK)
		complain("%s", error);
	else if (needs_text(b))
		one = bench_text_open(&text, log->path, b->labelled);
	bool readable = one == EXIT_FINE;
	if (readable) {
		one = exit_worse(one, resolve_labels(&labels, log, &text, &file->raw));
		if (job->must)
			one = exit_worse(one, add_must(&labels, log->path, job->must));
		file->labelled = labels.count;
		file->runs = app_zalloc(b->budget_count * b->way_count, sizeof *file->runs);
		file->lost = app_zalloc(b->budget_count, sizeof *file->lost);
		for (size_t i = 0; i < b->budget_count; i++)
			file->lost[i].most = b->lost_wanted;
	}
	for (size_t i = 0; i < b->budget_count && readable && one != EXIT_USAGE; i++)
		for (size_t way = 0; way < b->way_count && one != EXIT_USAGE; way++)
			one = exit_worse(one, run_way(job, file, i, way, &text, &labels, &out));
	bench_bytes_release(&out);
	bench_labels_release(&labels);
	bench_text_release(&text);
	*code = exit_worse(*code, one);
	return readable;
}

/* ---- sums ---- */

const char *bench_troubles(char into[96], const struct bench_sum *s)
{
	const struct {
		size_t count;
		const char *what;
	} parts[] = {{s->over, "over budget"}, {s->failed, "failed"}, {s->silent, "printed nothing"}};
	int len = 0;
	into[0] = '\0';
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i].count)
			len += snprintf(into + len, 96 - (size_t)len, "%s%zu %s", len ? ", " : "", parts[i].count,
					parts[i].what);
	return into;
}

double bench_cut(uint64_t before, uint64_t after) { return before ? 1 - (double)after / (double)before : 0; }

const char *bench_percent(char into[16], double share)
{
	int decimals = share < 1 && share >= 0.9995 ? share >= 0.99995 ? 4 : 2 : 1;
	snprintf(into, 16, "%.*f%%", decimals, 100 * share);
	return into;
}

static struct bench_sum sum_up(const struct bench *b, size_t budget, size_t way, bool raw)
{
	struct bench_sum s = {0};
	uint64_t tokens = 0;
	for (size_t i = 0; i < b->file_count; i++) {
		const struct bench_file *f = &b->files[i];
		const struct bench_run whole = {.tokens = f->tokens, .kept = f->raw};
		const struct bench_run *run = raw ? &whole : bench_run_of(b, f, budget, way);
		s.tokens += run->tokens;
		s.tokens_before += f->tokens;
		s.bytes += f->bytes;
		s.seconds += run->seconds;
		s.failed += run->failed;
		s.over += run->over;
		s.silent += run->silent;
		if (f->labelled || !b->labelled_count)
			tokens += run->tokens;
		if (f->labelled) {
			s.recall += run->kept.recall;
			s.hit += run->kept.hit;
			s.first += run->kept.first;
		}
	}
	double labelled = b->labelled_count ? (double)b->labelled_count : 1;
	s.recall /= labelled;
	s.hit /= labelled;
	s.first /= labelled;
	size_t counted = b->labelled_count ? b->labelled_count : b->file_count;
	s.mean_tokens = counted ? (double)tokens / (double)counted : 0;
	s.cut = bench_cut(s.tokens_before, s.tokens);
	return s;
}

struct bench_sum bench_sum_of(const struct bench *b, size_t budget, size_t way)
{
	return sum_up(b, budget, way, false);
}

struct bench_sum bench_sum_of_raw(const struct bench *b) { return sum_up(b, 0, 0, true); }

/* ---- the whole ---- */

static void nothing(void *user, const struct ctxcut_label *label)
{
	(void)user;
	(void)label;
}

static enum exit_code check_labels(const char *path)
{
	char error[1024];
	enum ctxcut_status status = ctxcut_labels_read(path, nothing, NULL, error, sizeof error);
	if (status != CTXCUT_OK)
		complain("%s", error);
	return exit_of(status);
}

static enum exit_code measure_all(struct job *job, const struct bench_corpus *corpus)
{
	struct bench *b = job->bench;
	enum exit_code code = EXIT_FINE;
	b->files = app_zalloc(corpus->count, sizeof *b->files);
	for (size_t i = 0; i < corpus->count && code != EXIT_USAGE; i++) {
		job->progress.done = i;
		progress_show(&job->progress, corpus->logs[i].path);
		if (!measure(job, &corpus->logs[i], &b->files[b->file_count], &code))
			continue;
		b->labelled_count += b->files[b->file_count].labelled > 0;
		b->file_count++;
	}
	progress_clear(&job->progress);
	return code;
}

static enum exit_code bench(struct bench *b, const struct args *args, struct bench_corpus *corpus, struct out *o)
{
	static const char *const here[] = {"."};
	const char *labels = args_value(args, OPT_LABELS);
	enum exit_code code =
		bench_corpus_find(corpus, args->operand_count ? args->operands : here,
				  args->operand_count ? args->operand_count : 1, labels, args_value(args, OPT_OUTPUT));
	if (!corpus->count) {
		complain("%s: no log there", args->operand_count ? args->operands[0] : "the current folder");
		return exit_worse(code, EXIT_INPUT);
	}
	struct job job = {.bench = b, .args = args, .must = args_value(args, OPT_MUST)};
	b->labelled = b->all_needed = job.must != NULL;
	for (size_t i = 0; i < corpus->count; i++)
		b->labelled = b->labelled || corpus->logs[i].said_count;
	choose_ways(b, args);
	job.progress = (struct progress){.shown = isatty(STDERR_FILENO), .total = corpus->count};
	code = exit_worse(code, measure_all(&job, corpus));
	if (code == EXIT_USAGE || !b->file_count)
		return code;
	if (b->labelled && !b->labelled_count) {
		complain(job.must ? "--must '%s': no line matches" : "no line is labelled%s", job.must ? job.must : "");
		code = exit_worse(code, EXIT_INPUT);
		b->labelled = false;
	}
	static void (*const writers[])(struct out *, const struct bench *) = {bench_write_table, bench_write_json,
									      bench_write_csv, bench_write_html};
	writers[form_of(args)](o, b);
	return code;
}

int cmd_bench(const struct args *args)
{
	const char *encoding = args_value(args, OPT_ENCODING), *list = args_value(args, OPT_BUDGETS);
	struct bench b = {.encoding = encoding ? encoding : "o200k_base"};
	struct bench_corpus corpus = {0};
	struct out o;
	b.estimate = strcmp(b.encoding, "claude") == 0;
	b.options = options_text(args);
	/* The page is there to be looked at. */
	b.lost_wanted = (size_t)args_number(args, OPT_LOST, form_of(args) == FORM_HTML ? 10 : 0);
	b.timeout_seconds = (size_t)args_number(args, OPT_TIMEOUT, 60);
	enum exit_code code = EXIT_FINE;
	if (list)
		code = parse_budgets(&b, list);
	else
		code = parse_budgets(&b, form_of(args) == FORM_HTML ? "500,1000,2000,4000,8000"
								    : "4000"); /* a curve needs some */
	if (code == EXIT_FINE && args_has(args, OPT_LABELS))
		code = check_labels(args_value(args, OPT_LABELS));
	/* Before anything is measured: that may take long. */
	if (code == EXIT_FINE && (code = out_open(&o, args_value(args, OPT_OUTPUT))) == EXIT_FINE) {
		code = bench(&b, args, &corpus, &o);
		code = exit_worse(code, out_close(&o));
	}
	for (size_t i = 0; i < b.file_count; i++) {
		for (size_t k = 0; k < b.budget_count; k++)
			bench_lost_release(&b.files[i].lost[k]);
		free(b.files[i].lost);
		free(b.files[i].runs);
	}
	free(b.files);
	free(b.ways);
	free(b.budgets);
	free(b.options);
	bench_corpus_release(&corpus);
	return (int)code;
}
