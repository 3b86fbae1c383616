/* Ranking files or symbols for a task that is told in words: BM25 over several fields of each document (its path, the names that it
 * defines, its text), exact mentions of its path, and reciprocal rank fusion of these orders.
 *
 * Words: runs of letters, digits and `_`, case ignored; `parseHttpHeader` and `parse_http_header` are the word itself and its
 * parts. A final s is dropped from words of four letters and more, and common English words count for nothing in a query.
 * Deterministic: equal scores leave the documents in the order in which they came.
 * Sources: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009); Cormack et al., Reciprocal Rank Fusion (2009). */
#ifndef CTXCUT_TREE_RANK_H
#define CTXCUT_TREE_RANK_H

#include <stdint.h>

#include "base/span.h"

enum rank_field {
	RANK_PATH,
	RANK_NAMES,
	RANK_TEXT,
	RANK_FIELDS
};

struct ranker;

/* The query: words, or the whole text of an issue. Copied. */
struct ranker *ranker_new(struct span query);
void ranker_free(struct ranker *r); /* safe on NULL */

/* How many words of the query count. 0: nothing can be found. */
size_t ranker_term_count(const struct ranker *r);

/* Begins the next document, numbered from 0 in the order of these calls. */
void ranker_document(struct ranker *r);
/* A piece of the current document's field; any number of pieces, each made of whole words. For RANK_PATH: its path, which is also
 * compared with the paths and modules that the query mentions. */
void ranker_feed(struct ranker *r, enum rank_field field, struct span text);

/* How many of the query's words the text of the current document holds so far. */
size_t ranker_terms_held(const struct ranker *r);

struct ranked {
	uint32_t document;
	bool mentioned; /* its path or module is named in the query */
	double score;   /* fused; falls along the order */
};

/* The documents that match at all, best first. Owned by the caller (free); *count is set. */
struct ranked *ranker_order(struct ranker *r, size_t *count);

/* The same by the sum of their scores: for few and short documents, of which each holds some word in some field. */
struct ranked *ranker_order_summed(struct ranker *r, size_t *count);

/* The words of a text as documents are fed: calls `each` with each word and part, lower-case, plural s dropped. Borrowed until it
 * returns. */
typedef void rank_word(void *user, struct span word);
void rank_words(struct span text, rank_word *each, void *user);

#endif
