/* Filters at work: which are active where in a log, and what their rules make of its lines.
 *
 * A filter changes the class, the worth and the kind of a line; it never changes, adds or hides a line. A filter becomes active at
 * a line (or command) that gives its tool away, and ends with its region, where the next command begins, or after a quiet span.
 * Of several active ones the last to become active is asked first; the first rule that matches decides.
 *
 * The set holds the filters and is shared by the inputs of one run; a classifier holds the place in one input. */
#ifndef CTXCUT_FILTER_CLASSIFY_H
#define CTXCUT_FILTER_CLASSIFY_H

#include "filter/definition.h"
#include "log/scan.h"

struct filter_set;

struct filter_set *filter_set_new(void);
void filter_set_free(struct filter_set *s); /* safe on NULL */

enum filter_origin { FILTER_BUILTIN, FILTER_USER, FILTER_REPOSITORY, FILTER_GIVEN /* named on the command line */ };

void filter_set_add_builtins(struct filter_set *s);
/* A filter with the name of one that is there takes its place. ERR_USAGE when it is wrong: the set is as it was. */
enum err_code filter_set_add(struct filter_set *s, struct span yaml, const char *path, enum filter_origin origin, struct err *err);

size_t filter_set_count(const struct filter_set *s);
struct filter_info {
	const char *name, *about, *path;
	enum filter_origin origin;
	struct span yaml;
};
void filter_set_info(const struct filter_set *s, size_t i, struct filter_info *out); /* sorted by name */
size_t filter_set_find(const struct filter_set *s, const char *name); /* SIZE_MAX: there is none */
/* Reads it at the first call. NULL: it is broken, which was told among the messages. */
const struct filter_definition *filter_set_definition(struct filter_set *s, size_t i);

/* Active from the first line to the last, whatever the lines say. False when there is none of that name. */
bool filter_set_force(struct filter_set *s, const char *name);
/* The command that writes the input: the filters that it gives away are active from the first line to the last. */
void filter_set_command(struct filter_set *s, struct span command);

/* What went wrong in use: broken filters, patterns switched off. */
size_t filter_set_message_count(const struct filter_set *s);
const struct err *filter_set_message(const struct filter_set *s, size_t i);

/* ---- one input ---- */

struct classifier;

struct classifier *classifier_new(struct filter_set *s);
void classifier_free(struct classifier *c); /* safe on NULL */
/* Of the type of scan_options.classify; `classifier` is a struct classifier. Lines in order. */
void classifier_line(void *classifier, struct scan_judged *line);

/* For scan_options.standing. Lives as long as the classifier. */
struct scan_standing *classifier_standing(struct classifier *c);

/* After the last line: what only the end of a block tells, which of its lines were the last. */
void classifier_finish(struct classifier *c, struct scan *scan);

/* Once the exit status of the command is known: `on: success` and `on: failure`. */
void filters_apply_status(struct scan *scan, int status);

/* ---- explaining ---- */

enum filter_event {
	FILTER_STARTED, /* the line gave the tool away */
	FILTER_ENDED,   /* region's end, next command, quiet span */
	FILTER_RULE,    /* the rule decided */
	FILTER_LATER,   /* the rule matches too, but one before it decided */
	FILTER_VETOED,  /* the rule matches, its `unless` too */
	FILTER_OPENED,  /* the line opens a block */
	FILTER_HELD,    /* no rule matches; the open block decides */
	FILTER_CLOSED,  /* a block ended before this line */
	FILTER_SILENT,  /* it is active and has nothing to say of the line */
};
struct filter_note {
	enum filter_event event;
	const char *filter, *path;
	unsigned line;          /* of the rule or block in the filter's file; 0: none */
	enum filter_class class;
	enum filter_status on;
	struct span pattern;
};
typedef void filter_watch(void *user, uint64_t line_no, const struct filter_note *note);
/* Tells everything that filters do. Changes nothing of it. */
void classifier_watch(struct classifier *c, filter_watch *watch, void *user);

#endif
