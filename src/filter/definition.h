/* A filter: what its YAML says, checked. ctxcut-filter(5) documents the format; the words here are those of the format.
 *
 * A definition is data. It is not changed by use, except that its patterns are compiled at their first need: like a pattern
 * (pattern.h) it serves one thread at a time. */
#ifndef CTXCUT_FILTER_DEFINITION_H
#define CTXCUT_FILTER_DEFINITION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "filter/first.h"
#include "filter/spots.h"
#include "text/literals.h"
#include "text/pattern.h"

enum {
	FILTER_PATTERN_BYTES_MOST = 4096,
	FILTER_RULES_MOST = 256,
	FILTER_DETECTS_MOST = 64,
	FILTER_BLOCKS_MOST = 64,
	FILTER_SAMPLES_MOST = 64,
	FILTER_QUIET_DEFAULT = 1000,
	FILTER_BLOCK_LINES_DEFAULT = 40,
	FILTER_BLOCK_LINES_MOST = 100000,
	FILTER_BLOCK_LAST_MOST = 64,
};

/* What a rule makes of a line. */
enum filter_class {
	FILTER_CLASS_NONE = 0,
	FILTER_CLASS_FAILURE,  /* says what failed and, at best, why: an anchor of the highest worth */
	FILTER_CLASS_ERROR,    /* says that something failed: worth less than what says why */
	FILTER_CLASS_WARNING,
	FILTER_CLASS_SUMMARY,  /* totals of a run */
	FILTER_CLASS_SECTION,  /* a heading: another subject begins */
	FILTER_CLASS_DETAIL,   /* explains a failure near it: values, excerpts, diffs */
	FILTER_CLASS_CONTEXT,  /* neither good nor bad, whatever words stand in it */
	FILTER_CLASS_PASS,     /* something went well */
	FILTER_CLASS_PROGRESS, /* the tool is busy */
	FILTER_CLASS_NOISE,    /* says nothing of a failure, whatever words stand in it */
	FILTER_CLASSES,
};
const char *filter_class_name(enum filter_class c);

struct filter_pattern {
	struct span text;
	unsigned line, column;
	struct literals gate;
	bool digits_alike;        /* alike.h */
	struct spots spots;       /* of one to which they are not */
	struct first_bytes first;
	struct span head;         /* first.h */
	struct pattern *compiled; /* owned; NULL until needed */
	unsigned gave_up;         /* matches that reached a limit */
	bool off;                 /* … too often, or it did not compile: matches nothing any more */
};

enum filter_status { FILTER_ANY_STATUS, FILTER_ON_SUCCESS, FILTER_ON_FAILURE };

struct filter_rule {
	struct filter_pattern match, unless; /* unless: text empty when there is none */
	enum filter_class class;
	enum filter_status on;
	bool fold;       /* all lines of this rule are of one kind */
	const char *group_by; /* lines with equal captures of this name are of one kind; NULL: as the miner says */
};

struct filter_block {
	struct filter_pattern from, to; /* to: text empty when only `max` ends it */
	bool to_blank;              /* a blank line ends it */
	enum filter_class class;    /* of the lines after `from` that no rule matches */
	enum filter_class head;     /* of the line that opens it, when no rule matches it */
	unsigned max;               /* lines after the first */
	unsigned first, last;       /* lines beyond the first and before the last ones are noise; both 0: none are */
	enum filter_status on;      /* of the exit: what the class then holds for */
};

enum filter_detect_kind { DETECT_LINE, DETECT_COMMAND, DETECT_REGION };

struct filter_detect {
	enum filter_detect_kind kind;
	struct filter_pattern pattern;
};

struct filter_sample {
	struct span about, input;
	int status;
	size_t budget;     /* tried up to this many tokens; 0: worked out from the lines to keep */
	struct span *keep; /* texts; the first line that holds one is kept */
	size_t keep_count;
	struct span *drop; /* texts; no line that holds one is kept */
	size_t drop_count;
	unsigned line;
};

struct filter_definition {
	struct arena arena;
	const char *path; /* for messages */
	struct span name, about;
	struct filter_detect *detects;
	size_t detect_count;
	struct filter_pattern *ends; /* a line that matches is the last of the region */
	size_t end_count;
	unsigned quiet; /* lines without a match of any rule that end it */
	struct filter_pattern prefix; /* text empty: none */
	struct filter_rule *rules;
	size_t rule_count;
	struct filter_block *blocks;
	size_t block_count;
	struct filter_sample *samples;
	size_t sample_count;
};

/* Reads and checks a filter. The text may go afterwards. With `compile`, all patterns are compiled and tried against lines
 * that no pattern may take for its own; without it that is left to the first need, for what was checked at build time.
 * ERR_USAGE: "path:line:column: what: mend". */
enum err_code definition_read(struct filter_definition **out, struct span yaml, const char *path, bool compile, struct err *err);
void definition_free(struct filter_definition *d); /* safe on NULL */

/* Whether there is a sample of a run that failed and one of a run that passed, and both ask for something. */
enum err_code definition_check_samples(const struct filter_definition *d, struct err *err);

/* The compiled form, or NULL when the pattern is off. `err` is set (code not ERR_OK) when this call switched it off. */
struct pattern *filter_pattern_ready(const char *path, struct filter_pattern *p, struct err *err);

#endif
