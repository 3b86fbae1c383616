/* Reading a profile: what its parts share. Only profile*.c include this. */
#ifndef CTXCUT_TREE_PROFILE_READ_H
#define CTXCUT_TREE_PROFILE_READ_H

#include "text/document.h"
#include "tree/profile.h"

struct fragment {
	struct span name, text;
};

struct profile_reading {
	struct profile *p;
	bool compile;
	struct fragment *fragments;
	size_t fragment_count;
	struct word *words; /* a list at first; laid out as a table at the end */
	size_t word_count, word_cap;
	struct err *err;
};

enum err_code profile_refuse(const struct profile_reading *r, const struct node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
enum err_code profile_need(const struct profile_reading *r, const struct node *n, enum node_kind kind);
enum err_code profile_text(const struct profile_reading *r, const struct node *n, struct span *out);
enum err_code profile_bool(const struct profile_reading *r, const struct node *n, bool *out);
/* A list of texts, or one text, in the arena. */
enum err_code profile_texts(const struct profile_reading *r, const struct node *n, struct span **out, size_t *count);
/* One of `names` (ends with NULL). */
enum err_code profile_choice(const struct profile_reading *r, const struct node *n, const char *const *names, int *out);
enum err_code profile_kind(const struct profile_reading *r, const struct node *n, enum symbol_kind *out);
/* A pattern with its fragments put in, tried when the reading compiles. `group`: it must have this one, unless NULL. */
enum err_code profile_pattern(const struct profile_reading *r, const struct node *n, const char *group, struct span *out);
/* The entry of a word, made when there is none. */
struct word *profile_add_word(struct profile_reading *r, struct span text, uint32_t use);
enum err_code profile_add_words(struct profile_reading *r, const struct node *n, uint32_t use);

enum err_code profile_read_comments(struct profile_reading *r, const struct node *n);
enum err_code profile_read_strings(struct profile_reading *r, const struct node *n);
enum err_code profile_read_regex(struct profile_reading *r, const struct node *n);
enum err_code profile_read_heredocs(struct profile_reading *r, const struct node *n);
enum err_code profile_read_attributes(struct profile_reading *r, const struct node *n);
enum err_code profile_read_quotes(struct profile_reading *r, const struct node *n);
enum err_code profile_read_fences(struct profile_reading *r, const struct node *n);
enum err_code profile_read_islands(struct profile_reading *r, const struct node *n);
void profile_sort_openers(struct profile *p);

enum err_code profile_read_heads(struct profile_reading *r, const struct node *n);
enum err_code profile_read_samples(struct profile_reading *r, const struct node *n);

#endif
