/* What one line says of failure, by itself, judged once per shape of line.
 *
 * Works without configuration on the words, counts and marks that tools of all kinds print. The tables (cues.h) hold general
 * words of the trade, never names of projects. Constants and their reasons: select/weights.h, select/SCORING.md. */
#ifndef CTXCUT_LOG_VERDICT_H
#define CTXCUT_LOG_VERDICT_H

#include <stdint.h>

#include "base/span.h"
#include "log/class.h"
#include "log/stamp.h"

enum verdict_flag {
	VERDICT_BLANK = 1 << 0,    /* nothing but blanks and rules (----) */
	VERDICT_PASS = 1 << 1,     /* says that something went well */
	VERDICT_NOISE = 1 << 2,    /* progress, downloads, compile commands */
	VERDICT_WARNING = 1 << 3,  /* a warning or below */
	VERDICT_STRONG = 1 << 4,   /* a strong failure form */
	VERDICT_LOCATION = 1 << 5, /* begins with path:line */
	VERDICT_COUNT = 1 << 6,    /* states a non-zero count of failures */
	VERDICT_VOLATILE = 1 << 7, /* a masked part (a count) decided: judge each line of this shape anew */
	VERDICT_NUMBERED = 1 << 8, /* "1) name": an entry of a failure list */
	VERDICT_LEVELLED = 1 << 9, /* a level field decided the class */
	VERDICT_DETAIL = 1 << 10,  /* expected/actual, diff lines, carets: explains a failure that stands near */
	VERDICT_ORDINARY = 1 << 14, /* set by scan: a line of this shape opens no trace */
	VERDICT_HEADING = 1 << 13, /* "=== text ===": another subject begins */
	VERDICT_STAMPED = 1 << 12, /* begins with a time stamp */
	VERDICT_EXITED = 1 << 11,  /* tells of an exit with a failing status */
	/* In records only, set by filters: what holds once the exit status of the command is known. The first shares its bit with
	 * VERDICT_ORDINARY, which no record has. */
	VERDICT_QUIET_ON_SUCCESS = 1 << 14, /* it is noise when the command succeeded */
	VERDICT_FAILURE_ON_FAILURE = 1 << 15, /* it is a failure when the command failed */
};

struct verdict {
	float base;              /* 0 … 1: worth as an anchor before late factors */
	uint16_t flags;          /* enum verdict_flag */
	uint8_t class;           /* enum line_class */
	uint8_t level;           /* enum level */
};

/* `judged` is cleaned, without CI decoration (peel.h). */
struct verdict verdict_of(struct span judged);

#endif
