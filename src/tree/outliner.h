/* What the block styles share: the current head, matching it, adding symbols, counting lines. Only outline*.c include this. */
#ifndef CTXCUT_TREE_OUTLINER_H
#define CTXCUT_TREE_OUTLINER_H

#include "text/pattern.h"
#include "tree/lexer.h"
#include "tree/outline.h"

enum { HEAD_BYTES_MOST = 4096, SIGNATURE_BYTES_MOST = 1000, FRAMES_MOST = 16 * 1024, CONDITIONS_MOST = 256, RESUMES_MOST = 16 };
/* Of more #defines of plain values in one file none is listed: register tables, generated numbers. */
enum { MACRO_CONSTANTS_MOST = 400 };
#define NO_SYMBOL SYMBOL_NO_PARENT

struct compiled_head {
	struct pattern *pattern, *tail, *with, *until, *under[HEAD_UNDER_MOST];
	int name, kind, scope, level, first, tail_name;
	bool tried;
};
struct compiled_profile {
	const struct profile *profile;
	struct compiled_head heads[PROFILE_HEADS_MOST];
	struct pattern **imports;
	int *import_groups;
	struct pattern *export_name, *hidden_name, *continues, *endless;
};

/* An open block. */
struct frame {
	uint32_t symbol;           /* that it is the body of, or NO_SYMBOL */
	uint32_t scope;            /* of the text around it */
	uint32_t parens;           /* open there */
	uint32_t statement_symbol; /* of the statement it stands in */
	int32_t column;            /* where its statement or, without a symbol, its line begins; -1: unknown */
	uint8_t context;           /* of the text around it */
	uint8_t head;              /* 1-based; 0: none */
	bool bracket;              /* ( … ) with statements in it */
	bool resumes;              /* the statement around it goes on behind it: it began at `statement` … */
	uint8_t resumed;           /* … and has done so this often */
	uint32_t statement, lead, gap_base, gap_count;
	uint32_t begin;            /* its opening brace */
};

/* #if … #endif */
struct condition {
	uint32_t depth, parens;
	bool open_statement;
};

struct head_match {
	const struct head *head;
	size_t index; /* of the head in the profile */
	enum symbol_kind kind;
	size_t name, name_len, scope, scope_len; /* in the head */
	size_t first; /* the definition's first byte in the head */
	int level;
	bool exported, hidden;
	enum context opens;
	size_t rest; /* behind the modifiers */
};

struct outliner {
	struct lexer lexer;
	struct compiled_profile **profiles; /* by number of language */
	size_t profile_count;
	const struct profile *profile;
	struct compiled_profile *compiled;
	struct outline *out;

	/* The head: the statement's text without comments, blanks folded; `mask` the same with the inside of strings blotted out.
	 * `from`: where each byte stands in the source. */
	char text[HEAD_BYTES_MOST + 1], mask[HEAD_BYTES_MOST + 1];
	uint32_t from[HEAD_BYTES_MOST + 1];
	size_t len;
	bool cut; /* longer than there is room */

	size_t line_off; /* line_at: lines are counted on from here */
	uint32_t line;

	struct frame *frames;
	size_t frame_count, frame_cap;
	size_t over_deep; /* blocks beyond FRAMES_MOST */
	struct condition conditions[CONDITIONS_MOST];
	size_t condition_count;
	size_t conditions_over;
	size_t constants; /* of the preprocessor */

	enum context context;
	uint32_t scope;            /* the enclosing symbol */
	uint32_t parens;
	uint32_t statement_symbol; /* ends with the statement */
	uint32_t tail_symbol;      /* named by what follows its block */
	size_t tail_head;
	uint8_t resumed;           /* blocks within the current statement */
	bool recover;              /* the second pass over a text that does not balance */
};

struct compiled_head *outliner_compiled(struct outliner *o, size_t index);
uint32_t outliner_line(struct outliner *o, size_t off);
/* The head from the statement's begin to `end`. false: nothing in it, or too long. */
bool outliner_head(struct outliner *o, size_t end);
bool outliner_match(struct outliner *o, enum context context, unsigned at, struct head_match *out);
/* Adds the symbol of the head; it ends on the line of byte `last`. Returns its number. */
uint32_t outliner_add(struct outliner *o, const struct head_match *m, size_t last);
/* One that has no head: a name in the source. */
uint32_t outliner_add_plain(struct outliner *o, enum symbol_kind kind, size_t begin, struct span name, size_t last, size_t lead);
void outliner_imports(struct outliner *o, struct span text, struct span masked);
void outliner_unbalanced(struct outliner *o, size_t off);
/* The last byte of code before `at`, or `at` when there is none. */
size_t outliner_code_before(const struct outliner *o, size_t at);

/* The column of byte `off` in its line, from 0 on, a tab reaching to the next eighth; of a byte far into a line that of a part of it. */
int32_t outliner_column(const struct outliner *o, size_t off);

/* Whether the statement goes on behind the line end at `at`. */
bool outliner_goes_on(const struct outliner *o, size_t at);

/* The directive at lexer.at: macros, branches. Skips what does not count. */
void outliner_directive(struct outliner *o);

/* Packages and the like whose statement has no block: what follows them is theirs. */
void outliner_sections(struct outliner *o, uint32_t line_count);

void outline_braces(struct outliner *o);
void outline_indented(struct outliner *o);
void outline_ends(struct outliner *o);
void outline_lines(struct outliner *o);

#endif
