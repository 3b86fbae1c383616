/* The pass over a log: every line is judged once and leaves a small record, in bounded memory.
 *
 * Bounded: when the records reach their limit, those far from any anchor and from any segment's end are dropped into *runs*
 * that keep their counts. On inputs with fewer lines than the limit nothing is ever dropped, so the choice made afterwards is
 * that of a whole-input implementation by construction; tests lower the limit to hold the two against each other. */
#ifndef CTXCUT_LOG_SCAN_H
#define CTXCUT_LOG_SCAN_H

#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "input/lines.h"
#include "log/class.h"
#include "log/known.h"
#include "log/miner.h"
#include "log/runs.h"
#include "log/stamp.h"
#include "log/trace.h"
#include "log/verdict.h"

struct record {
	uint64_t no;     /* 1-based line number */
	uint64_t off;    /* of the line's first byte in the input */
	uint32_t len;    /* bytes, capped at UINT32_MAX: only printing needs it */
	uint32_t shape;  /* miner id */
	float base;      /* worth as an anchor by itself */
	uint16_t flags;  /* enum verdict_flag */
	uint8_t class;   /* enum line_class */
	uint8_t role;    /* enum trace_role in the low bits, RECORD_… above */
};
enum { RECORD_ROLE = 0x07, RECORD_IN_RANGE = 0x08, RECORD_QUERY = 0x10, RECORD_EXCLUDED = 0x20, RECORD_KNOWN = 0x40, RECORD_NEW = 0x80, RECORD_VARIED = 0xc0 };

/* A stretch of the log that ended in a failing exit. */
struct segment {
	uint64_t first, last; /* line numbers; `last` is the line that tells the exit */
};
enum { SEGMENTS_MAX = 64, MARKER_RANKS = 4 };
/* Marker ranks: how sure it is that the line ends a command that failed. */
enum marker_rank { MARKER_NONE = 0, MARKER_MENTION = 1, MARKER_STATEMENT = 2, MARKER_CI = 3 };

/* What a filter is told of a line, and what it may change. */
struct scan_judged {
	struct span text;         /* cleaned, without CI decoration */
	uint64_t no;
	uint64_t form;            /* lines of one form (text/kernel.h) differ in digits only; 0: unknown */
	bool form_is_new;         /* or forgotten */
	uint32_t shape;
	bool is_new;              /* first line of its shape */
	bool begins_command;      /* a command, step or section begins here */
	enum trace_role role;
	struct record *record;    /* as the generic rules have it: base, flags and class may be changed */
	uint64_t group;           /* out: not 0: lines with equal groups are of one kind, whatever their shapes */
	/* out: what was said of the line holds for every line of its form that meets `state` (scan_standing), begins no command and
	 * stands in no trace, as long as its digits at `digits` are the same. */
	bool settled;
	uint32_t state;
	uint8_t touches;          /* out: of scan_standing.touched, what such a line sets to its number: a bit for each */
	uint32_t next;            /* out: the state behind such a line, */
	uint8_t step;             /* out: and how it comes to be: see scan_standing.move */
	const uint16_t *digits;   /* out: SCAN_DIGITS offsets in `text`, maybe some of them equal. NULL: no digit counts */
};
enum { SCAN_DIGITS = 8 };

/* What the filters' word depends on beside the line. Theirs; scan writes `touched` alone, and calls `move` when a settled line has
 * another state as its next, or a step. */
struct scan_standing {
	uint32_t state; /* 0: nothing is settled now */
	uint64_t until; /* and nothing past this line */
	uint64_t touched[8];
	void (*move)(void *of, uint32_t next, uint8_t step, uint64_t no);
	void *of;
};

struct scan_options {
	bool ci;                     /* rules that know a CI system */
	enum level level;            /* lines below are not considered; LEVEL_NONE: all */
	const struct stamp *since, *until; /* borrowed, NULL: open */
	bool (*query)(void *user, struct span judged); /* NULL: no query */
	void *query_user;
	/* After the generic verdict; NULL: no filters. */
	void (*classify)(void *user, struct scan_judged *line);
	void *classify_user;
	struct scan_standing *standing; /* borrowed; NULL: each line is put to `classify` */
	/* Whether the good run also has a line of this shape key; NULL: no baseline. */
	bool (*known)(void *user, uint64_t key); /* asked for shape keys and for line keys */
	void *known_user;
	bool keyed;                  /* works out line_key also without `known` */
};

/* The shape that lines of a group count under; a cache, by the group's bits. */
enum { SCAN_GROUPS = 256 };
struct scan_group {
	uint64_t group; /* 0: none */
	uint32_t shape;
};

struct scan {
	struct limits limits;
	struct scan_options options;
	struct miner *miner;       /* owned */
	struct record *records;    /* owned, ascending by no */
	size_t count, cap;
	struct runs runs;          /* owned: the lines that left no record */
	struct segment segments[MARKER_RANKS][SEGMENTS_MAX];
	size_t segment_count[MARKER_RANKS]; /* may exceed SEGMENTS_MAX: the last slot then holds the last one */
	uint64_t lines, last_nonblank;
	uint64_t errors, warnings;
	uint64_t levelled;        /* lines that state a level */
	uint64_t stamped;         /* lines that begin with a time stamp of their own */
	uint64_t levelled_errors; /* and of these, error or above */
	uint64_t at_level, queried, in_time; /* lines that were asked for: by level, by words, by a stamp of their own */
	/* private */
	size_t room;               /* so many records may be before some have to go */
	size_t young;              /* records from here on came since, or belong to the end of the input */
	float threshold;           /* and what was kept then: the context of anchors worth so much, of each shape so many lines */
	uint32_t most, *held;      /* UINT32_MAX: any number; owned, by shape: so many are held, the end not counted */
	size_t held_cap;
	struct verdict *verdicts;  /* owned, by shape */
	size_t verdict_cap;
	bool *errored;             /* owned, by shape: had a line of class error or failure */
	struct known known;
	struct known_line passing; /* of a form that is not remembered */
	struct scan_standing alone; /* what stands when there are no filters */
	struct scan_standing *standing;
	bool settles;              /* lines of one form leave one record: nothing that was asked for looks at each line */
	struct scan_group groups[SCAN_GROUPS];
	struct trace trace;
	struct looker looker;
	uint64_t command_first, rank_first[MARKER_RANKS];
	bool in_range, ci_seen;
	unsigned messages;         /* lines of a trace's message so far */
	uint64_t line_key;         /* of the last line: its text with only the words masked that hold a digit */
};

void scan_init(struct scan *s, const struct limits *limits, const struct scan_options *options);
void scan_release(struct scan *s);
void scan_line(struct scan *s, const struct line *line);
/* The same for lines at which was looked ahead (log/look.h), a few together. */
void scan_seen(struct scan *s, const struct seen *lines, size_t count);
/* Index of the first record past this line. */
size_t scan_past(const struct scan *s, uint64_t line_no);

/* Brings counts and totals up to date, which lag behind while lines are scanned. */
void scan_tally(struct scan *s);
/* After the last line: templates are joined. */
void scan_finish(struct scan *s);

/* After score: frees what is known of kinds of line. Records, runs and totals stay. */
void scan_drop_kinds(struct scan *s);

/* The failing segments that count: those of the surest rank that occurred. Returns how many (≤ SEGMENTS_MAX). */
size_t scan_segments(const struct scan *s, const struct segment **out, enum marker_rank *rank);

/* Distinct templates of which at least one line was of class error or failure. After scan_finish. */
uint64_t scan_error_kinds(const struct scan *s);

#endif
