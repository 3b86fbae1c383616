/* Manifests: options, the scan, the writers. */
#include "api/manifest.h"

#include "api/status.h"
#include "base/mem.h"
#include "tree/testing.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { BUDGET_DEFAULT_TOKENS = 4000, BUDGET_LEAST_TOKENS = 100, BUDGET_MOST_TOKENS = 100000000, THREADS_MOST = 64 };

struct ctxcut_manifest *ctxcut_manifest_new(void)
{
	struct ctxcut_manifest *m = mem_zalloc(1, sizeof *m);
	m->budget_tokens = BUDGET_DEFAULT_TOKENS;
	return m;
}

static void strings_add(struct strings *s, const char *text)
{
	MEM_GROW(s->at, s->cap, s->count + 1);
	s->at[s->count++] = mem_strdup(text);
}

static void strings_release(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->at[i]);
	free(s->at);
	*s = (struct strings){0};
}

void ctxcut_manifest_free(struct ctxcut_manifest *m)
{
	if (!m)
		return;
	importance_free(m->importance);
	test_links_release(&m->links);
	import_map_free(m->imports);
	tree_index_free(m->index);
	for (size_t i = 0; m->differs && i < m->paths.count; i++)
		changed_free(m->differs[i]);
	free(m->differs);
	free(m->gone);
	arena_release(&m->gone_text);
	free(m->changed);
	free(m->document);
	free(m->document_name);
	strings_release(&m->globs);
	strings_release(&m->paths);
	strings_release(&m->messages);
	buf_release(&m->query);
	free(m->languages);
	free(m);
}

const char *ctxcut_manifest_error(const struct ctxcut_manifest *m) { return m->err.text; }
size_t ctxcut_manifest_message_count(const struct ctxcut_manifest *m) { return m->messages.count; }
const char *ctxcut_manifest_message(const struct ctxcut_manifest *m, size_t i)
{
	return i < m->messages.count ? m->messages.at[i] : "";
}

/* ---- options ------------------------------------------------------------------------------------------------------ */

static enum err_code set_flag(bool *out, bool yes, const char *name, const char *value, struct err *err)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return err_set(err, ERR_USAGE, "%s: '%s' is neither yes nor no", name, value);
	*out = (value[0] == 'y') == yes;
	return ERR_OK;
}

static enum err_code set_number(long *out, long least, long most, const char *name, const char *value, struct err *err)
{
	char *end;
	errno = 0;
	*out = strtol(value, &end, 10);
	if (errno || end == value || *end || *out < least || *out > most)
		return err_set(err, ERR_USAGE, "%s: '%s' is not a number from %ld to %ld", name, value, least, most);
	return ERR_OK;
}

static enum err_code add_language(struct ctxcut_manifest *m, const char *value)
{
	const struct language *l = language_named(span_of_str(value));
	if (!l)
		return err_set(&m->err, ERR_USAGE, "lang: there is no language named '%s'", value);
	MEM_GROW(m->languages, m->language_cap, m->language_count + 1);
	m->languages[m->language_count++] = l;
	return ERR_OK;
}

static enum err_code set(struct ctxcut_manifest *m, const char *name, const char *value)
{
	static const char *const formats[] = {"text", "json", "ctags", "markdown"};
	long number = 0;
	enum err_code code;
	if (strcmp(name, "format") == 0) {
		for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
			if (strcmp(value, formats[i]) == 0) {
				m->format = (enum manifest_format)i;
				return ERR_OK;
			}
		return err_set(&m->err, ERR_USAGE, "format: '%s' is none of text, json, ctags, markdown", value);
	}
	if (strcmp(name, "budget") == 0) {
		if (strcmp(value, "none") == 0) {
			m->budget_tokens = SIZE_MAX;
			return ERR_OK;
		}
		code = set_number(&number, BUDGET_LEAST_TOKENS, BUDGET_MOST_TOKENS, name, value, &m->err);
		if (code == ERR_OK)
			m->budget_tokens = (size_t)number;
		return code;
	}
	if (strcmp(name, "encoding") == 0)
		return encoding_from_name(value, &m->encoding)
		               ? ERR_OK
		               : err_set(&m->err, ERR_USAGE, "encoding: '%s' is none of o200k_base, cl100k_base, claude", value);
	if (strcmp(name, "query") == 0) {
		buf_add_str(&m->query, value);
		buf_add_char(&m->query, '\n');
		return span_trim(span_of_str(value)).len ? ERR_OK : err_set(&m->err, ERR_USAGE, "query: is empty");
	}
	if (strcmp(name, "ignore") == 0)
		return set_flag(&m->no_ignore, false, name, value, &m->err);
	if (strcmp(name, "hidden") == 0)
		return set_flag(&m->hidden, true, name, value, &m->err);
	if (strcmp(name, "cache") == 0)
		return set_flag(&m->no_cache, false, name, value, &m->err);
	if (strcmp(name, "glob") == 0) {
		strings_add(&m->globs, value);
		return ERR_OK;
	}
	if (strcmp(name, "lang") == 0)
		return add_language(m, value);
	if (strcmp(name, "changed") == 0) {
		free(m->changed);
		m->changed = mem_strdup(value);
		return ERR_OK;
	}
	if (strcmp(name, "threads") == 0) {
		code = set_number(&number, 0, THREADS_MOST, name, value, &m->err);
		if (code == ERR_OK)
			m->threads = (unsigned)number;
		return code;
	}
	return err_set(&m->err, ERR_USAGE, "there is no option named '%s'", name);
}

enum ctxcut_status ctxcut_manifest_set(struct ctxcut_manifest *m, const char *name, const char *value)
{
	return status_of(set(m, name, value));
}

enum ctxcut_status ctxcut_manifest_add_path(struct ctxcut_manifest *m, const char *path)
{
	if (!*path) {
		err_set(&m->err, ERR_USAGE, "a path is empty");
		return CTXCUT_USAGE;
	}
	strings_add(&m->paths, path);
	return CTXCUT_OK;
}

/* ---- the scan ----------------------------------------------------------------------------------------------------- */

static unsigned thread_count(const struct ctxcut_manifest *m)
{
	cpu_set_t set;
	if (m->threads)
		return m->threads;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return count < 1 ? 1 : count > THREADS_MOST ? (unsigned)THREADS_MOST : (unsigned)count;
}

static void collect_messages(struct ctxcut_manifest *m)
{
	struct err message;
	for (size_t i = 0; i < tree_index_count(m->index); i++) {
		const struct index_file *f = tree_index_file(m->index, i);
		if (f->code == ERR_OK)
			continue;
		err_set(&message, f->code, "%.*s: %s", (int)f->path.len, f->path.ptr, f->trouble);
		strings_add(&m->messages, message.text);
	}
}

/* The document that the manifest is written into would tell of itself, and be another one after that. */
static bool is_document(const struct ctxcut_manifest *m, struct span path)
{
	const char *slash = m->document ? strrchr(m->document, '/') : NULL;
	if (!m->document || !span_ends(path, span_of_str(slash ? slash + 1 : m->document)))
		return false;
	char *name = mem_strndup(path.ptr, path.len), *real = realpath(name, NULL);
	bool same = strcmp(real ? real : name, m->document) == 0;
	free(name);
	free(real);
	return same;
}

static bool is_wanted(void *user, size_t root, struct span path, struct span below)
{
	const struct ctxcut_manifest *m = user;
	return !is_document(m, path) && (!m->differs || changed_has(m->differs[root], below));
}

static void note_gone(struct ctxcut_manifest *m, const struct changed *differs, const char *root)
{
	struct buf path = {0};
	tree_index_prefix(&path, root);
	size_t prefix = path.len;
	for (size_t i = 0; i < changed_count(differs); i++) {
		bool gone;
		struct span below = changed_at(differs, i, &gone);
		if (!gone)
			continue;
		path.len = prefix;
		buf_add_span(&path, below);
		MEM_GROW(m->gone, m->gone_cap, m->gone_count + 1);
		m->gone[m->gone_count++] = arena_dup(&m->gone_text, buf_span(&path));
	}
	buf_release(&path);
}

/* What differs, for each starting point. */
static enum err_code find_changed(struct ctxcut_manifest *m)
{
	enum err_code code = ERR_OK;
	m->differs = mem_zalloc(m->paths.count, sizeof *m->differs);
	for (size_t i = 0; i < m->paths.count && code == ERR_OK; i++) {
		struct stat st;
		struct span folder = span_of_str(m->paths.at[i]);
		if (stat(m->paths.at[i], &st) == 0 && !S_ISDIR(st.st_mode))
			folder = path_folder(folder);
		char *root = folder.len ? mem_strndup(folder.ptr, folder.len) : mem_strdup(".");
		code = changed_find(&m->differs[i], root, m->changed, &m->err);
		if (code == ERR_OK)
			note_gone(m, m->differs[i], root);
		free(root);
	}
	return code == ERR_OK ? ERR_OK : err_at(&m->err, "--changed");
}

void manifest_read(struct ctxcut_manifest *m)
{
	if (m->scanned)
		return;
	m->scanned = true;
	tree_index_scan(m->index);
	collect_messages(m);
	m->imports = import_map_new(m->index);
	test_links_find(&m->links, m->index, m->imports);
}

/* What the messages come to. */
static enum ctxcut_status reading_status(struct ctxcut_manifest *m)
{
	return m->messages.count ? status_of(err_set(&m->err, ERR_INPUT, "%s", m->messages.at[0])) : CTXCUT_OK;
}

/* All that decides the result but the tree and the build; the starting point is the cache's. */
static struct hash128 result_options(const struct ctxcut_manifest *m)
{
	struct buf text = {0};
	buf_addf(&text, "%d %zu %s %d %d ", (int)m->format, m->budget_tokens, encoding_name(m->encoding), m->no_ignore, m->hidden);
	buf_addf(&text, "%zu %s\n%zu ", m->query.len, m->query.len ? m->query.ptr : "", m->globs.count);
	for (size_t i = 0; i < m->globs.count; i++)
		buf_addf(&text, "%zu %s\n", strlen(m->globs.at[i]), m->globs.at[i]);
	for (size_t i = 0; i < m->language_count; i++)
		buf_addf(&text, "%s ", language_name(m->languages[i]));
	buf_add_str(&text, m->paths.at[0]);
	struct hash128 hash = hash128_of(text.ptr, text.len);
	buf_release(&text);
	return hash;
}

enum ctxcut_status ctxcut_manifest_scan(struct ctxcut_manifest *m)
{
	if (m->index) {
		err_set(&m->err, ERR_USAGE, "the tree was read already");
		return CTXCUT_USAGE;
	}
	if (!m->paths.count)
		strings_add(&m->paths, ".");
	if (m->changed && find_changed(m) != ERR_OK)
		return status_of(m->err.code);
	const struct hash128 expected = result_options(m);
	m->options = (struct index_options){
		.encoding = m->encoding,
		.threads = thread_count(m),
		.words = m->format == MANIFEST_JSON || m->format == MANIFEST_CTAGS ? INDEX_WORDS_OF_TESTS : INDEX_WORDS_OF_ALL,
		.walk = {.no_ignore = m->no_ignore, .hidden = m->hidden, .globs = (const char *const *)m->globs.at,
		         .glob_count = m->globs.count},
		.languages = m->languages,
		.language_count = m->language_count,
		.wanted = is_wanted,
		.user = m,
		.cache = !m->no_cache,
		.expected = &expected,
	};
	struct err err = {0};
	struct hash128 state;
	if (tree_index_walk(&m->index, (const char *const *)m->paths.at, m->paths.count, &m->options, &err) != ERR_OK)
		strings_add(&m->messages, err.text);
	m->options.expected = NULL;
	if (m->messages.count || m->document || m->changed || !tree_index_state(m->index, &state))
		manifest_read(m);
	return reading_status(m);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static struct manifest shown_of(struct ctxcut_manifest *m)
{
	return (struct manifest){.index = m->index, .links = &m->links, .encoding = m->encoding, .threads = thread_count(m),
	                         .importance = m->importance, .budget_tokens = m->budget_tokens,
	                         .markdown = m->format == MANIFEST_MARKDOWN, .gone = m->gone, .gone_count = m->gone_count};
}

void manifest_write_text(struct ctxcut_manifest *m, struct buf *out)
{
	if (!m->importance)
		m->importance = importance_new(m->index, m->imports, buf_span(&m->query));
	struct manifest shown = shown_of(m);
	manifest_text(&shown, out);
}

/* Passes on what is written, but for what the reader has already, and keeps a copy of it. */
struct tee {
	ctxcut_write *write;
	void *user;
	uint64_t skip;
	struct cache_result *keep;
};

static int tee_write(void *user, const char *bytes, size_t len)
{
	struct tee *t = user;
	cache_result_add(t->keep, span_of(bytes, len));
	if (t->skip >= len) {
		t->skip -= len;
		return 0;
	}
	size_t skipped = (size_t)t->skip;
	t->skip = 0;
	return t->write(t->user, bytes + skipped, len - skipped);
}

static enum err_code write_manifest(struct ctxcut_manifest *m, ctxcut_write *write, void *user)
{
	if (m->format == MANIFEST_JSON || m->format == MANIFEST_CTAGS) {
		struct manifest shown = shown_of(m);
		return m->format == MANIFEST_CTAGS ? manifest_ctags(&shown, write, user) : manifest_json(&shown, write, user);
	}
	struct buf text = {0};
	manifest_write_text(m, &text);
	enum err_code code = write(user, text.ptr, text.len) != 0 ? ERR_OUTPUT : ERR_OK;
	buf_release(&text);
	return code;
}

enum ctxcut_status ctxcut_manifest_render(struct ctxcut_manifest *m, ctxcut_write *write, void *user)
{
	struct tee tee = {.write = write, .user = user};
	struct hash128 state;
	int stopped = 0;
	enum err_code code = ERR_OK;
	if (!m->index) {
		err_set(&m->err, ERR_USAGE, "nothing was read yet");
		return CTXCUT_USAGE;
	}
	struct cache *cache = m->scanned ? NULL : tree_index_cache(m->index);
	if (cache && tree_index_state(m->index, &state)) {
		if (cache_result_send(cache, result_options(m), state, write, user, &tee.skip, &stopped)) {
			if (stopped)
				err_set(&m->err, ERR_OUTPUT, "the output could not be written");
			return stopped ? CTXCUT_OUTPUT : CTXCUT_OK;
		}
		manifest_read(m);
		if (!stopped && !m->messages.count)
			tee.keep = cache_result_begin(cache, result_options(m), state);
	}
	manifest_read(m);
	code = stopped ? ERR_OUTPUT : write_manifest(m, tee_write, &tee);
	if (code == ERR_OK)
		cache_result_commit(tee.keep);
	else
		cache_result_abort(tee.keep);
	if (code == ERR_OUTPUT)
		err_set(&m->err, code, "the output could not be written");
	return code == ERR_OK ? reading_status(m) : status_of(code);
}
