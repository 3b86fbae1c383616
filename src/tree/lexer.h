/* Source bytes as the few tokens that outlines need: brackets, statement ends, line ends, words that open or close blocks.
 * Comments, strings and their like are passed over as the language's profile describes them; where the current statement begins
 * and which of its bytes are no code is noted on the way.
 *
 * Time is linear in the bytes, memory bounded, whatever they are: what a quote or bracket fails to close is remembered, nesting is
 * counted and not recursed into. A quote that nothing closes is taken for a plain byte. */
#ifndef CTXCUT_TREE_LEXER_H
#define CTXCUT_TREE_LEXER_H

#include "tree/profile.h"

enum token {
	TOKEN_END,       /* of the text */
	TOKEN_OPEN,      /* { */
	TOKEN_CLOSE,     /* } */
	TOKEN_LEFT,      /* ( [ and what begins code inside a string */
	TOKEN_RIGHT,
	TOKEN_SEMICOLON,
	TOKEN_COMMA,
	TOKEN_NEWLINE,
	TOKEN_DIRECTIVE, /* a line of the preprocessor: lexer.at to lexer.pos */
	TOKEN_WORD,      /* end-keyword style: lexer.word, a word of the profile with a use in blocks */
	TOKEN_ATTRIBUTE, /* inside the lexer only */
};

/* Bytes of a statement that are no code. */
struct gap {
	uint32_t begin, end;
	uint32_t open_len, close_len; /* string: its marks, which stay */
	bool string, block; /* block: a pair of braces with what they hold */
};

enum { LEXER_GAPS_MOST = 2048, LEXER_INNER_MOST = 200, LEXER_HEREDOCS_MOST = 8 };
#define LEXER_NO_LEAD UINT32_MAX

struct lexer {
	const struct profile *profile;
	const unsigned char *begin, *end;
	size_t pos;         /* of the next byte */
	size_t at;          /* of the last token */
	const struct word *word;
	bool opaque;        /* only blocks, comments and strings matter */
	bool words, newlines; /* what else is a token */

	/* The current statement. */
	uint32_t statement; /* it begins here or, over blanks, behind */
	uint32_t lead;      /* the comment or attribute right above, or LEXER_NO_LEAD */
	uint32_t blank_to;  /* from `statement` to here all is blank */
	struct gap gaps[LEXER_GAPS_MOST];
	size_t gap_base, gap_count; /* below gap_base: of the statements around this one */
	bool crowded;       /* more gaps than room: the head is not looked at */

	uint8_t act[256], act_opaque[256];
	uint32_t fails_to[PROFILE_OPENERS_MOST]; /* an opener's mark has no end before here */
	struct {
		uint32_t opener, depth;
		struct span delimiter;
	} inner[LEXER_INNER_MOST]; /* strings that are interrupted by code */
	size_t inner_count;
	bool resume;        /* the string on top of `inner` goes on */
	struct {
		const struct opener *opener;
		struct span tag;
		bool flagged;
	} heredocs[LEXER_HEREDOCS_MOST];
	size_t heredoc_count;
	size_t quote_bytes; /* looked at for the ends of quotes that have none */
	bool in_attribute;
	size_t wasted;      /* bytes run over for quotes that nothing closed; bounded, so that time stays linear */
};

void lexer_begin(struct lexer *x, const struct profile *p, struct span text);
enum token lexer_next(struct lexer *x);
/* A new statement begins at x->pos. */
void lexer_new_statement(struct lexer *x);
/* Nothing but blanks from the statement's begin to `at`. */
bool lexer_only_blanks(struct lexer *x, size_t at);
/* Notes bytes that are no code; at a statement's begin, the statement begins behind them. */
void lexer_gap(struct lexer *x, size_t begin, size_t end, bool comment);
/* Goes back to the statement that began at `statement`, before the block of lexer bytes `begin` to `end` was entered. */
void lexer_resume(struct lexer *x, uint32_t statement, uint32_t lead, size_t gap_base, size_t gap_count, size_t begin, size_t end);
/* The offset of the first byte of code at or behind `at`: over blanks, on this line and the following ones, or the end. */
size_t lexer_skip_blanks(const struct lexer *x, size_t at);

/* The line's LF, or the text's end. */
size_t lexer_line_end(const struct lexer *x, size_t at);

#endif
