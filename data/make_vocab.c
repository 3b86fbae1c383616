/* Build-time tool: turns data/<encoding>.zst into the table that the program embeds (the form is in text/vocab.h).
 *
 *   make_vocab IN.zst OUT.table     writes the table
 *   make_vocab --tiktoken IN.zst    prints the vocabulary in its published form, for sha256sum
 *
 * IN holds, before compression: the number of tokens (4 bytes, little-endian), the 256 one-byte tokens in rank order,
 * and for every later token the ranks of the two earlier tokens whose joining made it, as six planes: bits 0-7, 8-15,
 * 16-23 of all the left ranks, then the same of all the right ranks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "text/vocab.h"

struct token {
	unsigned char *bytes; /* 8 zero bytes behind them, so that words can be read */
	size_t len;
	uint64_t hash;
	uint32_t rank;
};

static void die(const char *what, const char *which)
{
	fprintf(stderr, "make_vocab: %s: %s\n", which, what);
	exit(1);
}

static void *alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);
	if (!p)
		die("out of memory", "calloc");
	return p;
}

static unsigned char *read_data(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		die("cannot be opened", path);
	size_t cap = 1 << 22, packed_len;
	unsigned char *packed = alloc(cap, 1);
	packed_len = fread(packed, 1, cap, f);
	if (ferror(f) || packed_len == cap)
		die("cannot be read", path);
	fclose(f);
	unsigned long long full = ZSTD_getFrameContentSize(packed, packed_len);
	if (full == ZSTD_CONTENTSIZE_ERROR || full == ZSTD_CONTENTSIZE_UNKNOWN || full > 1 << 24) {
		/* Written by a pipe, the frame may not state its size: allow for the most. */
		full = 1 << 24;
	}
	unsigned char *raw = alloc((size_t)full, 1);
	*len = ZSTD_decompress(raw, (size_t)full, packed, packed_len);
	if (ZSTD_isError(*len))
		die(ZSTD_getErrorName(*len), path);
	free(packed);
	return raw;
}

static struct token *read_tokens(const char *path, uint32_t *count)
{
	size_t len;
	unsigned char *raw = read_data(path, &len);
	if (len < 260)
		die("too short", path);
	uint32_t n = (uint32_t)raw[0] | (uint32_t)raw[1] << 8 | (uint32_t)raw[2] << 16 | (uint32_t)raw[3] << 24;
	if (n < 256 || n > 1 << 20 || len != 260 + 6 * (size_t)(n - 256))
		die("not a vocabulary", path);
	struct token *tokens = alloc(n, sizeof *tokens);
	const unsigned char *planes = raw + 260;
	size_t joined = n - 256;
	for (uint32_t rank = 0; rank < n; rank++) {
		struct token *t = &tokens[rank];
		t->rank = rank;
		if (rank < 256) {
			t->len = 1;
			t->bytes = alloc(9, 1);
			t->bytes[0] = raw[4 + rank];
			continue;
		}
		uint32_t part[2];
		for (size_t side = 0; side < 2; side++) {
			const unsigned char *p = planes + 3 * side * joined + (rank - 256);
			part[side] = (uint32_t)p[0] | (uint32_t)p[joined] << 8 | (uint32_t)p[2 * joined] << 16;
			if (part[side] >= rank)
				die("a token is made of later ones", path);
		}
		const struct token *left = &tokens[part[0]], *right = &tokens[part[1]];
		t->len = left->len + right->len;
		t->bytes = alloc(t->len + 8, 1);
		memcpy(t->bytes, left->bytes, left->len);
		memcpy(t->bytes + left->len, right->bytes, right->len);
	}
	free(raw);
	*count = n;
	return tokens;
}

static void print_tiktoken(const struct token *tokens, uint32_t count)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (uint32_t rank = 0; rank < count; rank++) {
		const struct token *t = &tokens[rank];
		for (size_t i = 0; i < t->len; i += 3) {
			/* The zero bytes behind the token serve as padding. */
			unsigned v = (unsigned)t->bytes[i] << 16 | (unsigned)t->bytes[i + 1] << 8 | t->bytes[i + 2];
			putchar(digit[v >> 18]);
			putchar(digit[v >> 12 & 63]);
			putchar(i + 1 < t->len ? digit[v >> 6 & 63] : '=');
			putchar(i + 2 < t->len ? digit[v & 63] : '=');
		}
		printf(" %u\n", rank);
	}
}

/* The table under construction. */
struct image {
	unsigned char *bytes;
	size_t len;
};

static uint32_t image_add(struct image *im, size_t len)
{
	size_t at = (im->len + VOCAB_ALIGN - 1) / VOCAB_ALIGN * VOCAB_ALIGN;
	im->bytes = realloc(im->bytes, at + len);
	if (!im->bytes)
		die("out of memory", "realloc");
	memset(im->bytes + im->len, 0, at + len - im->len);
	im->len = at + len;
	return (uint32_t)at;
}

enum kind { BRIEF, MIDDLE, LENGTHY };

static enum kind kind_of(const struct token *t)
{
	if (t->bytes[t->len - 1] == 0 || t->len > 16)
		return LENGTHY;
	return t->len <= 8 ? BRIEF : MIDDLE;
}

static void keys_of(const struct token *t, uint64_t key[2])
{
	const unsigned char *end = t->bytes + t->len;
	key[0] = vocab_word_of(t->bytes, t->len < 8 ? t->len : 8, end);
	key[1] = t->len > 8 && t->len <= 16 ? vocab_word_of(t->bytes + 8, t->len - 8, end) : 0;
}

static uint64_t hash_of(const struct token *t)
{
	uint64_t key[2];
	keys_of(t, key);
	switch (kind_of(t)) {
	case BRIEF:
		return vocab_hash1(key[0]);
	case MIDDLE:
		return vocab_hash2(key[0], key[1]);
	default:
		return vocab_hash_long(t->bytes, t->len);
	}
}

struct bucket {
	uint32_t number, first, size; /* its tokens stand together in the sorted order */
};

static const struct vocab_table *sorted_by; /* qsort has no context argument in C11 */

static int by_bucket(const void *a, const void *b)
{
	const struct token *x = *(struct token *const *)a, *y = *(struct token *const *)b;
	uint32_t i = vocab_bucket(sorted_by, x->hash), k = vocab_bucket(sorted_by, y->hash);
	return i != k ? (i < k ? -1 : 1) : (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_size(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;
	return x->size != y->size ? (x->size > y->size ? -1 : 1) : (x->number > y->number) - (x->number < y->number);
}

/* Largest buckets first, each takes the first pilot that sends all its tokens to free slots. */
static void place(struct token **mine, size_t n, const struct vocab_table *t, uint16_t *pilots, struct token **slots,
		  const char *path)
{
	size_t bucket_count = (size_t)1 << (64 - t->bucket_shift);
	struct bucket *buckets = alloc(bucket_count, sizeof *buckets);
	sorted_by = t;
	qsort(mine, n, sizeof(struct token *), by_bucket);
	for (size_t i = 0; i < n; i++) {
		struct bucket *b = &buckets[vocab_bucket(t, mine[i]->hash)];
		if (b->size++ == 0)
			b->first = (uint32_t)i;
	}
	for (size_t i = 0; i < bucket_count; i++)
		buckets[i].number = (uint32_t)i;
	qsort(buckets, bucket_count, sizeof *buckets, by_size);
	for (const struct bucket *b = buckets; b < buckets + bucket_count && b->size > 0; b++) {
		uint32_t pilot = 0, placed = 0;
		for (; pilot <= UINT16_MAX; pilot++) {
			for (placed = 0; placed < b->size; placed++) {
				struct token *tok = mine[b->first + placed];
				struct token **slot = &slots[vocab_slot(t, tok->hash, (uint16_t)pilot)];
				if (*slot)
					break;
				*slot = tok;
			}
			if (placed == b->size)
				break;
			while (placed > 0)
				slots[vocab_slot(t, mine[b->first + --placed]->hash, (uint16_t)pilot)] = NULL;
		}
		if (pilot > UINT16_MAX)
			die("no perfect hash found: give the table more slots", path);
		pilots[b->number] = (uint16_t)pilot;
	}
	free(buckets);
}

static struct vocab_table build_table(struct image *im, struct token *tokens, uint32_t count, enum kind kind,
				      uint32_t *bytes_at, const char *path)
{
	struct token **mine = alloc(count, sizeof *mine);
	size_t n = 0, long_bytes = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (kind_of(&tokens[i]) != kind)
			continue;
		tokens[i].hash = hash_of(&tokens[i]);
		long_bytes += tokens[i].len;
		mine[n++] = &tokens[i];
	}
	struct vocab_table t = {.bucket_shift = 63};
	while (((size_t)1 << (64 - t.bucket_shift)) * 5 < n)
		t.bucket_shift--;
	t.slots = (uint32_t)(n + n / 32 + 1); /* a few slots more than tokens, or the last pilots take long to find */
	size_t buckets = (size_t)1 << (64 - t.bucket_shift);
	size_t key_bytes = kind == BRIEF ? 8 : 16;
	if (kind == LENGTHY)
		key_bytes = sizeof(struct vocab_long);
	t.pilots_at = image_add(im, buckets * sizeof(uint16_t));
	t.keys_at = image_add(im, t.slots * key_bytes);
	t.ranks_at = image_add(im, (size_t)t.slots * 3 + 1); /* read as four bytes */
	if (kind == LENGTHY)
		*bytes_at = image_add(im, long_bytes);

	uint16_t *pilots = alloc(buckets, sizeof *pilots);
	struct token **slots = alloc(t.slots, sizeof *slots);
	place(mine, n, &t, pilots, slots, path);
	memcpy(im->bytes + t.pilots_at, pilots, buckets * sizeof *pilots);
	uint32_t long_at = 0;
	for (uint32_t i = 0; i < t.slots; i++) {
		const struct token *tok = slots[i];
		/* The key of a free slot is zero, which no looked-up string has: its last byte is not NUL. */
		if (!tok)
			continue;
		uint64_t key[2];
		keys_of(tok, key);
		if (kind == LENGTHY) {
			struct vocab_long entry = {long_at, (uint32_t)tok->len};
			memcpy(im->bytes + t.keys_at + i * key_bytes, &entry, sizeof entry);
			memcpy(im->bytes + *bytes_at + long_at, tok->bytes, tok->len);
			long_at += (uint32_t)tok->len;
		} else {
			memcpy(im->bytes + t.keys_at + i * key_bytes, key, key_bytes);
		}
		unsigned char *rank = im->bytes + t.ranks_at + 3 * (size_t)i;
		rank[0] = (unsigned char)tok->rank;
		rank[1] = (unsigned char)(tok->rank >> 8);
		rank[2] = (unsigned char)(tok->rank >> 16);
	}
	free(pilots);
	free(slots);
	free(mine);
	return t;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: make_vocab IN.zst OUT.table | make_vocab --tiktoken IN.zst", "arguments");
	bool published = strcmp(argv[1], "--tiktoken") == 0;
	uint32_t count;
	const char *in = argv[published ? 2 : 1];
	struct token *tokens = read_tokens(in, &count);
	int status = 0;
	if (published) {
		print_tiktoken(tokens, count);
		status = fflush(stdout) != 0;
	} else {
		struct image im = {0};
		struct vocab v = {.magic = VOCAB_MAGIC, .tokens = count};
		image_add(&im, sizeof v);
		for (uint32_t i = 0; i < count; i++)
			if (tokens[i].len > v.max_len_bytes)
				v.max_len_bytes = (uint32_t)tokens[i].len;
		v.brief = build_table(&im, tokens, count, BRIEF, NULL, in);
		v.middle = build_table(&im, tokens, count, MIDDLE, NULL, in);
		v.lengthy = build_table(&im, tokens, count, LENGTHY, &v.bytes_at, in);
		v.size_bytes = (uint32_t)im.len;
		memcpy(im.bytes, &v, sizeof v);
		FILE *f = fopen(argv[2], "wb");
		if (!f || fwrite(im.bytes, 1, im.len, f) != im.len || fclose(f) != 0)
			die("cannot be written", argv[2]);
		free(im.bytes);
	}
	for (uint32_t i = 0; i < count; i++)
		free(tokens[i].bytes);
	free(tokens);
	return status;
}
