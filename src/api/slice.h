/* What stands behind the public handle of slices: what was asked, what was found, what is shown of it. */
#ifndef CTXCUT_API_SLICE_H
#define CTXCUT_API_SLICE_H

#include "api/masking.h"
#include "api/status.h"
#include "base/arena.h"
#include "ctxcut.h"
#include "render/slices.h"
#include "tree/name.h"
#include "tree/sources.h"

enum { SLICE_BUDGET_DEFAULT = 4000, SLICE_BUDGET_LEAST = 100, SLICE_BUDGET_MOST = 100000000 };
enum {
	FOUND_MOST = 200,      /* of one query */
	CONTEXT_OF_PLACE = 10, /* lines around a place that lies in no definition */
	CONTEXT_OF_USE = 2,    /* lines around a call, in its definition */
};

struct slice_settings {
	size_t budget_tokens; /* 0: none */
	enum encoding encoding;
	enum render_format format;
	bool line_numbers, callers, tests, imports, redact;
	bool has_context;
	uint64_t context;
};

enum found_role { FOUND_QUERY, FOUND_CALLER, FOUND_TEST, FOUND_IMPORT };

struct found_mark {
	uint64_t line, column;
	struct span note;
};

/* A piece of a file that may be shown. */
struct found {
	enum found_role role;
	uint32_t file;           /* number in the sources' places */
	uint64_t first, last;
	uint64_t head;           /* the line that names it: its signature; first where there is none */
	struct span kind, name;  /* in the arena */
	struct span note;        /* in the arena; of an import: what it says */
	struct found_mark *marks; /* owned */
	size_t mark_count, mark_cap;
	bool recovered;
	bool around;             /* only its head and the lines near its marks are wanted */
	bool named;              /* only to be named */
	bool ranked;             /* the better fits come first: they are shown whole before others are shown at all */
	double weight;           /* share of the budget, beside others */
};

struct ctxcut_slice {
	struct slice_settings settings;
	struct walk_options walk;
	char **globs;            /* owned */
	size_t glob_count, glob_cap;
	struct sources *sources; /* owned; made with the first tree or query */
	bool has_tree;
	struct found *found;     /* owned; in the order to print */
	size_t found_count, found_cap;
	struct span *notes;      /* owned; texts in the arena */
	size_t note_count, note_cap;
	uint64_t more;           /* fitting ones beyond FOUND_MOST */
	bool missed;             /* a query found nothing */
	struct redact *redact;   /* owned; made at the first need */
	struct arena arena;
	bool finished;
	struct source_file **files; /* owned: in use by the items */
	size_t file_count, file_cap;
	struct slice_item *items; /* owned, with what they own */
	size_t item_count;
	struct buf out;          /* the rendering */
	struct buf error;
};

/* Adds something found; NULL when a slice of the same lines was there already, which then has its marks. */
struct found *slice_add(struct ctxcut_slice *s, const struct found *f);
void slice_add_mark(struct found *f, uint64_t line, uint64_t column, struct span note);
/* The innermost definition around a line of a file, or the lines around it. */
struct found slice_place(struct ctxcut_slice *s, struct source_file *file, uint64_t first, uint64_t last);
/* A definition as something found. */
struct found slice_definition(struct ctxcut_slice *s, uint32_t number, const struct outline *o, const struct symbol *symbol, uint32_t lines);
/* A note, cleaned; as printf. */
void slice_note(struct ctxcut_slice *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* slice_names.c: by name, by words. Each returns how many were added. */
size_t slice_by_name(struct ctxcut_slice *s, struct span text, struct span within);
size_t slice_by_words(struct ctxcut_slice *s, struct span text);
/* Whether a file of the tree holds the word. */
bool slice_holds_word(struct ctxcut_slice *s, struct span word);
/* The names that come nearest to a text, as a note. */
void slice_note_nearest(struct ctxcut_slice *s, struct span text);

/* slice_trace.c: the places that a text names. Returns how many lie in the tree; *named is how many there are, of files in a language
 * that is known. */
size_t slice_by_trace(struct ctxcut_slice *s, struct span text, size_t *named);

/* slice_around.c: callers, tests and imports of what was found. */
void slice_add_around(struct ctxcut_slice *s);

/* slice_fit.c: decides what is shown of each within the budget, and renders. */
void slice_fit(struct ctxcut_slice *s);
void slice_release_items(struct ctxcut_slice *s);

#endif
