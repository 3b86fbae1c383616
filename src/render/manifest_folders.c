/* What a manifest leaves out, counted by folder: first the folders on top, then the largest taken apart while that is affordable. */
#include "render/manifest_lines.h"

#include "base/mem.h"
#include "tree/testing.h"

#include <stdlib.h>

enum { ROWS_MOST = 200, LEAST_SHARE = 40 /* a row with less than 1/40 of the tokens is not taken apart */ };

struct row {
	size_t begin, end, prefix_len; /* files begin..end share a prefix that ends in a slash */
	bool direct;                   /* only the files right in it */
	bool whole;                    /* not taken apart further */
	uint64_t files, lines, tokens;
};

struct rows {
	struct row *at; /* owned; by path */
	size_t count, cap;
};

struct folders {
	const struct manifest *m;
	const bool *is_left;
};

static void rows_add(struct rows *r, struct row row)
{
	MEM_GROW(r->at, r->cap, r->count + 1);
	r->at[r->count++] = row;
}

/* Its folders, and the files right in it as one row. A folder that holds nothing but one folder is passed through. */
static void take_apart(const struct folders *f, struct row row, struct rows *out)
{
	struct row direct = {.begin = row.begin, .end = row.end, .prefix_len = row.prefix_len, .direct = true, .whole = true};
	size_t first = out->count;
	for (size_t i = row.begin; i < row.end; i++) {
		const struct index_file *file = tree_index_file(f->m->index, i);
		if (!f->is_left[i])
			continue;
		struct span rest = span_from(file->path, row.prefix_len);
		const char *slash = memchr(rest.ptr + (rest.len > 0 && rest.ptr[0] == '/'), '/', rest.len - (rest.len > 0 && rest.ptr[0] == '/'));
		struct row *into = &direct;
		if (slash) {
			size_t prefix_len = row.prefix_len + (size_t)(slash - rest.ptr) + 1;
			struct row *last = out->count > first ? &out->at[out->count - 1] : NULL;
			if (!last || !span_starts(file->path, span_head(tree_index_file(f->m->index, last->begin)->path, last->prefix_len)))
				rows_add(out, (struct row){.begin = i, .end = i + 1, .prefix_len = prefix_len});
			into = &out->at[out->count - 1];
			into->end = i + 1;
		}
		into->files++;
		into->lines += file->lines;
		into->tokens += file->tokens;
	}
	if (direct.files) {
		rows_add(out, direct);
	} else if (out->count == first + 1) {
		struct row only = out->at[--out->count];
		take_apart(f, only, out);
	}
}

static void add_row(struct buf *out, const struct folders *f, const struct row *row)
{
	const struct index_file *first = NULL;
	for (size_t i = row->begin; i < row->end && !first; i++) {
		const struct index_file *file = tree_index_file(f->m->index, i);
		if (f->is_left[i] && (!row->direct || !memchr(file->path.ptr + row->prefix_len, '/', file->path.len - row->prefix_len)))
			first = file;
	}
	struct buf name = {0};
	if (row->files == 1)
		buf_add_span(&name, first->path);
	else
		buf_add_span(&name, span_head(first->path, row->prefix_len));
	if (row->direct && row->files > 1)
		buf_add_char(&name, '*');
	if (f->m->markdown)
		buf_add_str(out, "- ");
	text_add_path(out, buf_span(&name));
	buf_addf(out, " %llu ", (unsigned long long)row->files);
	line_add_short(out, row->lines);
	buf_add_char(out, ' ');
	line_add_short(out, row->tokens);
	buf_add_char(out, '\n');
	buf_release(&name);
}

static void add_rest(struct buf *out, const struct manifest *m, const struct row *rest, bool is_all)
{
	if (m->markdown)
		buf_add_str(out, "- ");
	buf_addf(out, "%s %llu ", is_all ? "all of it" : "elsewhere", (unsigned long long)rest->files);
	line_add_short(out, rest->lines);
	buf_add_char(out, ' ');
	line_add_short(out, rest->tokens);
	buf_add_char(out, '\n');
}

static size_t row_cost(const struct folders *f, const struct row *row, struct buf *scratch)
{
	buf_clear(scratch);
	add_row(scratch, f, row);
	return tokens_count(f->m->encoding, buf_span(scratch));
}

static int by_tokens(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	if (a->tokens != b->tokens)
		return a->tokens < b->tokens ? 1 : -1;
	return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static int by_begin(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->prefix_len < b->prefix_len ? -1 : a->prefix_len > b->prefix_len;
}

/* Takes the largest row apart again and again, each time when its parts are affordable. Returns what all cost. */
static size_t refine(const struct folders *f, struct rows *rows, size_t cost, size_t budget, struct buf *scratch)
{
	uint64_t all = 0;
	for (size_t i = 0; i < rows->count; i++)
		all += rows->at[i].tokens;
	struct rows parts = {0};
	for (;;) {
		struct row *largest = NULL;
		for (size_t i = 0; i < rows->count; i++)
			if (!rows->at[i].whole && rows->at[i].files > 1 && rows->at[i].tokens >= all / LEAST_SHARE &&
			    (!largest || rows->at[i].tokens > largest->tokens))
				largest = &rows->at[i];
		if (!largest || rows->count >= ROWS_MOST)
			break;
		largest->whole = true;
		parts.count = 0;
		take_apart(f, *largest, &parts);
		size_t parts_cost = 0;
		for (size_t i = 0; i < parts.count; i++)
			parts_cost += row_cost(f, &parts.at[i], scratch);
		size_t next = cost - row_cost(f, largest, scratch) + parts_cost;
		if (parts.count < 2 || next > budget)
			continue;
		*largest = parts.at[0];
		for (size_t i = 1; i < parts.count; i++)
			rows_add(rows, parts.at[i]);
		cost = next;
	}
	free(parts.at);
	return cost;
}

void folders_add(struct buf *out, const struct manifest *m, const bool *is_left, size_t budget)
{
	struct folders f = {m, is_left};
	struct rows rows = {0};
	struct buf scratch = {0};
	struct row all = {.end = tree_index_count(m->index)};
	take_apart(&f, all, &rows);
	for (size_t i = 0; i < rows.count; i++) {
		all.files += rows.at[i].files;
		all.lines += rows.at[i].lines;
		all.tokens += rows.at[i].tokens;
	}
	if (!rows.count) {
		free(rows.at);
		return;
	}
	static const char title[] = "[not shown: files, lines, tokens]\n";
	buf_add_str(&scratch, m->markdown ? "\n" : "");
	buf_add_str(&scratch, title);
	buf_add_str(&scratch, m->markdown ? "\n" : "");
	buf_add_span(out, buf_span(&scratch));
	/* The line for the rest is paid in any case: it is a little less than a folder's. */
	size_t cost = tokens_count(m->encoding, buf_span(&scratch));
	struct buf rest_line = {0};
	add_rest(&rest_line, m, &all, false);
	size_t rest_cost = tokens_count(m->encoding, buf_span(&rest_line)), kept = 0;
	qsort(rows.at, rows.count, sizeof *rows.at, by_tokens);
	struct row rest = {0};
	for (size_t i = 0; i < rows.count; i++) {
		size_t one = row_cost(&f, &rows.at[i], &scratch);
		bool last = i + 1 == rows.count && !rest.files;
		if (cost + one + (last ? 0 : rest_cost) <= budget && kept < ROWS_MOST) {
			cost += one;
			rows.at[kept++] = rows.at[i];
		} else {
			rest.files += rows.at[i].files;
			rest.lines += rows.at[i].lines;
			rest.tokens += rows.at[i].tokens;
		}
	}
	rows.count = kept;
	if (!rest.files)
		refine(&f, &rows, cost, budget, &scratch);
	if (rows.count)
		qsort(rows.at, rows.count, sizeof *rows.at, by_begin);
	for (size_t i = 0; i < rows.count; i++)
		add_row(out, &f, &rows.at[i]);
	if (rest.files)
		add_rest(out, m, &rest, !rows.count);
	buf_release(&scratch);
	buf_release(&rest_line);
	free(rows.at);
}
