/* Trying filters: their samples, and what became of one line. */
#include "api/filters.h"

#include "api/masking.h"
#include "base/mem.h"
#include "filter/builtin.h"
#include "select/score.h"
#include "text/clean.h"

#include <stdio.h>
#include <stdlib.h>

struct ctxcut_filters {
	struct filter_set *set; /* owned */
	char **messages;        /* owned */
	size_t message_count, message_cap;
	struct buf error;
	struct redact *redact;  /* owned; NULL: nothing is masked */
};

static void keep_message(void *user, const struct err *err)
{
	struct ctxcut_filters *f = user;
	MEM_GROW(f->messages, f->message_cap, f->message_count + 1);
	f->messages[f->message_count++] = mem_strdup(err->text);
}

struct ctxcut_filters *ctxcut_filters_new(void)
{
	struct ctxcut_filters *f = mem_zalloc(1, sizeof *f);
	f->set = filters_load(keep_message, f);
	return f;
}

void ctxcut_filters_free(struct ctxcut_filters *f)
{
	if (!f)
		return;
	filter_set_free(f->set);
	for (size_t i = 0; i < f->message_count; i++)
		free(f->messages[i]);
	free(f->messages);
	buf_release(&f->error);
	redact_free(f->redact);
	free(f);
}

static enum ctxcut_status fail(struct ctxcut_filters *f, const struct err *err)
{
	buf_clear(&f->error);
	buf_add_str(&f->error, err->text);
	return status_of(err->code);
}

enum ctxcut_status ctxcut_filters_add_file(struct ctxcut_filters *f, const char *path)
{
	struct err err = {0};
	struct buf yaml = {0};
	enum err_code code = filter_file_read(&yaml, path, &err);
	if (code == ERR_OK)
		code = filter_set_add(f->set, buf_span(&yaml), path, FILTER_GIVEN, &err);
	buf_release(&yaml);
	return code == ERR_OK ? CTXCUT_OK : fail(f, &err);
}

const char *ctxcut_filters_error(const struct ctxcut_filters *f) { return f->error.ptr ? f->error.ptr : ""; }
size_t ctxcut_filters_message_count(const struct ctxcut_filters *f) { return f->message_count; }
const char *ctxcut_filters_message(const struct ctxcut_filters *f, size_t i) { return i < f->message_count ? f->messages[i] : ""; }
size_t ctxcut_filters_count(const struct ctxcut_filters *f) { return filter_set_count(f->set); }
size_t ctxcut_filters_find(const struct ctxcut_filters *f, const char *name) { return filter_set_find(f->set, name); }

enum ctxcut_status ctxcut_filters_get(const struct ctxcut_filters *f, size_t i, struct ctxcut_filter_info *out)
{
	static const char *const origins[] = {[FILTER_BUILTIN] = "built-in", [FILTER_USER] = "user", [FILTER_REPOSITORY] = "repository",
	                                      [FILTER_GIVEN] = "given"};
	struct filter_info info;
	if (i >= filter_set_count(f->set))
		return CTXCUT_USAGE;
	filter_set_info(f->set, i, &info);
	*out = (struct ctxcut_filter_info){info.name, info.about, info.path, origins[info.origin], info.yaml.ptr, info.yaml.len};
	return CTXCUT_OK;
}

enum ctxcut_status ctxcut_filters_trust(const char *path, char *error, size_t error_size)
{
	struct err err = {0};
	if (filter_trust(path, &err) == ERR_OK)
		return CTXCUT_OK;
	snprintf(error, error_size, "%s", err.text);
	return status_of(err.code);
}

void ctxcut_filters_redact(struct ctxcut_filters *f)
{
	if (!f->redact)
		f->redact = masking_new();
}

static enum ctxcut_status flush(struct ctxcut_filters *f, struct buf *out, ctxcut_write *write, void *user)
{
	struct err err = {0};
	int stopped = out->len ? write(user, out->ptr, out->len) : 0;
	buf_release(out);
	if (!stopped)
		return CTXCUT_OK;
	err_set(&err, ERR_OUTPUT, "the output could not be written");
	return fail(f, &err);
}

enum ctxcut_status ctxcut_filters_skeleton(struct ctxcut_filters *f, const char *name, const char *log, size_t len, ctxcut_write *write,
                                           void *user)
{
	struct buf out = {0};
	struct err err = {0};
	for (const char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || ((*p == '-' || *p == '_') && p > name)))
			return err_set(&err, ERR_USAGE, "the name '%s': use small letters, digits, - and _", name), fail(f, &err);
	if (len == 0)
		return err_set(&err, ERR_USAGE, "the log is empty: give what the tool printed on standard input"), fail(f, &err);
	struct buf masked = {0};
	if (f->redact)
		masking_apply_lines(f->redact, &masked, span_of(log, len));
	filter_skeleton(&out, name, f->redact ? buf_span(&masked) : span_of(log, len));
	buf_release(&masked);
	return flush(f, &out, write, user);
}

/* ---- a reduction that is watched ---------------------------------------------------------------------------------- */

/* What rules said, for some lines or for all. */
struct watched {
	struct ctxcut *c;
	struct classifier *classifier; /* borrowed from the input */
	uint64_t line_no;   /* of interest; 0: every line */
	struct said {
		struct buf notes; /* owned: finished text, one line for each rule */
		struct record before, after;
		enum trace_role role;
	} *lines;           /* owned, by line number - 1; only [0] when line_no is set */
	size_t count, cap;
};

static void describe(struct buf *out, const struct filter_note *n)
{
	static const char *const words[] = {
		[FILTER_STARTED] = "begins here", [FILTER_ENDED] = "ends here", [FILTER_RULE] = "decides",
		[FILTER_LATER] = "matches too, but comes later", [FILTER_VETOED] = "is vetoed by its `unless`",
		[FILTER_OPENED] = "opens a block", [FILTER_HELD] = "holds the line in its block", [FILTER_CLOSED] = "closed its block before this line",
		[FILTER_SILENT] = "is active, no rule of it matches",
	};
	buf_addf(out, "  filter %s: ", n->filter);
	if (n->line && n->event != FILTER_STARTED)
		buf_addf(out, "%s:%u ", n->path, n->line);
	buf_add_str(out, words[n->event]);
	if (n->class != FILTER_CLASS_NONE)
		buf_addf(out, ", class %s", filter_class_name(n->class));
	if (n->on != FILTER_ANY_STATUS)
		buf_addf(out, " on %s", n->on == FILTER_ON_SUCCESS ? "success" : "failure");
	if (n->pattern.len)
		buf_addf(out, ": %.*s", (int)(n->pattern.len < 160 ? n->pattern.len : 160), n->pattern.ptr);
	buf_add_char(out, '\n');
}

static struct said *said_of(struct watched *w, uint64_t line_no)
{
	if (w->line_no && line_no != w->line_no)
		return NULL;
	size_t at = w->line_no ? 0 : (size_t)line_no - 1;
	if (at >= w->count) {
		MEM_GROW(w->lines, w->cap, at + 1);
		memset(w->lines + w->count, 0, (at + 1 - w->count) * sizeof *w->lines);
		w->count = at + 1;
	}
	return &w->lines[at];
}

static void watch_note(void *user, uint64_t line_no, const struct filter_note *n)
{
	struct said *said = said_of(user, line_no);
	if (said)
		describe(&said->notes, n);
}

static void watch_line(void *user, struct scan_judged *line)
{
	struct watched *w = user;
	struct said *said = said_of(w, line->no);
	if (said) {
		said->before = *line->record;
		said->role = line->role;
	}
	if (w->classifier)
		classifier_line(w->classifier, line);
	said = said_of(w, line->no); /* the array may have grown */
	if (said)
		said->after = *line->record;
}

/* Begins a reduction of one input with the filters of `f`. */
static enum ctxcut_status watch_begin(struct watched *w, struct ctxcut_filters *f, const char *name)
{
	if (w->c->settings.filters)
		w->c->filters = f->set;
	w->c->filters_lent = true;
	enum ctxcut_status status = ctxcut_begin(w->c, name);
	if (status != CTXCUT_OK)
		return status;
	w->classifier = w->c->open->classifier;
	if (w->classifier)
		classifier_watch(w->classifier, watch_note, w);
	w->c->open->scan->options.classify = watch_line;
	w->c->open->scan->options.classify_user = w;
	return status;
}

static void watched_release(struct watched *w)
{
	for (size_t i = 0; i < w->count; i++)
		buf_release(&w->lines[i].notes);
	free(w->lines);
	ctxcut_free(w->c);
}

static void describe_verdict(struct buf *out, const struct record *r)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{VERDICT_BLANK, "blank"}, {VERDICT_PASS, "pass"}, {VERDICT_NOISE, "noise"}, {VERDICT_WARNING, "warning"},
		{VERDICT_STRONG, "strong"}, {VERDICT_LOCATION, "location"}, {VERDICT_COUNT, "count"}, {VERDICT_NUMBERED, "numbered"},
		{VERDICT_LEVELLED, "level"}, {VERDICT_DETAIL, "detail"}, {VERDICT_HEADING, "heading"}, {VERDICT_STAMPED, "stamped"},
		{VERDICT_EXITED, "failing exit"},
	};
	buf_addf(out, "class %s, worth %.2f", line_class_name((enum line_class)r->class), (double)r->base);
	bool any = false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (r->flags & names[i].flag) {
			buf_addf(out, "%s%s", any ? ", " : " (", names[i].name);
			any = true;
		}
	buf_add_str(out, any ? ")\n" : "\n");
}

static const char *role_name(enum trace_role role)
{
	static const char *const names[] = {
		[TRACE_NONE] = "none", [TRACE_HEAD] = "head", [TRACE_MESSAGE] = "message", [TRACE_FRAME] = "own frame",
		[TRACE_FOREIGN] = "foreign frame", [TRACE_SOURCE] = "source line", [TRACE_MORE] = "more",
	};
	return names[role];
}

static void describe_said(struct buf *out, const struct said *said)
{
	buf_add_str(out, "  general rules: ");
	describe_verdict(out, &said->before);
	if (said->role != TRACE_NONE)
		buf_addf(out, "  stack trace: %s\n", role_name(said->role));
	buf_add_span(out, buf_span(&said->notes));
	buf_add_str(out, "  in the end: ");
	describe_verdict(out, &said->after);
}

/* ---- samples ------------------------------------------------------------------------------------------------------ */

enum { SAMPLE_TOKENS = 100, SAMPLE_SLACK = 200 /* for the header, marks and neighbours */ };

struct sample_run {
	struct watched w;
	const struct filter_definition *d;
	const struct filter_sample *sample;
	struct buf *report;
	size_t misjudged;
};

static struct span line_at(struct span text, uint64_t no)
{
	for (uint64_t i = 1; text.len; i++) {
		size_t end = span_find(text, SPAN("\n"));
		if (i == no)
			return span_head(text, end == SIZE_MAX ? text.len : end);
		if (end == SIZE_MAX)
			break;
		text = span_from(text, end + 1);
	}
	return span_of("", 0);
}

static uint64_t line_count(struct span text)
{
	uint64_t n = text.len && text.ptr[text.len - 1] != '\n';
	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n';
	return n;
}

static bool is_kept(const struct sample_run *run, uint64_t no)
{
	size_t len;
	return ctxcut_line(run->w.c, 0, no, &len) != NULL;
}

static void misjudged(struct sample_run *run, uint64_t no, const char *what)
{
	struct span line = line_at(run->sample->input, no);
	buf_addf(run->report, "%s:%u: sample line %llu %s: %.*s\n", run->d->path, run->sample->line, (unsigned long long)no, what,
	         (int)(line.len < 200 ? line.len : 200), line.ptr);
	if (no <= run->w.count)
		describe_said(run->report, &run->w.lines[no - 1]);
	run->misjudged++;
}

/* Tokens that the lines to keep need by themselves. */
static size_t tokens_to_keep(const struct filter_sample *s)
{
	size_t tokens = 0;
	for (size_t k = 0; k < s->keep_count; k++)
		for (uint64_t no = 1, lines = line_count(s->input); no <= lines; no++) {
			struct span line = line_at(s->input, no);
			if (span_find(line, s->keep[k]) == SIZE_MAX)
				continue;
			tokens += tokens_count(ENCODING_O200K, line) + 1;
			break;
		}
	return tokens;
}

static void check_lines(struct sample_run *run)
{
	const struct filter_sample *s = run->sample;
	uint64_t lines = line_count(s->input);
	for (size_t k = 0; k < s->keep_count; k++)
		for (uint64_t no = 1; no <= lines; no++)
			if (span_find(line_at(s->input, no), s->keep[k]) != SIZE_MAX) {
				if (!is_kept(run, no))
					misjudged(run, no, "should be kept and was left out");
				break;
			}
	for (size_t k = 0; k < s->drop_count; k++)
		for (uint64_t no = 1; no <= lines; no++)
			if (span_find(line_at(s->input, no), s->drop[k]) != SIZE_MAX && is_kept(run, no)) {
				misjudged(run, no, "should be left out and was kept");
				break;
			}
	/* What a passing run prints is no failure. */
	for (uint64_t no = 1; s->status == 0 && no <= lines && no <= run->w.count; no++)
		if (run->w.lines[no - 1].after.class >= CLASS_ERROR)
			misjudged(run, no, "of a passing run is taken for a failure");
}

static bool began(const struct sample_run *run)
{
	struct buf want = {0};
	bool found = false;
	buf_addf(&want, "  filter %s: begins here", run->d->name.ptr);
	for (size_t i = 0; i < run->w.count && !found; i++)
		found = span_find(buf_span(&run->w.lines[i].notes), buf_span(&want)) != SIZE_MAX;
	buf_release(&want);
	return found;
}

static size_t run_at_budget(struct ctxcut_filters *f, const struct filter_definition *d, const struct filter_sample *s, size_t budget,
                            struct buf *report)
{
	struct sample_run run = {.w = {.c = ctxcut_new()}, .d = d, .sample = s, .report = report};
	struct settings *settings = &run.w.c->settings;
	settings->store = false;
	settings->never_whole = true;
	settings->budget_tokens = budget;
	settings->status_known = true;
	settings->exit_status = s->status;
	watch_begin(&run.w, f, "sample");
	ctxcut_feed(run.w.c, s->input.ptr, s->input.len);
	ctxcut_finish(run.w.c);
	if (!began(&run)) {
		buf_addf(report, "%s:%u: nothing in the sample gives the tool away: add what its output begins with, or another detect\n", d->path,
		         s->line);
		run.misjudged++;
	}
	check_lines(&run);
	watched_release(&run.w);
	return run.misjudged;
}

/* What shall be kept must come before what shall go: one budget must do, from very little to twice what is to be kept. (One fixed
 * budget would make a sample depend on the length of the header and on constants of the scorer.) */
static size_t run_sample(struct ctxcut_filters *f, const struct filter_definition *d, const struct filter_sample *s, struct buf *report)
{
	size_t most = SAMPLE_SLACK + 2 * tokens_to_keep(s), fewest = SIZE_MAX;
	if (most < s->budget)
		most = s->budget;
	struct buf best = {0};
	for (size_t budget = SAMPLE_TOKENS; budget <= most && fewest; budget += budget / 25) {
		struct buf attempt = {0};
		size_t misjudged_lines = run_at_budget(f, d, s, budget, &attempt);
		if (misjudged_lines < fewest) {
			fewest = misjudged_lines;
			buf_release(&best);
			best = attempt;
		} else {
			buf_release(&attempt);
		}
	}
	buf_add_span(report, buf_span(&best));
	buf_release(&best);
	return fewest;
}

enum ctxcut_status ctxcut_filters_test(struct ctxcut_filters *f, size_t i, ctxcut_write *write, void *user, struct ctxcut_filter_test *out)
{
	struct err err = {0};
	struct buf report = {0};
	*out = (struct ctxcut_filter_test){0};
	if (i >= filter_set_count(f->set))
		return err_set(&err, ERR_USAGE, "there is no such filter"), fail(f, &err);
	const struct filter_definition *d = filter_set_definition(f->set, i);
	if (!d)
		return fail(f, filter_set_message(f->set, filter_set_message_count(f->set) - 1));
	for (size_t s = 0; s < d->sample_count; s++) {
		out->samples++;
		out->failed += run_sample(f, d, &d->samples[s], &report) > 0;
	}
	if (definition_check_samples(d, &err) != ERR_OK) {
		buf_addf(&report, "%s\n", err.text);
		out->failed++;
	}
	return flush(f, &report, write, user);
}

/* ---- explaining a line -------------------------------------------------------------------------------------------- */

static void describe_score(struct buf *out, struct ctxcut *c, uint64_t line_no)
{
	const struct pool *pool = &c->pool;
	size_t i = 0, len;
	reduction_complete(c); /* also when all fits */
	while (i < pool->count && pool->at[i].no != line_no)
		i++;
	if (i == pool->count) {
		buf_add_str(out, "  score: none is held: the input is so large that lines far from any failure are only counted\n");
		return;
	}
	uint64_t anchor = pool->at[pool->at[i].anchor].no;
	buf_addf(out, "  score: %.3f", (double)pool->at[i].value);
	if (anchor != line_no)
		buf_addf(out, ", most of it from line %llu", (unsigned long long)anchor);
	buf_addf(out, "%s\n  %s with a budget of %zu tokens\n", pool->inputs[0].service ? " (as in a service's log)" : "",
	         ctxcut_line(c, 0, line_no, &len) ? "kept" : "left out", c->settings.budget_tokens);
}

enum ctxcut_status ctxcut_filters_explain(struct ctxcut_filters *f, const char *path, uint64_t line_no, const char *const *set,
                                          size_t set_count, ctxcut_write *write, void *user)
{
	struct err err = {0};
	struct source *source = NULL;
	struct buf out = {0};
	struct watched w = {.c = ctxcut_new(), .line_no = line_no};
	enum ctxcut_status status = CTXCUT_OK;
	w.c->settings.store = false;
	w.c->settings.decode = false; /* the source has done it */
	w.c->settings.redact = f->redact != NULL;
	for (size_t i = 0; i < set_count && status == CTXCUT_OK; i++) {
		const char *equals = strchr(set[i], '=');
		char *name = mem_strndup(set[i], equals ? (size_t)(equals - set[i]) : strlen(set[i]));
		if ((status = ctxcut_set(w.c, name, equals ? equals + 1 : "")) != CTXCUT_OK)
			err_set(&err, ERR_USAGE, "%s", ctxcut_error(w.c));
		free(name);
	}
	if (status == CTXCUT_OK && source_open(&source, path, &err) == ERR_OK && (status = watch_begin(&w, f, path)) == CTXCUT_OK) {
		char *window = mem_alloc(READ_WINDOW_BYTES);
		ssize_t n;
		while ((n = source_read(source, window, READ_WINDOW_BYTES, &err)) > 0)
			ctxcut_feed(w.c, window, (size_t)n);
		free(window);
		ctxcut_finish(w.c);
		if (n >= 0 && (!w.count || !w.lines[0].after.no))
			err_set(&err, ERR_MISSING, "%s: has %llu lines, no line %llu", path, (unsigned long long)w.c->inputs[0]->line_count,
			        (unsigned long long)line_no);
	}
	if (err.code == ERR_OK && status == CTXCUT_OK) {
		buf_addf(&out, "%s:%llu\n", path, (unsigned long long)line_no);
		describe_said(&out, &w.lines[0]);
		describe_score(&out, w.c, line_no);
		if (f->redact) { /* names of files */
			struct buf masked = {0};
			masking_apply_lines(f->redact, &masked, buf_span(&out));
			buf_release(&out);
			out = masked;
		}
		status = flush(f, &out, write, user);
	} else {
		status = fail(f, &err);
	}
	source_free(source);
	watched_release(&w);
	return status;
}
