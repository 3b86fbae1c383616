/* ctxcut bench: what its files share. A corpus is walked, each log is reduced at each budget and cut by other ways at the
 * same number of tokens, and what labelled lines survive is counted; then one of the writers prints the figures. */
#ifndef CTXCUT_APP_BENCH_H
#define CTXCUT_APP_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/args.h"
#include "app/out.h"

/* ---- bytes that grow ---- */

struct bench_bytes {
	char *ptr; /* owned; NUL behind the bytes once something was added */
	size_t len, cap;
};

void bench_bytes_release(struct bench_bytes *b);
void bench_bytes_add(struct bench_bytes *b, const char *bytes, size_t len);
int bench_bytes_write(void *b, const char *bytes, size_t len); /* of type ctxcut_write */
/* At least `need` elements of `size_bytes` in an array of capacity *cap. */
void *bench_grown(void *array, size_t *cap, size_t need, size_t size_bytes);

/* ---- labels: lines that must survive ---- */

/* Labelled lines are compared by text, as it is without escape sequences, with white space folded, without a leading time
 * stamp of a CI system, up to 160 characters. So tools that number, cut or reorder lines are measured alike. */
struct bench_key {
	char *text;    /* owned */
	uint64_t line; /* the first that says it; 0: a text was given */
	size_t any;    /* keys of the same number are one label, of which any is enough; 0: one by itself */
};

struct bench_labels {
	struct bench_key *keys; /* owned: distinct, in the order given */
	size_t key_count, cap;
	size_t *slots; /* owned: a hash table of 1-based indices of keys */
	size_t slot_count;
	size_t count; /* of labels */
	bool all;     /* every one must survive, however many they are; else 30 are enough */
};

void bench_labels_release(struct bench_labels *l);
void bench_labels_add(struct bench_labels *l, const char *text, size_t len, size_t any, uint64_t line);

/* The first of the labels that are not in the log itself, and how many those are; NULL: there is none. */
const char *bench_labels_missing(const struct bench_labels *l, const char *log, size_t len, size_t *count);

struct bench_retention {
	double recall; /* labels kept, of those that there are, or of 30 */
	bool hit;      /* recall of 0.8 and more; with `all`: of 1 */
	bool first;    /* the first labelled line is kept */
};

/* The first so many labels that were not kept, and how many there are. */
struct bench_lost {
	struct bench_key *keys; /* owned, their texts too */
	size_t count, most, total;
};

void bench_lost_release(struct bench_lost *lost);
/* lost may be NULL; else its `most` says how many are wanted. */
struct bench_retention bench_labels_kept(const struct bench_labels *l, const char *output, size_t len,
					 struct bench_lost *lost);

/* ---- the corpus ---- */

struct bench_log {
	char *path;                /* owned */
	struct ctxcut_label *said; /* owned, texts too: what files of labels say of it */
	size_t said_count, said_cap;
	size_t groups, groups_before; /* numbers of `any` in them; in files before the one in work */
};

struct bench_corpus {
	struct bench_log *logs;
	size_t count, cap;
};

/* Finds the logs below the operands, in order of name, and the labels beside them or in labels_path. Anything but EXIT_FINE
 * was told; what was found stands. `output` is left out, as are hidden names. */
enum exit_code bench_corpus_find(struct bench_corpus *c, const char *const *operands, size_t count,
				 const char *labels_path, const char *output);
void bench_corpus_release(struct bench_corpus *c);

/* ---- one log, decoded ---- */

struct bench_text {
	const char *bytes; /* mapped */
	size_t len;
	int fd;         /* owned */
	size_t *starts; /* owned: of each line, and the end of the last */
	size_t lines;
	size_t *around; /* owned: indices of lines with a severity word or next to one, ascending */
	size_t around_count;
};

enum exit_code bench_text_open(struct bench_text *t, const char *path, bool find_words);
void bench_text_release(struct bench_text *t);

/* ---- ways to cut ---- */

enum bench_way_kind { WAY_CTXCUT, WAY_TAIL, WAY_HEAD_TAIL, WAY_GREP_FIRST, WAY_GREP_LAST, WAY_COMMAND };

struct bench_way {
	enum bench_way_kind kind;
	const char *name; /* borrowed; of a command, its text */
	bool told;        /* that the command could not be run */
	size_t late;      /* so often it was ended for its time */
};

/* As many lines as fit `budget` by exact count, the way's most wanted first, in file order. */
void bench_fill(struct bench_bytes *out, const struct bench_text *t, enum bench_way_kind kind, const char *encoding,
		size_t budget);

/* What the command printed, within so many seconds. Anything but EXIT_FINE: it could not be run or was ended, which is told
 * once; what it had printed until then is no measure. */
enum exit_code bench_command(struct bench_bytes *out, struct bench_way *way, const char *path,
			     const struct bench_text *t, size_t budget, size_t seconds);

/* ---- figures ---- */

struct bench_run {
	uint64_t tokens; /* printed */
	double seconds;  /* of ctxcut and of commands */
	struct bench_retention kept;
	bool failed, over; /* over the budget it was given */
	bool silent;       /* a command that printed nothing of a log that is not empty */
};

struct bench_file {
	const char *path; /* borrowed */
	uint64_t bytes, lines, tokens;
	size_t labelled;            /* distinct labelled lines; 0: retention is not measured */
	struct bench_run *runs;     /* owned: of each budget, one for each way */
	struct bench_lost *lost;    /* owned: of each budget, by ctxcut */
	struct bench_retention raw; /* of the whole log: less than all only when labels are wrong */
};

struct bench {
	const char *encoding;
	bool estimate; /* no exact vocabulary */
	char *options; /* owned: of the reduction, as given */
	size_t *budgets;
	size_t budget_count;
	struct bench_way *ways; /* the first is ctxcut's */
	size_t way_count;
	struct bench_file *files;
	size_t file_count, labelled_count;
	bool labelled;          /* labels were asked for or found */
	bool all_needed;        /* for a hit */
	size_t lost_wanted;     /* so many labels that were not kept are told, for each log and budget */
	size_t timeout_seconds; /* of commands */
};

static inline const struct bench_run *bench_run_of(const struct bench *b, const struct bench_file *f, size_t budget,
						   size_t way)
{
	return &f->runs[budget * b->way_count + way];
}

/* Over all files; retention over the labelled ones. */
struct bench_sum {
	uint64_t tokens, tokens_before, bytes;
	double cut; /* share of all tokens that was left out: size-weighted */
	double seconds;
	double mean_tokens;        /* of a labelled file, or of any when there is none */
	double recall, hit, first; /* means over labelled files */
	size_t failed, over, silent;
};
struct bench_sum bench_sum_of(const struct bench *b, size_t budget, size_t way);
struct bench_sum bench_sum_of_raw(const struct bench *b);
double bench_cut(uint64_t before, uint64_t after);
/* What is to be said of the sum: "2 over budget, 1 failed", or "". */
const char *bench_troubles(char into[96], const struct bench_sum *s);
/* "97.3%": of almost all it says how much is missing. */
const char *bench_percent(char into[16], double share);

void bench_write_table(struct out *o, const struct bench *b);
void bench_write_json(struct out *o, const struct bench *b);
void bench_write_csv(struct out *o, const struct bench *b);
void bench_write_html(struct out *o, const struct bench *b);

#endif
