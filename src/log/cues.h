/* The words that verdict.c listens to: lower case, one space between words, keyed by their first word.
 * A word is a run of letters (an apostrophe inside belongs to it). A phrase must stand with only blanks, quotes or '-'
 * between its words. Grouped by what they say; general words of the trade only. */
#ifndef CTXCUT_LOG_CUES_H
#define CTXCUT_LOG_CUES_H

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

/* By first letter: the range of its phrases in cues. */
static const unsigned short cue_starts[27] = {
#include "log/cues_index.def"
};

/* Sorted by phrase in byte order: looked up by binary search on the first word. A test checks the order. */
static const struct cue cues[] = {
#include "log/cues.def"
};

#endif
