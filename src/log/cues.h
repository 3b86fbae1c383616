/* The words that verdict.c listens to: lower case, one space between words, keyed by their first word.
 * A word is a run of letters (an apostrophe inside belongs to it). A phrase must stand with only blanks, quotes or '-'
 * between its words. Grouped by what they say; general words of the trade only. */
#ifndef CTXCUT_LOG_CUES_H
#define CTXCUT_LOG_CUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cue_kind {
	CUE_STRONG,  /* says "this is the failure" in almost any log */
	CUE_ERROR,   /* a generic error word */
	CUE_EXIT,    /* how a process ended */
	CUE_WEAK,    /* often near a failure, often not */
	CUE_WARNING, /* a warning or below */
	CUE_NEGATE,  /* takes back the error word that follows */
	CUE_NOISE,   /* at the start of a line: progress, downloads, compile commands */
	CUE_PASS,    /* something went well */
	CUE_DETAIL,  /* at the start of a line: expected and actual values */
};

struct cue {
	const char *phrase;
	enum cue_kind kind;
};

/* The first word of phrases, and where these stand in cues. */
struct cue_slot {
	uint64_t eight; /* of the word */
	uint16_t row;
	uint8_t len;    /* of the word */
	uint8_t rows;   /* 0: an empty slot */
};

/* By the hash of the word. Words that meet stand in the slots behind. */
enum { CUE_SLOT_BITS = 10, CUE_SLOTS = 1 << CUE_SLOT_BITS };
static const struct cue_slot cue_slots[CUE_SLOTS] = {
#include "log/cues_slots.def"
};

/* `eight`: the word's first eight bytes, with zeros behind a shorter one, as a little-endian number. */
static inline uint64_t cue_hash(uint64_t eight, size_t len)
{
	return (eight ^ len * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93);
}
static inline unsigned cue_slot(uint64_t eight, size_t len) { return (unsigned)(cue_hash(eight, len) >> (64 - CUE_SLOT_BITS)); }

/* One bit for each first word: of other words, one in 25 finds its bit set. */
enum { CUE_BIT_BITS = 13, CUE_BITS = 1 << CUE_BIT_BITS };
static const uint64_t cue_bits[CUE_BITS / 64] = {
#include "log/cues_bits.def"
};
static inline bool cue_bit(uint64_t eight, size_t len)
{
	const unsigned bit = (unsigned)(cue_hash(eight, len) >> (64 - CUE_BIT_BITS));
	return cue_bits[bit / 64] >> bit % 64 & 1;
}

/* Sorted by phrase in byte order, so that phrases of one first word stand together. A test checks the order. */
static const struct cue cues[] = {
#include "log/cues.def"
};

#endif
