/* The manifest as JSON Lines. Written by hand and not through a JSON library: there may be millions of symbols, and a record needs
 * no more than numbers and strings. */
#include "render/manifest.h"

#include "base/mem.h"
#include "render/json_text.h"
#include "tree/testing.h"

#include <pthread.h>
#include <stdlib.h>

enum { SCHEMA_VERSION = 1, CHUNK_FILES = 64, CHUNK_BYTES = 1024 * 1024 };

/* There may be millions of symbols: their bytes are written to room that was reserved for the longest form. */
#define PUT(p, literal) (memcpy((p), (literal), sizeof(literal) - 1), (p) + sizeof(literal) - 1)

enum { NUMBER_DIGITS = 20, ESCAPED_BYTES = 6 /* of one byte, at most */ };

static char *put_number(char *p, uint64_t n)
{
	char digits[NUMBER_DIGITS];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	memcpy(p, digits + at, sizeof digits - at);
	return p + sizeof digits - at;
}

#define EACH(c) (UINT64_C(0x0101010101010101) * (c))

/* Whether one of eight bytes is none that stands for itself: over 0x7e, below 0x20, a quote, a backslash. (After the test for zero
 * bytes in Sean Anderson's Bit Twiddling Hacks; a byte behind a true hit may be one by mistake, which costs nothing.) */
static inline uint64_t escapes(uint64_t w)
{
	uint64_t quote = w ^ EACH('"'), back = w ^ EACH('\\');
	return (w | (w + EACH(1)) | (w - EACH(0x20)) | (quote - EACH(1)) | (back - EACH(1))) & EACH(0x80);
}

static char *put_text(char *p, struct span text)
{
	uint64_t found = 0, w;
	size_t i = 0;
	*p++ = '"';
	for (; i + sizeof w <= text.len; i += sizeof w) {
		memcpy(&w, text.ptr + i, sizeof w);
		found |= escapes(w);
		memcpy(p + i, &w, sizeof w);
	}
	w = EACH(' ');
	memcpy(&w, text.ptr + i, text.len - i);
	found |= escapes(w);
	memcpy(p + i, &w, sizeof w); /* a little more than the text: the room is there, and is written again */
	p += text.len;
	if (!found) {
		*p++ = '"';
		return p;
	}
	struct buf escaped = {0};
	put_json_string(&escaped, text);
	p -= text.len + 1;
	memcpy(p, escaped.ptr, escaped.len);
	p += escaped.len;
	buf_release(&escaped);
	return p;
}

static char *put_str(char *p, const char *s)
{
	size_t len = strlen(s);
	memcpy(p, s, len);
	return p + len;
}

static void add_number(struct buf *out, uint64_t n)
{
	char digits[NUMBER_DIGITS];
	buf_add(out, digits, (size_t)(put_number(digits, n) - digits));
}

static void add_member(struct buf *out, const char *name_with_marks, uint64_t n)
{
	buf_add_str(out, name_with_marks);
	add_number(out, n);
}

static const char *kind_name(enum walk_kind kind)
{
	switch (kind) {
	case WALK_FILE: return "file";
	case WALK_LINK: return "link";
	case WALK_SUBMODULE: return "submodule";
	case WALK_OTHER: return "other";
	case WALK_FAILED: break;
	}
	return "unreadable";
}

static void add_scope(struct buf *out, const struct outline *o, uint32_t parent)
{
	if (parent == SYMBOL_NO_PARENT)
		return;
	add_scope(out, o, o->symbols[parent].parent);
	if (o->symbols[parent].parent != SYMBOL_NO_PARENT)
		buf_add_char(out, '.');
	buf_add_span(out, symbol_name(o, &o->symbols[parent]));
}

static void add_symbol(struct buf *out, const struct outline *o, const struct symbol *s, struct buf *scratch)
{
	struct span name = symbol_name(o, s), signature = symbol_signature(o, s);
	buf_clear(scratch);
	if (s->parent != SYMBOL_NO_PARENT)
		add_scope(scratch, o, s->parent);
	buf_reserve(out, 256 + ESCAPED_BYTES * (name.len + signature.len + scratch->len));
	char *p = out->ptr + out->len;
	p = PUT(p, "{\"kind\":\"");
	p = put_str(p, symbol_kind_name(s->kind));
	p = PUT(p, "\",\"name\":");
	p = put_text(p, name);
	if (s->parent != SYMBOL_NO_PARENT) {
		p = PUT(p, ",\"scope\":");
		p = put_text(p, buf_span(scratch));
	}
	p = PUT(p, ",\"signature\":");
	p = put_text(p, signature);
	if (s->lead_line != s->first_line) {
		p = PUT(p, ",\"lead\":");
		p = put_number(p, s->lead_line);
	}
	p = PUT(p, ",\"first\":");
	p = put_number(p, s->first_line);
	p = PUT(p, ",\"last\":");
	p = put_number(p, s->last_line);
	if (s->exported)
		p = PUT(p, ",\"exported\":true");
	p = s->recovered ? PUT(p, ",\"recovered\":true}") : PUT(p, "}");
	out->len = (size_t)(p - out->ptr);
}

static void add_link(struct buf *out, const struct manifest *m, const struct test_link *link, size_t other)
{
	static const char *const names[] = {"name", "import", "symbols"};
	buf_add_char(out, '{');
	json_add_path(out, tree_index_file(m->index, other)->path);
	buf_add_str(out, ",\"reasons\":[");
	for (unsigned i = 0, written = 0; i < 3; i++)
		if (link->reasons & 1u << i)
			buf_addf(out, "%s\"%s\"", written++ ? "," : "", names[i]);
	buf_add_char(out, ']');
	if (link->symbols)
		add_member(out, ",\"symbols\":", link->symbols);
	buf_addf(out, ",\"confidence\":%u.%02u}", link->percent / 100u, link->percent % 100u);
}

static void add_links(struct buf *out, const struct manifest *m, size_t i, bool of_test)
{
	const struct test_link *links;
	size_t count = of_test ? test_links_of_test(m->links, i, &links) : test_links_of_file(m->links, i, &links);
	if (!count)
		return;
	buf_add_str(out, of_test ? ",\"tests_of\":[" : ",\"tests\":[");
	for (size_t k = 0; k < count; k++) {
		if (k)
			buf_add_char(out, ',');
		add_link(out, m, &links[k], of_test ? links[k].file : links[k].test);
	}
	buf_add_char(out, ']');
}

/* ---- several writers, one order ----------------------------------------------------------------------------------- */

struct job {
	const struct manifest *m;
	manifest_sink *sink;
	void *user;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	size_t next;    /* the first file that nobody has taken */
	size_t written; /* files before this one are written */
	bool stopped;
};

/* What one writer has rendered and not written. */
struct record_out {
	struct job *job;
	size_t begin;     /* the first file of what it has taken */
	struct buf bytes;
};

static void write_in_turn(struct job *job, size_t begin, struct buf *out);

static void add_record(struct record_out *records, const struct manifest *m, size_t i, struct index_cursor *cursor, struct buf *scratch)
{
	struct buf *out = &records->bytes;
	const struct index_file *f = tree_index_file(m->index, i);
	bool measured = f->kind == WALK_FILE && (f->code == ERR_OK || f->code == ERR_CHANGED);
	buf_add_char(out, '{');
	json_add_path(out, f->path);
	buf_addf(out, ",\"kind\":\"%s\"", f->kind == WALK_FILE && !measured ? "unreadable" : kind_name(f->kind));
	if (measured) {
		char hex[33];
		hash128_hex(f->hash, hex);
		if (f->language) {
			buf_add_str(out, ",\"language\":");
			put_json_string(out, span_of_str(language_name(f->language)));
		}
		buf_addf(out, ",\"nature\":\"%s\"", file_nature_name(f->nature));
		add_member(out, ",\"lines\":", f->lines);
		add_member(out, ",\"bytes\":", f->bytes);
		if (f->nature != FILE_BINARY)
			add_member(out, ",\"tokens\":", f->tokens);
		buf_addf(out, ",\"xxh3\":\"%s\"", hex);
		if (f->is_test)
			buf_add_str(out, ",\"is_test\":true");
		if (f->unbalanced)
			add_member(out, ",\"unbalanced_line\":", f->unbalanced_line);
		add_links(out, m, i, false);
		add_links(out, m, i, true);
	}
	if (f->trouble) {
		buf_add_str(out, ",\"error\":");
		put_json_string(out, span_of_str(f->trouble));
	}
	if (measured && f->symbol_count) {
		const struct outline *o = tree_index_outline(m->index, i, cursor);
		buf_add_str(out, ",\"symbols\":[");
		for (size_t k = 0; k < o->count; k++) {
			if (k)
				buf_add_char(out, ',');
			add_symbol(out, o, &o->symbols[k], scratch);
			if (out->len > CHUNK_BYTES) /* one file may define a hundred thousand things */
				write_in_turn(records->job, records->begin, out);
		}
		buf_add_char(out, ']');
	}
	buf_add_str(out, "}\n");
}

/* ---- the summary -------------------------------------------------------------------------------------------------- */

struct sum {
	uint64_t files, lines, bytes, tokens, symbols;
};

static void sum_add(struct sum *sum, const struct index_file *f)
{
	sum->files++;
	sum->lines += f->lines;
	sum->bytes += f->bytes;
	sum->tokens += f->tokens;
	sum->symbols += f->symbol_count;
}

static void add_sum(struct buf *out, const struct sum *s)
{
	add_member(out, "\"files\":", s->files);
	add_member(out, ",\"lines\":", s->lines);
	add_member(out, ",\"bytes\":", s->bytes);
	add_member(out, ",\"tokens\":", s->tokens);
	add_member(out, ",\"symbols\":", s->symbols);
}

static void add_summary(struct buf *out, const struct manifest *m)
{
	struct sum all = {0}, natures[FILE_NATURES] = {{0}};
	struct sum *languages = mem_zalloc(language_count(), sizeof *languages);
	uint64_t kinds[WALK_FAILED + 1] = {0}, unreadable = 0;
	for (size_t i = 0; i < tree_index_count(m->index); i++) {
		const struct index_file *f = tree_index_file(m->index, i);
		kinds[f->kind]++;
		if (f->code != ERR_OK && f->code != ERR_CHANGED)
			unreadable++;
		else if (f->kind == WALK_FILE) {
			sum_add(&all, f);
			sum_add(&natures[f->nature], f);
			for (size_t l = 0; f->language && l < language_count(); l++)
				if (language_at(l) == f->language)
					sum_add(&languages[l], f);
		}
	}
	buf_addf(out, "{\"summary\":{\"version\":%d,\"encoding\":\"%s\",", SCHEMA_VERSION, encoding_name(m->encoding));
	add_sum(out, &all);
	add_member(out, ",\"links\":", kinds[WALK_LINK]);
	add_member(out, ",\"submodules\":", kinds[WALK_SUBMODULE]);
	add_member(out, ",\"others\":", kinds[WALK_OTHER]);
	add_member(out, ",\"unreadable\":", unreadable);
	add_member(out, ",\"test_links\":", m->links->count);
	const char *before = ",\"natures\":{";
	for (unsigned i = 0; i < FILE_NATURES; i++)
		if (natures[i].files) {
			buf_addf(out, "%s\"%s\":{", before, file_nature_name((enum file_nature)i));
			add_sum(out, &natures[i]);
			buf_add_char(out, '}');
			before = ",";
		}
	buf_add_str(out, *before == ',' && before[1] ? "" : "}");
	before = ",\"languages\":{";
	for (size_t i = 0; i < language_count(); i++)
		if (languages[i].files) {
			buf_add_str(out, before);
			put_json_string(out, span_of_str(language_name(language_at(i))));
			buf_add_str(out, ":{");
			add_sum(out, &languages[i]);
			buf_add_char(out, '}');
			before = ",";
		}
	buf_add_str(out, before[1] ? "" : "}");
	for (size_t i = 0; i < m->gone_count; i++) {
		buf_add_str(out, i ? ",{" : ",\"gone\":[{");
		json_add_path(out, m->gone[i]);
		buf_add_str(out, i + 1 < m->gone_count ? "}" : "}]");
	}
	buf_add_str(out, "}}\n");
	free(languages);
}

/* Waits until all files before `begin` are written, then writes. */
static void write_in_turn(struct job *job, size_t begin, struct buf *out)
{
	pthread_mutex_lock(&job->lock);
	while (job->written != begin)
		pthread_cond_wait(&job->turned, &job->lock);
	bool stopped = job->stopped;
	pthread_mutex_unlock(&job->lock);
	stopped = stopped || (out->len && job->sink(job->user, out->ptr, out->len) != 0);
	buf_clear(out);
	if (stopped) {
		pthread_mutex_lock(&job->lock);
		job->stopped = true;
		pthread_mutex_unlock(&job->lock);
	}
}

/* Takes some files, renders them, waits for its turn, writes them. */
static void *write_records(void *user)
{
	struct job *job = user;
	struct index_cursor cursor = {0};
	struct buf scratch = {0};
	struct record_out out = {.job = job};
	size_t count = tree_index_count(job->m->index);
	pthread_mutex_lock(&job->lock);
	while (job->next < count && !job->stopped) {
		size_t end = out.begin = job->next;
		uint64_t symbols = 0;
		while (end < count && end - out.begin < CHUNK_FILES && symbols < CHUNK_BYTES / 128)
			symbols += tree_index_file(job->m->index, end++)->symbol_count;
		job->next = end;
		pthread_mutex_unlock(&job->lock);
		for (size_t i = out.begin; i < end; i++)
			add_record(&out, job->m, i, &cursor, &scratch);
		write_in_turn(job, out.begin, &out.bytes);
		pthread_mutex_lock(&job->lock);
		job->written = end;
		pthread_cond_broadcast(&job->turned);
	}
	pthread_mutex_unlock(&job->lock);
	index_cursor_release(&cursor);
	buf_release(&out.bytes);
	buf_release(&scratch);
	return NULL;
}

enum { THREADS_MOST = 64 };

enum err_code manifest_json(const struct manifest *m, manifest_sink *sink, void *user)
{
	struct job job = {.m = m, .sink = sink, .user = user};
	pthread_t threads[THREADS_MOST];
	unsigned started = 0, count = m->threads > THREADS_MOST ? THREADS_MOST : m->threads;
	pthread_mutex_init(&job.lock, NULL);
	pthread_cond_init(&job.turned, NULL);
	while (started + 1 < count && tree_index_count(m->index) > CHUNK_FILES &&
	       pthread_create(&threads[started], NULL, write_records, &job) == 0)
		started++;
	write_records(&job);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&job.turned);
	pthread_mutex_destroy(&job.lock);
	if (job.stopped)
		return ERR_OUTPUT;
	struct buf last = {0};
	add_summary(&last, m);
	bool stopped = sink(user, last.ptr, last.len) != 0;
	buf_release(&last);
	return stopped ? ERR_OUTPUT : ERR_OK;
}
