/* A language profile as it is read from filters/languages/<name>.yaml (see the README there): what the scanner is driven by.
 * Everything lives in the profile's arena and is constant once read. Patterns are kept as text here, their fragments put in:
 * a compiled pattern serves one thread, so each outliner compiles its own. */
#ifndef CTXCUT_TREE_PROFILE_H
#define CTXCUT_TREE_PROFILE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "text/literals.h"
#include "tree/outline.h"

enum { PROFILE_HEADS_MOST = 64, PROFILE_OPENERS_MOST = 64, PROFILE_PATTERN_BYTES_MOST = 8000, HEAD_UNDER_MOST = 4 };

enum block_style { STYLE_BRACE, STYLE_INDENT, STYLE_END, STYLE_LINE, BLOCK_STYLES };

/* What the text inside a block is, as far as definitions are concerned. */
enum context {
	CONTEXT_TOP,   /* the file, a namespace */
	CONTEXT_TYPE,  /* the body of a class, struct, trait */
	CONTEXT_CODE,  /* the body of a function */
	CONTEXT_VALUE, /* an object literal: members with commas between them */
	CONTEXT_LIST,  /* an enumeration: members with commas between them */
	CONTEXT_NONE,  /* nothing is looked for in it */
	CONTEXTS
};
const char *context_name(enum context c);

enum opener_kind {
	OPENER_LINE_COMMENT, OPENER_BLOCK_COMMENT, OPENER_STRING, OPENER_CHARACTER, OPENER_REGEX, OPENER_HEREDOC, OPENER_ATTRIBUTE, OPENER_QUOTE,
	OPENER_FENCE, OPENER_ISLAND,
};

/* What begins a comment, a string or an attribute. `open` is looked for from its first byte on, the trigger; letters before it
 * (the r of r"…") are looked for to the left, so that letters need not stop the scan. */
struct opener {
	enum opener_kind kind;
	struct span before;       /* left of the trigger */
	bool before_any;          /* only those letters or nothing may stand left of the trigger */
	bool delimiter_before;    /* the delimiter stands between `before` and the trigger */
	struct span open;         /* from the trigger on; then the delimiter, if it stands here, and `open_rest` */
	struct span open_rest;
	bool delimited;
	bool delimiter[256];      /* bytes that a delimiter may hold */
	size_t delimiter_least;
	struct span close, close_rest; /* around the delimiter */
	int escape;               /* a byte, or -1 */
	bool doubled;             /* `close` written twice stands for itself */
	bool lines;               /* may hold line ends */
	bool nested;              /* a block comment that nests */
	bool at_line_begin;       /* only blanks before it on its line */
	bool after_blank;         /* begin of the text, blank or bracket before it */
	bool continued;           /* a line comment goes on after a backslash at the line's end */
	bool not_after_digit;     /* 1'000 is no character */
	struct span inner_open;   /* code inside a string; empty: none */
	unsigned char inner_close;
	bool inner_doubled;       /* `inner_open` written twice stands for itself */
	bool spans_lines;         /* regex: one that begins with a line end goes on over lines */
	struct span allowed_after; /* regex: bytes after which one may begin */
	struct span flags;        /* heredoc: "-~" */
	bool indented;            /* heredoc: its end may be indented */
	bool rest;                /* heredoc: code may follow the end mark on its line */
	bool blanks;              /* heredoc: may stand between its mark and its tag */
	bool upper;               /* heredoc: a tag without flag or quotes begins with a capital */
	bool to_end;              /* comment: all that follows, to the end of the text */
	uint8_t parts;            /* quote: 2 as in s/…/…/ */
	bool value;               /* quote: only where a value may stand, as its mark is an operator elsewhere */
	bool word;                /* attribute: a dotted name, then perhaps (…) */
	const struct span *except; /* attribute: words that are none */
	size_t except_count;
};

enum word_use {
	WORD_MODIFIER = 1,   /* stands before the first word of a head */
	WORD_EXPORTS = 2,    /* a modifier that makes visible */
	WORD_HIDES = 4,      /* a modifier that hides */
	WORD_STATEMENT = 8,  /* begins a statement that defines nothing */
	WORD_LABEL = 16,     /* with ':' behind it, it is no part of the head */
	WORD_DROPPED = 32,   /* with (…) behind it, it is no part of a head */
	WORD_BEGIN = 64,     /* end-keyword style: opens a block when it is the first word of a statement */
	WORD_ANYWHERE = 128, /* … wherever it stands */
	WORD_DO = 256,       /* … unless a WORD_LOOP opened one on the same line */
	WORD_LOOP = 512,
	WORD_END = 1024,
	WORD_MIDDLE = 2048,  /* else, rescue: ends the statement, no block */
	WORD_REGEX = 4096,   /* a regex may follow */
	WORD_GOES_ON = 8192, /* newline style: a line that begins with it continues the statement */
	WORD_DIRECTIVE = 16384,
	WORD_VALUE = 32768,  /* end-keyword style: opens a block after '=' or '(' too */
	WORD_KIND = 65536,   /* names a kind */
	WORD_TAKES = 131072, /* a modifier with (…) or […] behind it: pub(crate) */
	WORD_INSIDE = 524288, /* end-keyword style: opens a block unless it is a statement's first word outside of all blocks */
	WORD_LEADS_ON = 1048576, /* a line that ends with it goes on */
	WORD_PLAIN_MODIFIER = 262144, /* WORD_MODIFIER because 'modifiers' says so */
};

struct word {
	struct span text;
	uint32_t use;
	enum symbol_kind kind; /* WORD_KIND */
	uint64_t heads;        /* heads that begin with it */
};

enum { AT_BLOCK = 1, AT_STATEMENT = 2, AT_BRACKET = 4, PLACES = 3 };

struct head {
	bool defines;           /* false: it only says what the block holds */
	enum symbol_kind kind;
	enum symbol_kind member_kind; /* inside a type */
	uint8_t in;             /* bits of enum context */
	uint8_t at;             /* AT_… */
	enum context opens;
	bool opens_by_kind;     /* the group `kind` decides that */
	bool to_statement_end;  /* the symbol ends with the statement, not with the block */
	bool goes_on;           /* no definition, no block: the braces are part of the head */
	bool to_indent_end;     /* line style: the symbol ends with the last line that is further to the right */
	int level;              /* line style: of a heading; 0: as long as the group (?<level>…), or 1 */
	struct span with;       /* … and with those at the left edge that match this */
	struct span until;      /* line style: pattern of the symbol's last line */
	const struct span *under; /* line style: patterns of which the next line must match one; the n-th makes it level n */
	size_t under_count;
	bool hidden, exported;
	bool named_as_scope;    /* only with the name of the type it stands in */
	struct span pattern;    /* fragments put in */
	struct span tail;       /* after the block: the name; empty: none */
	struct literals holds;
	unsigned line, column;  /* of the pattern */
	struct span not_before; /* bytes that, behind the block, say that this was no definition */
};

struct import_rule {
	struct span pattern;
	struct literals holds;
	bool anywhere;
};

struct claim { /* an extension that more than one language uses */
	struct span extension;
	struct span pattern; /* of a line; empty: the language takes the extension when none else claims it */
	const struct span *first;
	size_t first_count;
};

struct sample_symbol {
	enum symbol_kind kind;
	struct span name; /* qualified */
	uint32_t first_line, last_line;
	unsigned line, column;
};
struct sample {
	struct span text;
	struct sample_symbol *symbols;
	size_t symbol_count;
	struct span *imports;
	size_t import_count;
	bool unbalanced;
	unsigned line;
};

struct profile {
	struct arena arena;
	const char *path;
	struct span name, about;
	struct span *aliases, *extensions, *files, *interpreters;
	size_t alias_count, extension_count, file_count, interpreter_count;
	struct claim *claims;
	size_t claim_count;
	enum block_style style;
	bool identifier[256];
	bool newlines;          /* a line end ends a statement … */
	bool newline_after[256];  /* … unless it stands behind one of these */
	bool newline_before[256]; /* … or the next line begins with one of these */
	bool newline_deeper;      /* … or stands further to the right than the statement's begin */
	int escape;             /* outside of strings: the next byte stands for itself; -1: none */
	bool directives;        /* lines that begin with # are the preprocessor's */
	bool macros;            /* … and #define defines */
	bool skip_if_zero;
	bool separators[CONTEXTS]; /* ',' ends a statement */
	enum context otherwise[CONTEXTS]; /* what an unknown block holds */
	bool keyed;             /* in a value `name:` … */
	struct opener openers[PROFILE_OPENERS_MOST]; /* by trigger, then the longest first */
	size_t opener_count;
	uint8_t opener_first[256], opener_last[256]; /* by trigger: the range, first 1-based, 0: none */
	struct word *words;     /* hash table */
	size_t word_mask;
	size_t word_count;
	struct head heads[PROFILE_HEADS_MOST];
	size_t head_count;
	bool drops;             /* some word is WORD_DROPPED or WORD_LABEL; those begin with … */
	bool dropped_first[256];
	uint64_t any_word;      /* heads that may begin with any word */
	uint64_t in_context[CONTEXTS][PLACES]; /* heads by context and, in this order, block, statement, bracket */
	bool annotations;       /* '@' begins an attribute, also among modifiers */
	struct import_rule *imports;
	size_t import_count;
	bool export_default;
	struct span export_name; /* pattern of names that are visible */
	struct span hidden_name;
	struct span *island_open; /* code stands only behind one of these … */
	size_t island_open_count;
	struct span island_close; /* … to here */
	bool brackets_given;    /* what a block inside brackets of the file's top holds is `in_brackets` */
	enum context in_brackets;
	bool joins;             /* indentation: what has the name of the definition right above continues it */
	bool sections;          /* a `section_kind` without a block holds what follows it, to the next one */
	enum symbol_kind section_kind;
	int columns;            /* line style: a head may stand so far to the right */
	struct span endless;    /* end-keyword style: pattern of a head that has no block, tried where its word stands */
	enum context braces;    /* end-keyword style: what braces hold */
	struct span continues;  /* pattern: a statement that goes on after its ';' */
	struct sample *samples;
	size_t sample_count;
};

/* Reads and checks. ERR_USAGE: "path:line:column: what: mend". `compile`: also try every pattern. */
enum err_code profile_read(struct profile **out, struct span yaml, const char *path, bool compile, struct err *err);
void profile_free(struct profile *p); /* safe on NULL */

/* What the body of such a symbol holds, unless the head says otherwise. */
enum context profile_opened_by(enum symbol_kind kind);
const struct word *profile_word(const struct profile *p, struct span text); /* or NULL */

/* The profile of a language: read when first asked for, never NULL for a language of the table. */
const struct profile *language_profile(const struct language *l);

#endif
