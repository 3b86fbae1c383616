#include "tree/rank.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { WORD_BYTES_MOST = 128, TERMS_MOST = 512, TABLE_SIZE = 2048, PATHS_MOST = 256, FUSED_AFTER = 60 };

/* As in the sources named in the header. Names are short and alike in length: their length says less. */
static const double k1 = 1.2, b_of[RANK_FIELDS] = {[RANK_PATH] = 0.3, [RANK_NAMES] = 0.5, [RANK_TEXT] = 0.75};
/* A field's say in the fusion, and that of a path's being mentioned. */
static const double share_of[RANK_FIELDS] = {[RANK_PATH] = 1.0, [RANK_NAMES] = 1.2, [RANK_TEXT] = 1.0}, share_of_mention = 3.0;

/* ---- words -------------------------------------------------------------------------------------------------------- */

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || c == '_'; }
static char lower(char c) { return is_upper(c) ? (char)(c - 'A' + 'a') : c; }

/* Where the part that begins at i ends: "HTTPServer2" is HTTP, Server, 2. */
static size_t part_end(struct span w, size_t i)
{
	size_t j = i + 1;
	if (is_digit(w.ptr[i])) {
		while (j < w.len && is_digit(w.ptr[j]))
			j++;
		return j;
	}
	if (is_upper(w.ptr[i])) {
		while (j < w.len && is_upper(w.ptr[j]))
			j++;
		if (j - i > 1)
			return j < w.len && is_lower(w.ptr[j]) ? j - 1 : j;
	}
	while (j < w.len && is_lower(w.ptr[j]))
		j++;
	return j;
}

static void give(char *word, size_t len, rank_word *each, void *user)
{
	if (len > 3 && word[len - 1] == 's' && word[len - 2] != 's')
		len--;
	if (len > 1)
		each(user, span_of(word, len));
}

void rank_words(struct span text, rank_word *each, void *user)
{
	char whole[WORD_BYTES_MOST], part[WORD_BYTES_MOST];
	for (size_t i = 0; i < text.len;) {
		if (!is_word(text.ptr[i])) {
			i++;
			continue;
		}
		size_t end = i, len = 0, parts = 0;
		while (end < text.len && is_word(text.ptr[end]))
			end++;
		struct span word = span_of(text.ptr + i, end - i);
		i = end;
		while (word.len && word.ptr[0] == '_')
			word = span_from(word, 1);
		while (word.len && word.ptr[word.len - 1] == '_')
			word.len--;
		if (word.len > WORD_BYTES_MOST) /* data, no name */
			continue;
		for (size_t k = 0; k < word.len; k++)
			if (word.ptr[k] != '_')
				whole[len++] = lower(word.ptr[k]);
		for (size_t at = 0; at < word.len; parts++) {
			while (at < word.len && word.ptr[at] == '_')
				at++;
			if (at == word.len)
				break;
			size_t stop = part_end(word, at), n = 0;
			if (parts == 0 && stop == word.len)
				break; /* one part: the whole says it */
			for (; at < stop; at++)
				part[n++] = lower(word.ptr[at]);
			give(part, n, each, user);
		}
		if (len)
			give(whole, len, each, user);
	}
}

/* Words of English that say nothing about code; of programming only those that nearly every file has. */
static bool is_common(struct span w)
{
	static const char *const words[] = {
		"a",     "about", "above", "after", "all",   "also",  "am",     "an",    "and",   "any",   "are",  "as",    "at",   "be",
		"because", "been", "before", "being", "but",  "by",    "can",    "cannot", "could", "did",  "do",   "doe",   "does", "doing",
		"down",  "each",  "few",   "for",   "from",  "further", "get",  "had",   "ha",    "has",   "have", "having", "he",  "her",
		"here",  "hi",    "how",   "i",     "if",    "in",    "into",   "is",    "it",    "its",   "itself", "just", "like", "ll",
		"me",    "more",  "most",  "my",    "no",    "nor",   "not",    "now",   "of",    "off",   "on",   "once",  "only", "or",
		"other", "our",   "out",   "over",  "own",   "please", "same",  "see",   "she",   "should", "so",  "some",  "such", "than",
		"that",  "the",   "their", "them",  "then",  "there", "these",  "they",  "thi",   "this",  "those", "through", "to", "too",
		"under", "until", "up",    "use",   "using", "ve",    "very",   "wa",    "was",   "we",    "were", "what",  "when", "where",
		"which", "while", "who",   "why",   "will",  "with",  "would",  "you",   "your",  "com",   "http", "https", "www",
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_eq(w, span_of_str(words[i])))
			return true;
	return false;
}

/* ---- the query ---------------------------------------------------------------------------------------------------- */

struct posting {
	uint32_t document, term, count;
};

struct field {
	struct posting *postings; /* owned; of one document in the order of the terms' first occurrence */
	size_t count, cap, begin; /* begin: of the current document's */
	uint32_t *lengths;        /* owned: words, by document */
	size_t length_cap;
	uint64_t total;
};

struct ranker {
	struct buf words;         /* owned: the terms' text */
	struct { size_t off, len; } terms[TERMS_MOST];
	size_t term_count;
	uint16_t table[TABLE_SIZE]; /* 1 + term */
	uint32_t at[TERMS_MOST];  /* by term: 1 + its posting in the current field of the current document */
	uint32_t touched[TERMS_MOST];
	size_t touched_count;
	struct span paths[PATHS_MOST]; /* mentioned; in `query` */
	size_t path_count;
	char *query;              /* owned */
	struct field fields[RANK_FIELDS];
	uint32_t *mentions;       /* owned: by document, bytes of its path that are mentioned */
	size_t mention_cap;
	uint32_t documents;
	enum rank_field field;    /* that `at` is about */
};

/* The slot of a word: where it is, or where it would be. */
static size_t slot_of(const struct ranker *r, struct span w)
{
	size_t i = (size_t)hash64(w.ptr, w.len) % TABLE_SIZE;
	while (r->table[i]) {
		size_t t = r->table[i] - 1u;
		if (span_eq(w, span_of(r->words.ptr + r->terms[t].off, r->terms[t].len)))
			break;
		i = (i + 1) % TABLE_SIZE;
	}
	return i;
}

static void add_term(void *user, struct span word)
{
	struct ranker *r = user;
	size_t slot = slot_of(r, word);
	if (r->table[slot] || r->term_count == TERMS_MOST || is_common(word))
		return;
	r->terms[r->term_count].off = r->words.len;
	r->terms[r->term_count].len = word.len;
	buf_add_span(&r->words, word);
	r->table[slot] = (uint16_t)++r->term_count;
}

static bool is_path(char c) { return is_word(c) || c == '/' || c == '.' || c == '-' || c == '+' || c == '\\'; }

/* What may name a file: "src/cart.c", "cart.py", "shop.cart.models". */
static void find_paths(struct ranker *r, struct span query)
{
	for (size_t i = 0; i < query.len && r->path_count < PATHS_MOST;) {
		size_t end = i;
		bool joined = false;
		while (end < query.len && is_path(query.ptr[end])) {
			joined |= end > i && (query.ptr[end] == '/' || query.ptr[end] == '.' || query.ptr[end] == '\\');
			end++;
		}
		struct span s = span_of(query.ptr + i, end - i);
		i = end + (end == i);
		while (s.len && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == '/'))
			s.len--;
		while (s.len && (s.ptr[0] == '.' || s.ptr[0] == '/'))
			s = span_from(s, 1);
		if (joined && s.len > 3 && (memchr(s.ptr, '/', s.len) || memchr(s.ptr, '.', s.len)))
			r->paths[r->path_count++] = s;
	}
}

struct ranker *ranker_new(struct span query)
{
	struct ranker *r = mem_zalloc(1, sizeof *r);
	r->query = mem_strndup(query.ptr ? query.ptr : "", query.len);
	rank_words(span_of(r->query, query.len), add_term, r);
	find_paths(r, span_of(r->query, query.len));
	return r;
}

void ranker_free(struct ranker *r)
{
	if (!r)
		return;
	for (size_t f = 0; f < RANK_FIELDS; f++) {
		free(r->fields[f].postings);
		free(r->fields[f].lengths);
	}
	free(r->mentions);
	free(r->query);
	buf_release(&r->words);
	free(r);
}

size_t ranker_term_count(const struct ranker *r) { return r->term_count; }

/* ---- documents ---------------------------------------------------------------------------------------------------- */

static void leave_field(struct ranker *r)
{
	for (size_t i = 0; i < r->touched_count; i++)
		r->at[r->touched[i]] = 0;
	r->touched_count = 0;
}

void ranker_document(struct ranker *r)
{
	leave_field(r);
	uint32_t d = r->documents++;
	for (size_t f = 0; f < RANK_FIELDS; f++) {
		struct field *field = &r->fields[f];
		MEM_GROW(field->lengths, field->length_cap, r->documents);
		field->lengths[d] = 0;
		field->begin = field->count;
	}
	MEM_GROW(r->mentions, r->mention_cap, r->documents);
	r->mentions[d] = 0;
	r->field = RANK_PATH;
}

static void count_word(void *user, struct span word)
{
	struct ranker *r = user;
	struct field *f = &r->fields[r->field];
	f->lengths[r->documents - 1]++;
	f->total++;
	size_t slot = slot_of(r, word);
	if (!r->table[slot])
		return;
	uint32_t t = r->table[slot] - 1u;
	if (!r->at[t]) {
		MEM_GROW(f->postings, f->cap, f->count + 1);
		f->postings[f->count++] = (struct posting){.document = r->documents - 1, .term = t};
		r->at[t] = (uint32_t)(f->count - f->begin);
		r->touched[r->touched_count++] = t;
	}
	f->postings[f->begin + r->at[t] - 1].count++;
}

static bool same_path_char(char a, char b)
{
	return lower(a) == lower(b) || ((a == '/' || a == '\\' || a == '.') && (b == '/' || b == '\\' || b == '.'));
}

/* Whether the mention names the path: its last parts, with or without the extension, with dots for slashes. */
static uint32_t mentioned_bytes(struct span path, struct span mention)
{
	size_t dot = path.len;
	while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
		dot--;
	size_t bare = dot > 0 && path.ptr[dot - 1] == '.' ? dot - 1 : path.len;
	for (int round = 0; round < 2; round++) {
		struct span p = span_head(path, round ? bare : path.len);
		size_t n = 0;
		while (n < p.len && n < mention.len && same_path_char(p.ptr[p.len - 1 - n], mention.ptr[mention.len - 1 - n]))
			n++;
		bool whole_path = n == p.len && (n == mention.len || strchr("/\\.", mention.ptr[mention.len - 1 - n]));
		bool whole_mention = n == mention.len && (n == p.len || p.ptr[p.len - 1 - n] == '/');
		if (n && (whole_path || whole_mention) && (round == 0 || memchr(p.ptr + (p.len - n), '/', n)))
			return (uint32_t)n;
	}
	return 0;
}

void ranker_feed(struct ranker *r, enum rank_field field, struct span text)
{
	if (field != r->field) {
		leave_field(r);
		r->field = field;
		struct field *f = &r->fields[field]; /* fed before, if the fields alternate: find its postings again */
		for (size_t i = f->begin; i < f->count; i++) {
			r->at[f->postings[i].term] = (uint32_t)(i - f->begin) + 1;
			r->touched[r->touched_count++] = f->postings[i].term;
		}
	}
	rank_words(text, count_word, r);
	if (field != RANK_PATH)
		return;
	uint32_t *most = &r->mentions[r->documents - 1];
	for (size_t i = 0; i < r->path_count; i++) {
		uint32_t n = mentioned_bytes(text, r->paths[i]);
		if (n > *most)
			*most = n;
	}
}

size_t ranker_terms_held(const struct ranker *r) { return r->fields[RANK_TEXT].count - r->fields[RANK_TEXT].begin; }

/* ---- the order ---------------------------------------------------------------------------------------------------- */

struct scored {
	double score;
	uint32_t document;
};

static int best_first(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->document < y->document ? -1 : x->document > y->document;
}

/* Adds `share / (60 + rank)` for each document with a score; documents of one score have one rank. */
static void fuse(double *fused, struct scored *scored, size_t count, double share)
{
	qsort(scored, count, sizeof *scored, best_first);
	size_t rank = 0;
	for (size_t i = 0; i < count && scored[i].score > 0; i++) {
		if (i == 0 || scored[i].score < scored[i - 1].score)
			rank = i + 1;
		fused[scored[i].document] += share / (double)(FUSED_AFTER + rank);
	}
}

static void score_field(const struct ranker *r, enum rank_field field, struct scored *scored)
{
	const struct field *f = &r->fields[field];
	double n = r->documents, mean = f->total ? (double)f->total / n : 1;
	double idf[TERMS_MOST];
	uint32_t holding[TERMS_MOST] = {0};
	for (size_t i = 0; i < f->count; i++)
		holding[f->postings[i].term]++;
	for (size_t t = 0; t < r->term_count; t++)
		idf[t] = log(1 + (n - holding[t] + 0.5) / (holding[t] + 0.5));
	for (uint32_t d = 0; d < r->documents; d++)
		scored[d] = (struct scored){.document = d};
	for (size_t i = 0; i < f->count; i++) {
		const struct posting *p = &f->postings[i];
		double tf = p->count, length = f->lengths[p->document];
		scored[p->document].score += idf[p->term] * tf * (k1 + 1) / (tf + k1 * (1 - b_of[field] + b_of[field] * length / mean));
	}
}

static struct ranked *order_by(struct ranker *r, size_t *count, bool summed)
{
	struct scored *scored = mem_zalloc(r->documents, sizeof *scored);
	double *fused = mem_zalloc(r->documents, sizeof *fused);
	for (size_t f = 0; f < RANK_FIELDS; f++) {
		score_field(r, (enum rank_field)f, scored);
		for (uint32_t d = 0; summed && d < r->documents; d++)
			fused[d] += share_of[f] * scored[d].score;
		if (!summed)
			fuse(fused, scored, r->documents, share_of[f]);
	}
	for (uint32_t d = 0; d < r->documents; d++)
		scored[d] = (struct scored){.document = d, .score = r->mentions[d]};
	if (!summed)
		fuse(fused, scored, r->documents, share_of_mention);
	for (uint32_t d = 0; d < r->documents; d++)
		scored[d] = (struct scored){.document = d, .score = fused[d]};
	qsort(scored, r->documents, sizeof *scored, best_first);
	*count = 0;
	while (*count < r->documents && scored[*count].score > 0)
		++*count;
	struct ranked *order = mem_zalloc(*count, sizeof *order);
	for (size_t i = 0; i < *count; i++)
		order[i] = (struct ranked){.document = scored[i].document, .score = scored[i].score,
		                           .mentioned = r->mentions[scored[i].document] > 0};
	free(fused);
	free(scored);
	return order;
}

struct ranked *ranker_order(struct ranker *r, size_t *count) { return order_by(r, count, false); }
struct ranked *ranker_order_summed(struct ranker *r, size_t *count) { return order_by(r, count, true); }
