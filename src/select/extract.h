/* The model that renderers walk: what was chosen out of one or more inputs, and what was left out.
 *
 * Pieces of one input stand together, in file order, and tile it: every line of the input is in exactly one piece. */
#ifndef CTXCUT_SELECT_EXTRACT_H
#define CTXCUT_SELECT_EXTRACT_H

#include <stdint.h>

#include "base/span.h"
#include "log/class.h"
#include "select/excerpt.h"

enum piece_kind {
	PIECE_LINES, /* consecutive lines printed verbatim */
	PIECE_GAP,   /* left out */
	PIECE_FOLD,  /* left out because every line is of the same kind as the line printed just before */
};

struct piece {
	enum piece_kind kind;
	uint32_t input;               /* index into inputs */
	uint64_t first_line, last_line; /* 1-based, inclusive */
	uint64_t errors, warnings;    /* lines of class error or failure, and of class warning, in the range */
	uint64_t kinds;               /* distinct templates in a gap */
	bool kinds_estimated;
	struct span varied;           /* fold: what varied, "<first> … <last>", cleaned; may be empty */
	size_t line_begin, line_end;  /* PIECE_LINES: range in extract.lines */
	bool open_end;                /* the last of these lines had no newline, and shall have none when it is passed through */
};

struct extract_line {
	uint64_t no;          /* 1-based, in its input */
	struct span text;     /* cleaned, cut when over-long; borrowed from the extract, as are the cuts */
	enum line_class class;
	const struct cut *cuts; /* the marks in it, where something was left out */
	size_t cut_count;
};

struct extract_input {
	struct span name;      /* as the user gave it, cleaned; "-" for stdin */
	struct span reference; /* what show takes before ":A-B"; empty when there is none (then no reference is printed) */
	uint64_t lines, bytes;
	uint64_t tokens;       /* of the whole input */
	bool tokens_estimated; /* extrapolated from samples: large inputs */
	uint64_t errors, warnings, error_kinds; /* whole input, by template */
	uint64_t errors_shown;
	bool binary;
	bool incomplete;       /* reading stopped early: error or signal */
	struct span decoded_from; /* "zstd", … or empty */
};

/* Where a printed line's place lies in a source tree. */
struct extract_source {
	uint32_t input;
	uint64_t line;         /* in that input */
	struct span reference; /* PATH:A-B of the definition around it, as show takes it */
	struct span kind, name; /* "function", "Cart.add"; empty: in no definition. Cleaned */
};

struct extract {
	struct extract_input *inputs;
	size_t input_count;
	struct piece *pieces;
	size_t piece_count;
	struct extract_line *lines;
	size_t line_count;
	const struct extract_source *sources; /* borrowed; in order of input and line, only of printed lines */
	size_t source_count;
	bool passthrough;      /* everything fits: the lines are printed bare, no header, no markers */
	bool status_known;     /* `run`: the child's status */
	int exit_status;       /* 0–255, or 128+signal */
	int term_signal;       /* 0 when it exited */
	size_t budget_tokens;  /* 0: none */
	const char *encoding;  /* its name */
	bool encoding_is_estimate;
	size_t redactions;     /* secrets masked */
};

#endif
