#include "api/manifest_check.h"

#include "api/status.h"
#include "base/arena.h"
#include "base/mem.h"
#include "text/json.h"
#include "text/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* What the manifest says of one definition. */
struct claim {
	uint32_t first, last;
	struct span text;              /* text form: what stands behind the range; empty in JSON */
	struct span kind, name, scope; /* JSON */
	struct span signature;
};

/* A file and its definitions, as the manifest has them. */
struct claims {
	struct buf path;
	uint64_t lines;           /* text form */
	bool has_hash;
	struct hash128 hash;      /* JSON */
	struct claim *list;       /* owned */
	size_t count, cap;
	struct arena text;        /* what the claims borrow */
};

struct comparison {
	struct ctxcut_manifest *m;
	struct buf *out;
	struct check_result *result;
	struct index_cursor cursor;
	struct claims claims;
	bool open; /* claims hold a file */
	struct buf scratch;
};

static void claims_reset(struct claims *c)
{
	buf_clear(&c->path);
	c->count = 0;
	c->has_hash = false;
	c->lines = 0;
	arena_release(&c->text);
}

static struct claim *claims_add(struct claims *c)
{
	MEM_GROW(c->list, c->cap, c->count + 1);
	c->list[c->count] = (struct claim){0};
	return &c->list[c->count++];
}

/* ---- comparing ---------------------------------------------------------------------------------------------------- */

static void add_reference(struct comparison *c, uint32_t first, uint32_t last)
{
	text_add_path(c->out, buf_span(&c->claims.path));
	if (first)
		buf_addf(c->out, ":%u", first);
	if (last > first)
		buf_addf(c->out, "-%u", last);
}

static void report(struct comparison *c, const char *verdict, const struct claim *claim, const struct symbol *now, struct span what)
{
	buf_addf(c->out, "%s\t", verdict);
	add_reference(c, claim->first, claim->last);
	buf_add_char(c->out, '\t');
	if (now)
		add_reference(c, now->first_line, now->last_line);
	buf_add_char(c->out, '\t');
	buf_add_span(c->out, what);
	buf_add_char(c->out, '\n');
}

static bool is_word(char ch) { return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || (unsigned char)ch >= 0x80; }

static bool holds_name(struct span text, struct span name)
{
	for (size_t from = 0; name.len && from < text.len;) {
		size_t at = span_find(span_from(text, from), name);
		if (at == SIZE_MAX)
			return false;
		at += from;
		if ((at == 0 || !is_word(text.ptr[at - 1])) && (at + name.len == text.len || !is_word(text.ptr[at + name.len])))
			return true;
		from = at + 1;
	}
	return false;
}

/* How alike a claim and a symbol are: SAME, the same thing with another head, or nothing of that. */
enum likeness { UNLIKE, RENAMED_HEAD, SAME };

static void add_repaired(struct buf *out, struct span text)
{
	for (const char *p = text.ptr, *end = p + text.len; p < end;) {
		uint32_t cp;
		bool valid;
		p += utf8_decode(p, end, &cp, &valid);
		utf8_encode(out, cp);
	}
}

static enum likeness likeness(struct comparison *c, const struct claim *claim, const struct outline *o, size_t k)
{
	const struct symbol *s = &o->symbols[k];
	buf_clear(&c->scratch);
	if (claim->name.len) {
		if (!span_eq(claim->name, symbol_name(o, s)) || !span_eq(claim->kind, span_of_str(symbol_kind_name(s->kind))))
			return UNLIKE;
		if (s->parent != SYMBOL_NO_PARENT)
			outline_qualified_name(o, &o->symbols[s->parent], &c->scratch);
		if (!span_eq(claim->scope, buf_span(&c->scratch)))
			return UNLIKE;
		/* Bytes that are not UTF-8 came into JSON as U+FFFD. */
		buf_clear(&c->scratch);
		add_repaired(&c->scratch, symbol_signature(o, s));
		return span_eq(claim->signature, buf_span(&c->scratch)) ? SAME : RENAMED_HEAD;
	}
	symbol_text(&c->scratch, o, k);
	if (span_eq(claim->text, buf_span(&c->scratch)))
		return SAME;
	return holds_name(claim->text, symbol_name(o, s)) ? RENAMED_HEAD : UNLIKE;
}

static uint32_t distance(uint32_t a, uint32_t b) { return a > b ? a - b : b - a; }

static void compare_claims(struct comparison *c, const struct outline *o)
{
	struct claims *claims = &c->claims;
	bool *used = mem_zalloc(o->count, sizeof *used);   /* symbols that answer a claim */
	bool *held = mem_zalloc(claims->count, sizeof *held);
	/* First what stands where it stood; only then may what is left be something that moved. */
	for (size_t i = 0, k = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->list[i];
		while (k > 0 && (k >= o->count || o->symbols[k].first_line >= claim->first))
			k--;
		for (; k < o->count && o->symbols[k].first_line <= claim->first && !held[i]; k++) {
			const struct symbol *s = &o->symbols[k];
			held[i] = !used[k] && s->first_line == claim->first && s->last_line == claim->last && likeness(c, claim, o, k) == SAME;
			used[k] |= held[i];
		}
	}
	for (int wanted = SAME; wanted > UNLIKE; wanted--)
		for (size_t i = 0; i < claims->count; i++) {
			const struct claim *claim = &claims->list[i];
			size_t best = SIZE_MAX;
			for (size_t k = 0; k < o->count && !held[i]; k++)
				if (!used[k] && likeness(c, claim, o, k) == (enum likeness)wanted &&
				    (best == SIZE_MAX || distance(o->symbols[k].first_line, claim->first) <
				                                 distance(o->symbols[best].first_line, claim->first)))
					best = k;
			if (best == SIZE_MAX)
				continue;
			used[best] = held[i] = true;
			buf_clear(&c->scratch);
			symbol_text(&c->scratch, o, best);
			struct buf what = c->scratch;
			c->scratch = (struct buf){0};
			report(c, wanted == SAME ? "moved" : "changed", claim, &o->symbols[best], buf_span(&what));
			buf_release(&what);
			*(wanted == SAME ? &c->result->moved : &c->result->changed) += 1;
		}
	for (size_t i = 0; i < claims->count; i++)
		if (!held[i]) {
			const struct claim *claim = &claims->list[i];
			report(c, "vanished", claim, NULL, claim->name.len ? claim->signature : claim->text);
			c->result->vanished++;
		}
	free(used);
	free(held);
}

static bool exists(const struct buf *path) { return access(path->ptr, F_OK) == 0; }

/* The claims of one file are complete. */
static void compare_file(struct comparison *c)
{
	struct claims *claims = &c->claims;
	if (!c->open)
		return;
	c->open = false;
	c->result->references += claims->count + 1;
	size_t i = tree_index_find(c->m->index, buf_span(&claims->path));
	if (i == SIZE_MAX) {
		/* What is there but not in the tree that was asked for cannot be judged. */
		if (!exists(&claims->path)) {
			buf_add_str(c->out, "vanished\t");
			add_reference(c, 0, 0);
			buf_add_str(c->out, "\t\t\n");
			c->result->vanished += claims->count + 1;
		}
		return;
	}
	const struct index_file *f = tree_index_file(c->m->index, i);
	if (claims->has_hash && hash128_eq(claims->hash, f->hash))
		return;
	if (claims->has_hash || claims->lines != f->lines) {
		buf_add_str(c->out, "changed\t");
		if (claims->has_hash)
			add_reference(c, 0, 0);
		else
			add_reference(c, claims->lines ? 1 : 0, (uint32_t)claims->lines);
		buf_add_char(c->out, '\t');
		add_reference(c, f->lines ? 1 : 0, (uint32_t)f->lines);
		buf_add_str(c->out, "\t\n");
		c->result->changed++;
	}
	compare_claims(c, tree_index_outline(c->m->index, i, &c->cursor));
}

/* ---- reading text and Markdown ------------------------------------------------------------------------------------ */

static bool take_number(struct span *text, uint64_t *n)
{
	size_t len = 0;
	*n = 0;
	for (; len < text->len && len < 18 && text->ptr[len] >= '0' && text->ptr[len] <= '9'; len++)
		*n = *n * 10 + (uint64_t)(text->ptr[len] - '0');
	*text = span_from(*text, len);
	return len > 0;
}

static bool take_range(struct span *text, uint64_t *first, uint64_t *last)
{
	if (!span_starts(*text, SPAN(":")))
		return false;
	*text = span_from(*text, 1);
	if (!take_number(text, first))
		return false;
	*last = *first;
	if (!span_starts(*text, SPAN("-")))
		return true;
	*text = span_from(*text, 1);
	return take_number(text, last);
}

/* "`code`" or "`` code ``" without its marks. */
static struct span without_marks(struct span text)
{
	if (span_starts(text, SPAN("`` ")) && span_ends(text, SPAN(" ``")) && text.len >= 6)
		return span_of(text.ptr + 3, text.len - 6);
	if (span_starts(text, SPAN("`")) && span_ends(text, SPAN("`")) && text.len >= 2)
		return span_of(text.ptr + 1, text.len - 2);
	return text;
}

static bool read_symbol_line(struct comparison *c, struct span line)
{
	uint64_t first, last;
	if (!c->open || !take_range(&line, &first, &last) || first > UINT32_MAX || last > UINT32_MAX)
		return false;
	if (span_starts(line, SPAN("`")))
		line = span_from(line, 1);
	line = span_trim(line);
	if (span_ends(line, span_of_str(SYMBOL_UNSURE_MARK)))
		line.len -= strlen(SYMBOL_UNSURE_MARK);
	struct claim *claim = claims_add(&c->claims);
	claim->first = (uint32_t)first;
	claim->last = (uint32_t)last;
	claim->text = arena_dup(&c->claims.text, without_marks(line));
	return true;
}

/* Where the path of a file's line ends: before the ":1-N " or ":1 " that stands last before the counts. */
static bool read_file_line(struct comparison *c, struct span line)
{
	struct buf path = {0};
	uint64_t first, last = 0;
	bool good = false;
	if (span_starts(line, SPAN("\""))) {
		good = text_take_path(&line, "", &path);
		struct span rest = line;
		if (good && take_range(&rest, &first, &last))
			line = rest;
	} else {
		for (size_t at = 0; at < line.len && !good; at++) {
			struct span rest = span_from(line, at);
			if (*rest.ptr == ':' && take_range(&rest, &first, &last) && first == 1 && rest.len && (*rest.ptr == ' ' || *rest.ptr == '`')) {
				buf_add(&path, line.ptr, at);
				good = true;
			}
		}
		size_t at = span_find(line, SPAN(" "));
		if (!good && at != SIZE_MAX) {
			buf_add(&path, line.ptr, at - (at > 1 && line.ptr[at - 1] == '`')); /* an empty file has no range */
			last = 0;
			good = span_find(span_from(line, at), SPAN(" tokens")) != SIZE_MAX || span_find(span_from(line, at), SPAN(" bytes")) != SIZE_MAX;
		}
	}
	if (good && path.len) {
		compare_file(c);
		claims_reset(&c->claims);
		buf_add_span(&c->claims.path, buf_span(&path));
		c->claims.lines = last;
		c->open = true;
	}
	buf_release(&path);
	return good;
}

static void read_line(struct comparison *c, struct span line)
{
	if (span_ends(line, SPAN("\r")))
		line.len--;
	if (!span_trim(line).len || span_starts(line, SPAN("[")) || span_starts(line, SPAN("```")) || span_starts(line, SPAN("<!--")))
		return;
	if (span_starts(line, SPAN("  - `"))) {
		read_symbol_line(c, span_from(line, 5));
	} else if (span_starts(line, SPAN(":"))) {
		read_symbol_line(c, line);
	} else {
		if (span_starts(line, SPAN("- ")))
			line = span_from(line, 2);
		/* "`path:1-9` …": the marks go, the rest stays. */
		if (span_starts(line, SPAN("`` ")))
			line = span_from(line, 3);
		else if (span_starts(line, SPAN("`")))
			line = span_from(line, 1);
		read_file_line(c, line);
	}
}

/* ---- reading JSON ------------------------------------------------------------------------------------------------- */

static uint32_t line_of(const struct json_value *object, const char *name)
{
	uint64_t n = json_whole(object, name);
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static bool hash_of_hex(struct span hex, struct hash128 *out)
{
	*out = (struct hash128){0};
	for (size_t i = 0; i < hex.len; i++) {
		char ch = hex.ptr[i];
		unsigned digit = ch >= '0' && ch <= '9' ? (unsigned)(ch - '0') : ch >= 'a' && ch <= 'f' ? (unsigned)(ch - 'a') + 10 : 16;
		if (digit > 15)
			return false;
		out->high = out->high << 4 | out->low >> 60;
		out->low = out->low << 4 | digit;
	}
	return hex.len == 32;
}

static enum err_code read_record(struct comparison *c, struct span line, uint64_t no, struct err *err)
{
	struct claims *claims = &c->claims;
	struct json_value *record;
	compare_file(c);
	claims_reset(claims);
	if (json_read(&record, &claims->text, line, err) != ERR_OK)
		return err_at(err, "line %" PRIu64 " of the manifest", no);
	struct span path = json_text(record, "path");
	if (record->kind != JSON_MAP || !path.len)
		return ERR_OK; /* the summary */
	if (json_member(record, "path_encoding", JSON_TEXT))
		path_from_percent(&claims->path, path);
	else
		buf_add_span(&claims->path, path);
	claims->has_hash = hash_of_hex(json_text(record, "xxh3"), &claims->hash);
	c->open = claims->has_hash && !memchr(claims->path.ptr, '\0', claims->path.len);
	const struct json_value *symbols = json_member(record, "symbols", JSON_LIST);
	for (const struct json_value *s = symbols ? symbols->first : NULL; s; s = s->next) {
		struct claim *claim = claims_add(claims);
		claim->kind = json_text(s, "kind");
		claim->name = json_text(s, "name");
		claim->scope = json_text(s, "scope");
		claim->signature = json_text(s, "signature");
		claim->first = line_of(s, "first");
		claim->last = line_of(s, "last");
	}
	return ERR_OK;
}

/* ---- */

enum err_code manifest_compare(struct ctxcut_manifest *m, struct span manifest, struct buf *out, struct check_result *result,
                               struct err *err)
{
	struct comparison c = {.m = m, .out = out, .result = result};
	enum err_code code = ERR_OK;
	bool is_json = span_starts(span_trim(manifest), SPAN("{"));
	*result = (struct check_result){0};
	for (uint64_t no = 1; manifest.len && code == ERR_OK; no++) {
		const char *end = memchr(manifest.ptr, '\n', manifest.len);
		struct span line = span_head(manifest, end ? (size_t)(end - manifest.ptr) : manifest.len);
		manifest = span_from(manifest, line.len + 1);
		if (!is_json) {
			/* What follows counts folders. */
			if (span_starts(line, SPAN("[not shown")))
				break;
			read_line(&c, line);
		} else if (span_trim(line).len) {
			code = read_record(&c, line, no, err);
		}
	}
	compare_file(&c);
	if (code == ERR_OK && !result->references)
		code = err_set(err, ERR_USAGE, "this is no manifest: there is no reference in it");
	index_cursor_release(&c.cursor);
	buf_release(&c.claims.path);
	buf_release(&c.scratch);
	free(c.claims.list);
	arena_release(&c.claims.text);
	return code;
}

enum ctxcut_status ctxcut_manifest_check(struct ctxcut_manifest *m, const char *manifest, size_t len, ctxcut_write *write, void *user)
{
	struct check_result result;
	struct buf out = {0};
	if (!m->index) {
		err_set(&m->err, ERR_USAGE, "nothing was read yet");
		return CTXCUT_USAGE;
	}
	m->err = (struct err){0};
	manifest_read(m);
	enum err_code code = manifest_compare(m, span_of(manifest, len), &out, &result, &m->err);
	if (code == ERR_OK) {
		uint64_t broken = result.moved + result.changed + result.vanished;
		buf_addf(&out, "%" PRIu64 " reference%s: %" PRIu64 " moved, %" PRIu64 " changed, %" PRIu64 " vanished\n", result.references,
		         result.references == 1 ? "" : "s", result.moved, result.changed, result.vanished);
		if (write(user, out.ptr, out.len) != 0)
			code = err_set(&m->err, ERR_OUTPUT, "the output could not be written");
		else if (broken)
			code = ERR_CHANGED; /* the list says it */
	}
	buf_release(&out);
	return status_of(code);
}
