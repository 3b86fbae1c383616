/* ctxcut: cut huge logs down to the few lines that matter, each with a reference to where it stands.
 *
 * The only installed header. Handles are opaque; bytes are pushed in, picks are walked, renderings go to a callback.
 * The library never prints, never exits, never prompts, opens no network connection. All text is UTF-8.
 * One handle is used by one thread at a time; different handles are independent. */
#ifndef CTXCUT_H
#define CTXCUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CTXCUT_VERSION "0.1.0"

#if defined(CTXCUT_BUILD)
#define CTXCUT_API __attribute__((visibility("default")))
#else
#define CTXCUT_API
#endif

enum ctxcut_status {
	CTXCUT_OK = 0,
	CTXCUT_INPUT = 1,   /* an input could not be read, or not to its end; the rest was reduced */
	CTXCUT_USAGE = 2,   /* an option, a value or a reference is wrong */
	CTXCUT_OUTPUT = 3,  /* the writer callback reported an error */
	CTXCUT_STORE = 4,   /* the store could not be read or written; the reduction is complete all the same */
	CTXCUT_MISSING = 5, /* what a reference names does not exist */
	CTXCUT_CHANGED = 6, /* what a reference names exists, with other content */
};

CTXCUT_API const char *ctxcut_version(void);

/* Receives `len` bytes of output; returns 0 to go on, anything else to stop with CTXCUT_OUTPUT. */
typedef int ctxcut_write(void *user, const char *bytes, size_t len);

/* ---- reduce ------------------------------------------------------------------------------------------------------ */

struct ctxcut;

CTXCUT_API struct ctxcut *ctxcut_new(void);
CTXCUT_API void ctxcut_free(struct ctxcut *c); /* safe on NULL */

/* Sets an option before the first input. Names and values (all text) as on the command line:
 *   budget      tokens, 64 or more, or "none"                       default 4000
 *   encoding    o200k_base | cl100k_base | claude                    default o200k_base
 *   query       words, or /regex/: lines that match weigh more       may be set more than once
 *   level       the least severe level that is considered (warning…) default none
 *   since,until a time: only lines stamped in this range are considered
 *   store       "yes" | "no"; "no" also means: no reference for streams   default yes
 *   store-dir   a folder                                              default per XDG_STATE_HOME
 *   format      text | json | markdown                                default text
 *   color       yes | no                                              default no
 *   line-numbers yes | no                                             default no
 *   ci          yes | no: rules that know a CI system                 default yes
 *   exit-status 0–255: the status of the command that wrote the input, when known
 *   cpu         plain | scalar | sse2 | avx2 | avx512 | neon, for the whole process   default the fastest there is
 *   threads     1 to 64: threads that read a large input                  default as many as help
 *   filters     yes | no: filters for the tools that wrote the lines   default yes
 *   filter      a filter's name: active from first to last line      may be set more than once
 *   command     the command that wrote the inputs: its filters are active from first to last line
 *   pass-budget tokens, as budget, in its place when the status is 0 and not everything fits into it   default none
 *   source      a folder: behind a printed line that names a place in this tree (PATH:LINE) stands a reference to the definition
 *               around it, each definition once
 *   decode      yes | no: what is fed with ctxcut_feed may be zstd or UTF-16; no: it is as it is           default yes
 *   redact      yes | no: secrets are masked in what is printed, not in the store   default no
 * CTXCUT_USAGE with a message for an unknown name or a bad value. */
CTXCUT_API enum ctxcut_status ctxcut_set(struct ctxcut *c, const char *name, const char *value);

/* The good run to compare with: what it also says weighs little, what it lacks weighs more. */
CTXCUT_API enum ctxcut_status ctxcut_baseline_file(struct ctxcut *c, const char *path);

/* Inputs, in the order in which they are shown. A file's reference is its path, a descriptor's and a stream's a store id. */
CTXCUT_API enum ctxcut_status ctxcut_add_file(struct ctxcut *c, const char *path);
CTXCUT_API enum ctxcut_status ctxcut_add_fd(struct ctxcut *c, int fd, const char *name); /* reads to the end; fd stays open */
CTXCUT_API enum ctxcut_status ctxcut_begin(struct ctxcut *c, const char *name);
CTXCUT_API enum ctxcut_status ctxcut_feed(struct ctxcut *c, const void *bytes, size_t len);
/* In place of ctxcut_feed: all that `read` gives, until that is 0. It is given room for `size` bytes, may wait, and may be
 * called from another thread than the caller's, but never twice at once: threads share the work, as they do for a file. */
typedef size_t ctxcut_read(void *user, void *into, size_t size);
CTXCUT_API enum ctxcut_status ctxcut_feed_from(struct ctxcut *c, ctxcut_read *read, void *user);
CTXCUT_API enum ctxcut_status ctxcut_end(struct ctxcut *c);

/* How the command that wrote the inputs ended, for who learns it only after them; before ctxcut_finish. term_signal 0: it
 * exited, with exit_status (0 to 255). Otherwise a signal ended it, and the status is taken to be 128 + term_signal. */
CTXCUT_API enum ctxcut_status ctxcut_set_status(struct ctxcut *c, int exit_status, int term_signal);

/* Ends the inputs and chooses. CTXCUT_INPUT or CTXCUT_STORE when one of them failed: the result stands all the same. */
CTXCUT_API enum ctxcut_status ctxcut_finish(struct ctxcut *c);

/* Safe in a signal handler: descriptors and files being read end here as if closed; what was read is reduced. */
CTXCUT_API void ctxcut_stop(void);

/* The message of the last call that failed, else "". Further messages (one per failed input, store trouble) by index. */
CTXCUT_API const char *ctxcut_error(const struct ctxcut *c);
CTXCUT_API size_t ctxcut_message_count(const struct ctxcut *c);
CTXCUT_API const char *ctxcut_message(const struct ctxcut *c, size_t i);

/* After ctxcut_finish: writes the result in the chosen format. May be called again after setting format, color or
 * line-numbers. */
CTXCUT_API enum ctxcut_status ctxcut_render(struct ctxcut *c, ctxcut_write *write, void *user);

enum ctxcut_kind { CTXCUT_LINES = 0, CTXCUT_GAP = 1, CTXCUT_FOLD = 2 };

struct ctxcut_pick {
	enum ctxcut_kind kind;
	size_t input;                    /* index of the input */
	uint64_t first_line, last_line;  /* 1-based, inclusive; picks tile each input without holes */
	uint64_t errors, warnings;       /* lines of these severities in the range */
	uint64_t kinds;                  /* distinct kinds of line in a gap */
};

/* Walks the picks: 1 and *out set, or 0 past the last. Start with *cursor = 0. */
CTXCUT_API int ctxcut_next_pick(const struct ctxcut *c, size_t *cursor, struct ctxcut_pick *out);

struct ctxcut_source {
	size_t input;
	uint64_t line;                   /* the printed line that names the place */
	const char *reference;           /* borrowed: PATH:A-B, as ctxcut_show takes it */
	const char *kind, *name;         /* of the definition; "" when the place lies in none */
};
/* Walks the references into the folder `source`: 1 and *out set, or 0 past the last. Start with *cursor = 0. */
CTXCUT_API int ctxcut_next_source(const struct ctxcut *c, size_t *cursor, struct ctxcut_source *out);

/* The printed form of line `line_no` of input `input`, cleaned; of an over-long line verbatim pieces, each `…[N cut]…` standing
 * for N characters (`…[N bytes cut]…` for so many bytes). Borrowed until ctxcut_free; NULL when that line was not picked. */
CTXCUT_API const char *ctxcut_line(const struct ctxcut *c, size_t input, uint64_t line_no, size_t *len);

struct ctxcut_input_info {
	const char *name, *reference;    /* borrowed; reference "" when there is none */
	uint64_t lines, bytes, tokens;
	int tokens_estimated;            /* 1: extrapolated from samples (large input) or an estimated vocabulary */
	uint64_t errors, error_kinds, warnings, errors_shown;
};
CTXCUT_API size_t ctxcut_input_count(const struct ctxcut *c);
CTXCUT_API enum ctxcut_status ctxcut_input(const struct ctxcut *c, size_t i, struct ctxcut_input_info *out);

/* Text with its secrets masked, cut to what `size` holds with its NUL: for what a caller prints besides. Returns how many. */
CTXCUT_API size_t ctxcut_mask(char *out, size_t size, const char *text);

/* ---- references -------------------------------------------------------------------------------------------------- */

/* A reference is PATH[@HASH][:RANGE] or ID[:RANGE]; RANGE is A-B, A-, -B, A or A+N (N lines from A on), 1-based. HASH, 8 to 32 hex digits
 * of the content's XXH3-128, is what a reduction printed: with it a file that changed since is noticed. */
struct ctxcut_show_options {
	const char *store_dir;  /* NULL: default */
	const char *grep;       /* only lines matching this PCRE2 pattern, or NULL */
	size_t context;         /* lines around each match */
	uint64_t around;        /* the line that the range was made for: when there is none of that number, messages name it; 0: none */
	int line_numbers;       /* "N:" before each line ("N-" for context lines) */
	int redact;             /* mask secrets; the note says how many. Reads twice, so a pipe will not do */
};
/* Without grep, line_numbers and redact the bytes are those of the original, exactly. `error` receives what went wrong, or with
 * CTXCUT_OK a note that a reader should see (the range ends behind the last line, say), or "". */
CTXCUT_API enum ctxcut_status ctxcut_show(const char *reference, const struct ctxcut_show_options *options,
                                          ctxcut_write *write, void *user, char *error, size_t error_size);
/* Whether an input is binary data and no text, by its first bytes (decoded; 64 KiB of them are enough): NULL for text, else what
 * it is, with the mend if there is one ("a zip archive: give the output of unzip -p"), or "" where that is not known. */
CTXCUT_API const char *ctxcut_binary(const void *head, size_t len);
/* CTXCUT_OK: it holds. CTXCUT_CHANGED, CTXCUT_MISSING, … with a message otherwise. */
CTXCUT_API enum ctxcut_status ctxcut_check(const char *reference, const char *store_dir, char *error, size_t error_size);

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

/* Exact count of bytes in an encoding (see "encoding" above); SIZE_MAX when there is no such encoding. */
CTXCUT_API size_t ctxcut_tokens(const char *encoding, const void *bytes, size_t len);
/* Exact count of a whole decoded file or descriptor, in bounded memory. */
CTXCUT_API enum ctxcut_status ctxcut_tokens_file(const char *encoding, const char *path, uint64_t *tokens, uint64_t *lines,
                                                 uint64_t *bytes, char *error, size_t error_size);
CTXCUT_API enum ctxcut_status ctxcut_tokens_fd(const char *encoding, int fd, const char *name, uint64_t *tokens,
                                               uint64_t *lines, uint64_t *bytes, char *error, size_t error_size);

/* ---- templates --------------------------------------------------------------------------------------------------- */

struct ctxcut_templates;
CTXCUT_API struct ctxcut_templates *ctxcut_templates_new(void);
CTXCUT_API void ctxcut_templates_free(struct ctxcut_templates *t);
/* Before the first input: secrets are masked in patterns and examples. */
CTXCUT_API void ctxcut_templates_redact(struct ctxcut_templates *t);
CTXCUT_API enum ctxcut_status ctxcut_templates_add_file(struct ctxcut_templates *t, const char *path);
CTXCUT_API enum ctxcut_status ctxcut_templates_add_fd(struct ctxcut_templates *t, int fd, const char *name);
CTXCUT_API const char *ctxcut_templates_error(const struct ctxcut_templates *t);
CTXCUT_API enum ctxcut_status ctxcut_templates_finish(struct ctxcut_templates *t);

struct ctxcut_template {
	uint64_t count, first_line, last_line; /* lines are numbered through all inputs */
	const char *pattern, *example;         /* borrowed, NUL-terminated, without control characters */
};
CTXCUT_API size_t ctxcut_templates_count(const struct ctxcut_templates *t);
CTXCUT_API enum ctxcut_status ctxcut_templates_get(const struct ctxcut_templates *t, size_t i, struct ctxcut_template *out);
/* One template id per input line, as text, one per line: the inputs are read a second time. */
CTXCUT_API enum ctxcut_status ctxcut_templates_ids(struct ctxcut_templates *t, ctxcut_write *write, void *user);

/* ---- labels ------------------------------------------------------------------------------------------------------ */

/* What a file of labels says of one log: lines that a reduction must keep. For each log first one with neither a range nor a
 * text, which only names it. */
struct ctxcut_label {
	const char *file;               /* as written, from the folder of the labels on; NULL: the log beside them */
	uint64_t first_line, last_line; /* 1-based, inclusive; 0: not a range */
	const char *text;               /* the text of a line; NULL: not a text */
	size_t any;                     /* of the labels of a log with the same number one is enough; 0: it counts for itself */
};
typedef void ctxcut_take_label(void *user, const struct ctxcut_label *label);

/* Reads labels: JSON, as bench/README.md describes. What is lent to `take` is so until it returns. CTXCUT_INPUT: it cannot be
 * read or is not in that form; `error` says the place and what to write. Nothing was handed over then. */
CTXCUT_API enum ctxcut_status ctxcut_labels_read(const char *path, ctxcut_take_label *take, void *user, char *error,
                                                 size_t error_size);

/* ---- slices ------------------------------------------------------------------------------------------------------ */

/* Slices of source trees: definitions, places, the frames of a trace. Their lines are those of the files, byte for byte. */
struct ctxcut_slice;
CTXCUT_API struct ctxcut_slice *ctxcut_slice_new(void);
CTXCUT_API void ctxcut_slice_free(struct ctxcut_slice *s); /* safe on NULL */

/* Sets an option before the first tree and query:
 *   budget, encoding, format, line-numbers   as for ctxcut_set
 *   callers     yes | no: also definitions that call what was found     default no
 *   tests       yes | no: also tests that name it                       default no
 *   imports     yes | no: also what its file imports, and where that is default no
 *   context     lines around what is shown; 0 for definitions, 10 for places outside of any, 2 around calls when it is not set
 *   redact      yes | no: secrets are masked; a slice that had some says so   default no
 *   glob        only files that match, as in .gitignore; "!" excludes   may be set more than once
 *   ignore      yes | no: git's ignore rules hold                       default yes
 *   hidden      yes | no: outside a repository, also names that begin with a dot   default no */
CTXCUT_API enum ctxcut_status ctxcut_slice_set(struct ctxcut_slice *s, const char *name, const char *value);
/* A folder to look in; without any, the current one. */
CTXCUT_API enum ctxcut_status ctxcut_slice_add_tree(struct ctxcut_slice *s, const char *folder);

/* A query: a definition's name (`handle`, `Cart.add`, `cart::add`), PATH:LINE, PATH:A-B, PATH, PATH:NAME, or words. */
CTXCUT_API enum ctxcut_status ctxcut_slice_query(struct ctxcut_slice *s, const char *text);
/* Words, even where a definition has that name. */
CTXCUT_API enum ctxcut_status ctxcut_slice_words(struct ctxcut_slice *s, const char *text);
/* A stack trace, diagnostics of compilers, a log: what lies in the tree of the places that it names. Without any: its words. */
CTXCUT_API enum ctxcut_status ctxcut_slice_text(struct ctxcut_slice *s, const void *text, size_t len);

/* Ends the queries and chooses. CTXCUT_MISSING: a query found nothing. CTXCUT_INPUT: a part of the tree could not be read. The
 * rendering stands all the same, and says so. */
CTXCUT_API enum ctxcut_status ctxcut_slice_finish(struct ctxcut_slice *s);
CTXCUT_API enum ctxcut_status ctxcut_slice_render(struct ctxcut_slice *s, ctxcut_write *write, void *user);
CTXCUT_API const char *ctxcut_slice_error(const struct ctxcut_slice *s); /* of the last call that failed, else "" */

struct ctxcut_slice_info {
	const char *reference;           /* PATH@HASH: ":first-last" behind it makes what ctxcut_show takes */
	const char *kind, *name;         /* "function", "Cart.add"; "" where it is no definition */
	uint64_t first_line, last_line;
	uint64_t shown_lines;            /* as many of them fit the budget */
	const char *text;                /* all of them, not NUL-terminated */
	size_t text_len;
};
CTXCUT_API size_t ctxcut_slice_count(const struct ctxcut_slice *s);
CTXCUT_API enum ctxcut_status ctxcut_slice_get(const struct ctxcut_slice *s, size_t i, struct ctxcut_slice_info *out);

/* ---- filters ----------------------------------------------------------------------------------------------------- */

/* The filters that a reduction started here and now would use; see ctxcut-filter(5). */
struct ctxcut_filters;
CTXCUT_API struct ctxcut_filters *ctxcut_filters_new(void);
CTXCUT_API void ctxcut_filters_free(struct ctxcut_filters *f);
/* A file that nobody needs to trust, because the caller names it. Takes the place of a filter with its name. */
CTXCUT_API enum ctxcut_status ctxcut_filters_add_file(struct ctxcut_filters *f, const char *path);
CTXCUT_API const char *ctxcut_filters_error(const struct ctxcut_filters *f);
/* What is wrong with files in the user's and the repository's folder; a file that is not trusted is among them. */
CTXCUT_API size_t ctxcut_filters_message_count(const struct ctxcut_filters *f);
CTXCUT_API const char *ctxcut_filters_message(const struct ctxcut_filters *f, size_t i);

struct ctxcut_filter_info {
	const char *name, *about, *path; /* borrowed */
	const char *origin;              /* "built-in", "user", "repository" or "given" */
	const char *yaml;                /* borrowed: its text, not NUL-terminated */
	size_t yaml_len;
};
CTXCUT_API size_t ctxcut_filters_count(const struct ctxcut_filters *f); /* sorted by name */
CTXCUT_API enum ctxcut_status ctxcut_filters_get(const struct ctxcut_filters *f, size_t i, struct ctxcut_filter_info *out);
/* SIZE_MAX: there is none of that name. */
CTXCUT_API size_t ctxcut_filters_find(const struct ctxcut_filters *f, const char *name);

struct ctxcut_filter_test {
	size_t samples, failed; /* samples that ran, and those of them with a misjudged line */
};
/* Runs the samples of filter i through the reduction. Each misjudged line is written, with the rules that judged it. Without a
 * sample of a failed and one of a passed run the filter fails too. */
CTXCUT_API enum ctxcut_status ctxcut_filters_test(struct ctxcut_filters *f, size_t i, ctxcut_write *write, void *user,
                                                  struct ctxcut_filter_test *out);

/* Writes what became of one line of a file and why: each rule, of filters and general ones, that touched it. Options, of `set`,
 * are those of ctxcut_set as "name=value". */
CTXCUT_API enum ctxcut_status ctxcut_filters_explain(struct ctxcut_filters *f, const char *path, uint64_t line_no,
                                                     const char *const *set, size_t set_count, ctxcut_write *write, void *user);

/* From now on secrets are masked in what explain and skeleton write. */
CTXCUT_API void ctxcut_filters_redact(struct ctxcut_filters *f);

/* Writes a skeleton for a new filter, made from a log. */
CTXCUT_API enum ctxcut_status ctxcut_filters_skeleton(struct ctxcut_filters *f, const char *name, const char *log, size_t len,
                                                      ctxcut_write *write, void *user);

/* Filters of a repository load once this file, as it is now, was trusted. */
CTXCUT_API enum ctxcut_status ctxcut_filters_trust(const char *path, char *error, size_t error_size);

/* ---- manifests of source trees ----------------------------------------------------------------------------------- */

struct ctxcut_manifest;
CTXCUT_API struct ctxcut_manifest *ctxcut_manifest_new(void);
CTXCUT_API void ctxcut_manifest_free(struct ctxcut_manifest *m); /* safe on NULL */

/* Sets an option before the scan. Names and values as on the command line:
 *   format      text | json | ctags | markdown                       default text
 *   budget      tokens, 100 or more, or "none": of text and markdown  default 4000
 *   encoding    o200k_base | cl100k_base | claude                     default o200k_base
 *   query       words, or the text of an issue: what to rank by       may be set more than once
 *   ignore      yes | no: what git ignores stays out                  default yes
 *   hidden      yes | no: names that begin with a dot come too        default no
 *   glob        a pattern as in .gitignore; "!" excludes              may be set more than once
 *   lang        a language's name: only its files                     may be set more than once
 *   changed     a git revision: only files that differ from it
 *   threads     how many read; 0: as many as there are processors     default 0
 *   cache       yes | no                                              default yes
 * CTXCUT_USAGE with a message for an unknown name or a bad value. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_set(struct ctxcut_manifest *m, const char *name, const char *value);

/* A folder or a file. Without any, the scan takes the current folder. Paths in the manifest begin with the path given here, so
 * that they can be opened from the current folder. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_add_path(struct ctxcut_manifest *m, const char *path);

/* Reads the tree. CTXCUT_INPUT when a path or a file could not be read: see the messages; the rest is there all the same. When a
 * cache may have the result, files are only read when that is needed, by the calls below, which then give CTXCUT_INPUT. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_scan(struct ctxcut_manifest *m);

/* After the scan: writes the manifest in the chosen format. May be called again after setting format or budget. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_render(struct ctxcut_manifest *m, ctxcut_write *write, void *user);

/* After the scan: compares a manifest that was written before, as JSON, text or markdown, with the tree. Writes a line for each
 * reference that moved, changed or vanished. CTXCUT_CHANGED when there is one. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_check(struct ctxcut_manifest *m, const char *manifest, size_t len,
                                                    ctxcut_write *write, void *user);

/* Where the manifest lies in a document that holds other things too: between two marker lines. Call it before the scan: the
 * document itself is then left out of the manifest. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_document(struct ctxcut_manifest *m, const char *path);
/* After the scan: writes the manifest between the markers of the document and touches nothing else; without markers it is
 * appended. *changed: whether the document is another one now. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_update(struct ctxcut_manifest *m, int *changed);
/* After the scan: whether an update would change the document: CTXCUT_CHANGED, and a line for each reference in it that moved,
 * changed or vanished. */
CTXCUT_API enum ctxcut_status ctxcut_manifest_stale(struct ctxcut_manifest *m, ctxcut_write *write, void *user);

/* The message of the last call that failed, else "". Further messages (a file that could not be read) by index. */
CTXCUT_API const char *ctxcut_manifest_error(const struct ctxcut_manifest *m);
CTXCUT_API size_t ctxcut_manifest_message_count(const struct ctxcut_manifest *m);
CTXCUT_API const char *ctxcut_manifest_message(const struct ctxcut_manifest *m, size_t i);

#ifdef __cplusplus
}
#endif
#endif
