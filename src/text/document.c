#include "text/document.h"

#include "base/mem.h"

#include <stdbool.h>
#include <yaml.h>

struct builder {
	yaml_parser_t parser;
	struct arena *arena;
	const char *path;
	struct node *open[DOCUMENT_DEPTH_MOST]; /* maps and lists that are not closed yet */
	struct node *keys[DOCUMENT_DEPTH_MOST]; /* of an open map: the key that waits for its value */
	int depth;
	size_t nodes;
	struct node *root;
};

const char *node_kind_name(enum node_kind kind)
{
	return kind == NODE_TEXT ? "text" : kind == NODE_LIST ? "a list" : "a map";
}

static enum err_code refuse(const struct builder *b, yaml_mark_t mark, const char *what, struct err *err)
{
	return err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", b->path, mark.line + 1, mark.column + 1, what);
}

static struct node *find_key(const struct node *map, struct span key)
{
	for (struct node *n = map->first; n; n = n->next)
		if (span_eq(n->key->text, key))
			return n;
	return NULL;
}

/* Puts a node where it belongs: root, list item, key or value. */
static enum err_code place(struct builder *b, struct node *n, yaml_mark_t mark, struct err *err)
{
	if (b->depth == 0) {
		b->root = n;
		return ERR_OK;
	}
	struct node *parent = b->open[b->depth - 1];
	if (parent->kind == NODE_MAP) {
		struct node **key = &b->keys[b->depth - 1];
		if (!*key) {
			if (n->kind != NODE_TEXT)
				return refuse(b, mark, "a key is text: write it as `key: value`", err);
			struct node *twice = find_key(parent, n->text);
			if (twice)
				return err_set(err, ERR_USAGE, "%s:%u:%u: the key '%.60s' was given on line %u already: keep one of them", b->path,
				               n->line, n->column, n->text.ptr, twice->key->line);
			*key = n;
			return ERR_OK;
		}
		n->key = *key;
		*key = NULL;
	}
	if (parent->last)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	return ERR_OK;
}

static enum err_code take(struct builder *b, const yaml_event_t *e, struct err *err)
{
	struct node *n;
	yaml_mark_t at = e->start_mark;
	switch (e->type) {
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		break;
	case YAML_ALIAS_EVENT:
		return refuse(b, at, "an alias (*name): filters use none, write the value out", err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return ERR_OK;
	case YAML_DOCUMENT_START_EVENT:
		return b->root ? refuse(b, at, "a second document: a file holds one filter", err) : ERR_OK;
	default:
		return ERR_OK;
	}
	if (++b->nodes > DOCUMENT_NODES_MOST)
		return refuse(b, at, "too many values: a filter has at most 20000", err);
	if ((e->type == YAML_SCALAR_EVENT && (e->data.scalar.anchor || e->data.scalar.tag)) ||
	    (e->type == YAML_SEQUENCE_START_EVENT && (e->data.sequence_start.anchor || e->data.sequence_start.tag)) ||
	    (e->type == YAML_MAPPING_START_EVENT && (e->data.mapping_start.anchor || e->data.mapping_start.tag)))
		return refuse(b, at, "an anchor (&name) or a tag (!name): filters use none; quote a text that begins with & or !", err);
	n = arena_alloc(b->arena, sizeof *n);
	n->line = (unsigned)at.line + 1;
	n->column = (unsigned)at.column + 1;
	enum err_code code;
	if (e->type == YAML_SCALAR_EVENT) {
		n->kind = NODE_TEXT;
		n->text = arena_dup(b->arena, span_of((const char *)e->data.scalar.value, e->data.scalar.length));
		n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		if (memchr(n->text.ptr, '\0', n->text.len))
			return refuse(b, at, "a NUL character: remove it", err);
		return place(b, n, at, err);
	}
	n->kind = e->type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
	if ((code = place(b, n, at, err)) != ERR_OK)
		return code;
	if (b->depth == DOCUMENT_DEPTH_MOST)
		return refuse(b, at, "nested too deep: a filter has at most 8 levels", err);
	b->keys[b->depth] = NULL;
	b->open[b->depth++] = n;
	return ERR_OK;
}

enum err_code document_parse(struct node **out, struct arena *arena, struct span yaml, const char *path, struct err *err)
{
	struct builder b = {.arena = arena, .path = path};
	enum err_code code = ERR_OK;
	*out = NULL;
	if (yaml.len > DOCUMENT_BYTES_MOST)
		return err_set(err, ERR_USAGE, "%s:1:1: %zu bytes: a filter file has at most %d", path, yaml.len, DOCUMENT_BYTES_MOST);
	if (!yaml_parser_initialize(&b.parser))
		mem_exhausted();
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)(yaml.len ? yaml.ptr : ""), yaml.len);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	for (bool end = false; !end && code == ERR_OK;) {
		yaml_event_t e;
		if (!yaml_parser_parse(&b.parser, &e)) {
			yaml_mark_t at = b.parser.problem_mark;
			if (b.parser.error == YAML_READER_ERROR)
				code = err_set(err, ERR_USAGE, "%s:1:1: byte %zu: %s: the file must be UTF-8 text", path, b.parser.problem_offset,
				               b.parser.problem);
			else
				code = err_set(err, ERR_USAGE, "%s:%zu:%zu: not YAML: %s%s%s: quote patterns with '…'", path, at.line + 1, at.column + 1,
				               b.parser.problem ? b.parser.problem : "unreadable", b.parser.context ? " " : "",
				               b.parser.context ? b.parser.context : "");
			break;
		}
		code = take(&b, &e, err);
		end = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&b.parser);
	if (code == ERR_OK && !b.root)
		code = err_set(err, ERR_USAGE, "%s:1:1: nothing in it: a filter begins with `ctxcut-filter: 1`", path);
	if (code == ERR_OK)
		*out = b.root;
	return code;
}
