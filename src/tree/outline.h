/* The outline of one source text: what it defines, where, from which line to which.
 *
 * A scanner, not a parser: it knows comments, strings and nesting from the language's profile and looks at statement heads only.
 * A file that does not parse still has an outline. Each symbol says whether its end was found by balanced blocks (exact) or had
 * to be guessed (recovered). Preprocessor branches: of #if/#else with two heads for one body the first counts.
 * Lines are 1-based; a line ends at LF. */
#ifndef CTXCUT_TREE_OUTLINE_H
#define CTXCUT_TREE_OUTLINE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "tree/language.h"

enum symbol_kind {
	SYMBOL_FUNCTION, SYMBOL_METHOD, SYMBOL_CONSTRUCTOR,
	SYMBOL_CLASS, SYMBOL_STRUCT, SYMBOL_UNION, SYMBOL_ENUM, SYMBOL_INTERFACE, SYMBOL_TRAIT, SYMBOL_PROTOCOL, SYMBOL_IMPLEMENTATION,
	SYMBOL_RECORD, SYMBOL_OBJECT, SYMBOL_EXTENSION, SYMBOL_TYPE,
	SYMBOL_MODULE, SYMBOL_NAMESPACE, SYMBOL_PACKAGE,
	SYMBOL_MACRO, SYMBOL_CONSTANT, SYMBOL_VARIABLE, SYMBOL_FIELD, SYMBOL_PROPERTY, SYMBOL_ENUM_MEMBER,
	SYMBOL_TEST,     /* describe("…"), it("…"), test "…" do: a block named by a string */
	SYMBOL_HEADING,  /* Markdown */
	SYMBOL_TARGET,   /* make, CMake, Dockerfile stages */
	SYMBOL_KEY,      /* top keys of data files */
	SYMBOL_TABLE, SYMBOL_VIEW, SYMBOL_INDEX, SYMBOL_TRIGGER, /* SQL */
	SYMBOL_MESSAGE, SYMBOL_SERVICE, SYMBOL_RPC,              /* protocol buffers, GraphQL */
	SYMBOL_RESOURCE,                                         /* Terraform blocks */
	SYMBOL_KINDS
};
const char *symbol_kind_name(enum symbol_kind kind); /* "function", "enum member" … */
enum symbol_kind symbol_kind_from_name(struct span name); /* SYMBOL_KINDS: no such kind */

#define SYMBOL_NO_PARENT UINT32_MAX

struct symbol {
	enum symbol_kind kind;
	bool recovered;        /* its end is a guess */
	bool exported;         /* visible outside its file, as far as the language says so */
	uint32_t parent;       /* index of the enclosing symbol, or SYMBOL_NO_PARENT; always smaller than its own index */
	uint32_t lead_line;    /* with the decorators, attributes, annotations and the comment right above it */
	uint32_t first_line;   /* of the definition's first token (modifiers, return type; not decorators) */
	uint32_t name_line;
	uint32_t last_line;    /* inclusive */
	uint32_t name_off, name_len;           /* in outline.text */
	uint32_t scope_off, scope_len;         /* in outline.text: the scope that the head itself names ("A::B", a Go receiver), or empty */
	uint32_t signature_off, signature_len; /* in outline.text: the head on one line, white space folded, without the body */
};

struct outline {
	const struct language *language;
	struct symbol *symbols;  /* owned; in order of first_line, outer before inner */
	size_t count, cap;
	struct buf text;         /* owned: names and signatures */
	uint32_t line_count;
	bool unbalanced;         /* the blocks do not balance; `unbalanced_line` is where it was noticed */
	uint32_t unbalanced_line;
	struct buf imports;      /* owned: what the text imports or includes, as written (module or path), one per line, in order */
};

static inline struct span symbol_name(const struct outline *o, const struct symbol *s)
{
	return span_of(o->text.ptr + s->name_off, s->name_len);
}
static inline struct span symbol_signature(const struct outline *o, const struct symbol *s)
{
	return span_of(o->text.ptr + s->signature_off, s->signature_len);
}

static inline struct span symbol_scope(const struct outline *o, const struct symbol *s)
{
	return span_of(o->text.ptr + s->scope_off, s->scope_len);
}

/* Scratch and compiled patterns of one thread. */
struct outliner;
struct outliner *outliner_new(void);
void outliner_free(struct outliner *o); /* safe on NULL */

/* Fills *out, whose capacity is kept from call to call (zeroed at first). Texts over 4 GiB have no outline (count 0). */
void outline_scan(struct outliner *o, const struct language *language, struct span text, struct outline *out);
void outline_reset(struct outline *out);   /* empty, capacity kept */
void outline_release(struct outline *out); /* safe on a zeroed struct */

/* The innermost symbol whose lead_line..last_line holds this line, or SYMBOL_NO_PARENT. */
uint32_t outline_enclosing(const struct outline *o, uint32_t line);
/* "Class.method": names from the outermost scope in, joined by '.', added to `into`. A scope that the head names stands before
 * its name ("A::B::f" reads "A.B.f"). */
void outline_qualified_name(const struct outline *o, const struct symbol *s, struct buf *into);

#endif
