/* Constants of the scorer. Their reasons stand in SCORING.md beside this file. Most may move by 40 % without harm; fitting
 * them closely to one set of logs was measured to hurt on another, so they are round. */
#ifndef CTXCUT_SELECT_WEIGHTS_H
#define CTXCUT_SELECT_WEIGHTS_H

/* Factors of a line by where it stands relative to failing segments. */
#define W_SEGMENT_FIRST 1.0f
#define W_SEGMENT_LATER 0.7f
#define W_SEGMENT_OUTSIDE 0.3f
#define W_SEGMENT_AFTER 0.15f
#define W_AFTER_LINES 500 /* more than this, and more than what stood before: not clean-up */
/* The same where the end of a command is only mentioned, so that the borders are uncertain. */
#define W_MENTION_LATER 0.9f
#define W_MENTION_OUTSIDE 0.6f
#define W_MENTION_AFTER 0.5f

#define W_RARITY 0.15f        /* anchor × count(template)^-this */
#define W_NOVELTY 0.4f        /* gain of the first distinct strong template of the first segment … */
#define W_NOVELTY_DECAY 6.0f  /* … falling by e per this many */

#define W_EXPLAINED 0.3f      /* a strong line with its message, place or values right after it */

#define W_COMMON_LEVEL 0.3f   /* lines of an error level × (their number / W_COMMON_LEVEL_LINES)^-this, outside service logs */
#define W_COMMON_LEVEL_LINES 20.0f

#define W_ODD 0.4f            /* a line of a rare kind in a mass of common ones */
enum {
	ODD_REACH = 16,           /* lines before and after that must mostly be of common kinds: */
	ODD_SURROUNDED = 21,      /* … so many of them */
	ODD_COMMON_LINES = 50,    /* a kind with so many lines is common */
	ODD_RARE_LINES = 4,       /* and one with at most so many is rare */
};

#define W_FORWARD 0.92f       /* context per line after an anchor */
#define W_BACKWARD 0.8f       /* and before it */
#define W_QUIET 0.4f          /* passing or noise lines as context, also for themselves */
#define W_ACROSS 0.6f         /* extra per blank, passing or noise line */

#define W_HEADING 0.4f        /* extra at a heading: another subject begins */
#define W_DETAIL 0.97f        /* … across lines that explain: values, diffs, excerpts */
#define W_PAST_EXIT 0.3f      /* extra past the line that tells a failing exit */

#define W_TAIL 0.8f           /* of a segment's last line */
#define W_TAIL_QUIET 0.3f    /* × for its blank, passing and noise lines */
#define W_TAIL_LATER 0.35f    /* of a later segment's: weight and reach */
#define W_TAIL_REACH 0.35f     /* τ as a share of the budget */

#define W_REPEAT 0.6f         /* per earlier pick of the same template, unless it continues a block */
#define W_QUERY 1.5f          /* a line that was asked for, by words or by level */
#define W_IN_RANGE 0.05f      /* one that stands in the time that was asked for */
#define W_ASKED_REPEAT 0.95f  /* what was asked for may repeat itself */
#define W_NEW 0.6f            /* a line kind that the good run lacks */
#define W_VARIED 0.3f         /* a kind that it has, in words that it has not */
#define W_KNOWN 0.4f          /* × for one that it has */

#define W_THRIFT 0.2f        /* context × (tokens / W_THRIFT_TOKENS)^-this */
#define W_THRIFT_TOKENS 20.0f
#define W_THRIFT_MOST 2.0f    /* no line gains more than this: bounds the first guess of a line's priority */
#define W_LEAST 0.02f         /* what is worth less is not printed, however much of the budget is left */
#define W_BRIDGE_TOKENS 40    /* gaps of fewer tokens beside a pick are taken along */

/* Service logs: no command fails; rarity and first sight matter, neighbours and the end matter less. */
#define W_SERVICE_STAMPED 0.6f  /* a service log: this share of the lines is stamped and … */
#define W_SERVICE_LEVELLED 0.1f /* … this share states a level */
#define W_SERVICE_RARITY 0.1f
#define W_SERVICE_REPEAT 0.05f
#define W_SERVICE_FORWARD 0.3f
#define W_SERVICE_BACKWARD 0.25f
#define W_SERVICE_WARNING 0.6f /* each kind of warning is news in a service's log */
#define W_SERVICE_THRIFT 0.5f
#define W_SERVICE_TAIL 0.1f

#endif
