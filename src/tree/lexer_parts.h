/* What the parts of the lexer share: its tokens (lexer.c), what begins a comment, a string or an attribute (lexer_openers.c),
 * quotes of the writer's choice (lexer_quotes.c). Only these include it. */
#ifndef CTXCUT_TREE_LEXER_PARTS_H
#define CTXCUT_TREE_LEXER_PARTS_H

#include "tree/lexer.h"

static inline bool lexer_is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
static inline size_t lexer_length(const struct lexer *x) { return (size_t)(x->end - x->begin); }
static inline struct span lexer_rest(const struct lexer *x, size_t at)
{
	return span_of((const char *)x->begin + at, lexer_length(x) - at);
}

void lexer_string(struct lexer *x, size_t begin, size_t end, size_t open_len, size_t close_len);
void lexer_comment(struct lexer *x, size_t begin, size_t end);
size_t lexer_code_before(const struct lexer *x, size_t at); /* the last byte of code; SIZE_MAX: none */
bool lexer_quote(struct lexer *x, const struct opener *o, size_t begin, size_t at);
bool lexer_fence(struct lexer *x, const struct opener *o, size_t begin, size_t at);
size_t lexer_island_begin(const struct lexer *x, size_t at);            /* behind the mark after which code begins, or the end */
size_t lexer_island_end(const struct lexer *x, size_t at, size_t end); /* where code ends before `end`, or `end` */
bool lexer_in_arithmetic(const struct lexer *x, size_t at);             /* inside (( … )) on this line */
size_t lexer_find(const struct lexer *x, size_t at, struct span what); /* from `at` on; SIZE_MAX: nowhere */
/* What begins at `trigger`: x->pos is behind it and *done is set. TOKEN_END: nothing that is a token. */
enum token lexer_open(struct lexer *x, size_t trigger, bool *done);
/* The string that was interrupted by code goes on behind that code's end. false: nothing ends it. */
bool lexer_resume_string(struct lexer *x);
/* At a line end: passes over the here-documents that the line announced. */
void lexer_heredocs(struct lexer *x);

#endif
