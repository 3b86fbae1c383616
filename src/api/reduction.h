/* What stands behind the public handle: options, inputs, the finished extract. */
#ifndef CTXCUT_API_REDUCTION_H
#define CTXCUT_API_REDUCTION_H

#include "api/held.h"
#include "api/masking.h"
#include "api/pool.h"
#include "api/status.h"
#include "base/arena.h"
#include "ctxcut.h"
#include "filter/classify.h"
#include "text/pattern.h"
#include "input/lines.h"
#include "input/source.h"
#include "log/scan.h"
#include "render/render.h"
#include "select/extract.h"

enum { BUDGET_NONE = 0, BUDGET_DEFAULT = 4000, BUDGET_LEAST = 100, BUDGET_MOST = 100000000 };

struct settings {
	size_t budget_tokens;   /* BUDGET_NONE: no limit */
	size_t pass_budget_tokens; /* in its place after status 0, when not everything fits; BUDGET_NONE: the same */
	enum encoding encoding;
	struct buf query;       /* owned: one PCRE2 alternation, empty when there is none */
	struct pattern *query_pattern; /* owned */
	enum level level;
	struct stamp since, until;
	bool has_since, has_until;
	bool store;
	char *store_dir;        /* owned, NULL: default */
	enum render_format format;
	bool color, line_numbers, ci, redact;
	bool decode;            /* what is fed may be compressed, or UTF-16 */
	bool status_known;
	bool filters;
	char **filter_names;    /* owned: active throughout */
	size_t filter_name_count, filter_name_cap;
	char *command;          /* owned, NULL: unknown; the command that writes the inputs */
	char *source;           /* owned, NULL: none; the tree in which places that lines name are looked up */
	bool never_whole;       /* choose even where everything would fit: for the samples of filters */
	unsigned threads;       /* 0: as many as there is use for */
	bool narrowed;          /* by level or time: what was asked for is chosen, unless all of the input costs less */
	int exit_status;        /* 128 + term_signal when a signal ended it */
	int term_signal;        /* 0: it exited */
	struct limits limits;
};

/* The shape keys of a good run, an open-addressing set. */
struct baseline {
	uint64_t *keys; /* owned; 0 is empty */
	size_t cap, count;
};

struct input {
	char *name;              /* owned */
	bool is_file;            /* a regular file: its path is its reference */
	struct scan *scan;       /* owned, until the input is pooled, as is the next */
	struct classifier *classifier; /* NULL: no filters */
	struct lines lines;      /* of what is pushed, until it is closed; so are the next two */
	struct buf head;         /* first bytes, to tell binary from text */
	struct held held;
	uint64_t forgotten_to, scratch_bytes; /* of a stream that is not stored: what is forgotten of it was looked at up to here; its size then */
	uint64_t line_count, errors, warnings, error_kinds, tokens;
	bool fed, fed_from;      /* by ctxcut_feed, by ctxcut_feed_from */
	bool tokens_estimated, binary, incomplete;
	bool summed;             /* what is known of its lines is told */
	bool changed;            /* since it was read: no reference holds */
	bool told;               /* that it cannot be read again */
	struct key_blocks keys;  /* private keys, when secrets are masked */
	char decoded_from[12];
	char reference[33];      /* of a stream: the store id; of a file: the hash */
};

/* The pieces that the extract borrows. */
struct pieces {
	struct piece *at;           /* owned */
	size_t count, cap;
	struct extract_line *lines; /* owned; their text is in the arena */
	size_t line_count, line_cap;
};

/* A line as printed. */
struct text {
	struct span span; /* in the arena, as are the cuts: cleaned, and cut when it is over-long */
	const struct cut *cuts;
	size_t cut_count;
	uint32_t secrets; /* masked in it */
};

struct join;

struct ctxcut {
	struct settings settings;
	struct join *join;       /* owned, made at the first need; NULL: none */
	struct store *store;     /* owned, opened at the first need */
	bool store_tried;
	struct err store_err;    /* why there is none */
	struct baseline baseline;
	struct redact *redact;   /* owned, made at the first input; NULL: nothing is masked */
	bool redactions_told;
	size_t name_redactions, line_redactions; /* in names of inputs; in lines */
	struct filter_set *filters; /* made at the first input; NULL: none */
	bool filters_tried, filters_lent; /* lent: not ours to free */
	struct input **inputs;   /* owned */
	size_t input_count, input_cap;
	struct shelf shelf;
	struct pool pool;
	uint64_t pass_tokens;    /* a lower bound of the tokens of all lines, until it passes the budget */
	struct input *open;      /* the input being fed, borrowed */
	struct input *closed;    /* the one before, not pooled yet: the status of its command may still be told, and all may fit; borrowed */
	struct decoder *decoder; /* owned, of the input being fed */
	bool finished;
	bool streams;            /* passing through, and the lines are not held (yet) */
	bool committed;          /* streams were given to the store: no line can be read again */
	uint64_t lines_read, at_level, queried, in_time; /* see struct scan */
	struct extract extract;
	struct pieces pieces;
	struct text *texts;      /* owned: of the lines that were read again */
	size_t text_count, text_cap;
	unsigned width_step;     /* for which lines were cut and counted */
	struct arena arena;      /* everything the extract borrows */
	struct buf error, scratch;
	char **messages;         /* owned */
	size_t message_count, message_cap;
	enum ctxcut_status worst;
};

/* inputs.c: before the first one; what is known of the one that was closed last; its end. */
void inputs_begin(struct ctxcut *c);
void inputs_sum(struct ctxcut *c);
void inputs_free(struct input *in); /* safe on NULL */

/* Leaves the message for ctxcut_error. */
enum ctxcut_status reduction_fail(struct ctxcut *c, const struct err *err);

/* Records a message and remembers the worst status. */
enum ctxcut_status reduction_note(struct ctxcut *c, const struct err *err);

/* Records a message that is no fault. */
void reduction_tell(struct ctxcut *c, const char *text);

/* Works out what is not needed where all of the input is printed as it is: its tokens, its kinds of errors, what its lines are
 * worth. */
void reduction_complete(struct ctxcut *c);

/* fit.c: passes through, or chooses and builds the extract within the budget. May be called again after the format or
 * the line numbers were changed. */
void reduction_fit(struct ctxcut *c);
size_t reduction_render(struct ctxcut *c, struct buf *out);
/* Makes the extract borrow c->pieces. */
void reduction_adopt(struct ctxcut *c);

/* Tokens that the choice may spend when not everything fits. */
size_t reduction_budget(const struct ctxcut *c);

/* filters.c: the filters that apply, at the first input; what is wrong with one is noted, the others stand. */
void reduction_load_filters(struct ctxcut *c);
/* Once all inputs are read: what went wrong with filters in use. */
void reduction_note_filters(struct ctxcut *c);

/* baseline.c: `user` is a struct baseline. What was read before an error stays. */
bool baseline_has(void *user, uint64_t key);
enum err_code baseline_read(struct baseline *b, const char *path, const struct settings *settings, struct err *err);

/* pieces.c */
struct piece *pieces_add(struct pieces *p, const struct piece *piece);
void pieces_add_line(struct pieces *p, const struct extract_line *line);
void pieces_clear(struct pieces *p);
void pieces_release(struct pieces *p);

/* settings.c */
void settings_init(struct settings *s);
void settings_release(struct settings *s);
enum err_code settings_set(struct settings *s, const char *name, const char *value, struct err *err);
enum err_code settings_ready(struct settings *s, struct err *err); /* compiles the query */

#endif
