/* The logs of a corpus, and the labels that stand beside them. */
#include "app/bench.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char labels_name[] = "labels.json";

struct identity {
	dev_t device;
	ino_t inode;
};

struct finder {
	struct bench_corpus *corpus;
	struct identity *identities; /* owned: of each log */
	size_t identity_cap;
	struct identity output;
	char **labels; /* owned: files of labels that were found */
	size_t label_count, label_cap;
	size_t binaries; /* that were left out of folders */
	enum exit_code code;
};

enum { BINARIES_TOLD = 3 };

static char *joined(const char *folder, size_t folder_len, const char *name)
{
	size_t name_len = strlen(name);
	bool slash = folder_len && folder[folder_len - 1] != '/';
	char *path = app_zalloc(folder_len + slash + name_len + 1, 1);
	memcpy(path, folder, folder_len);
	if (slash)
		path[folder_len] = '/';
	memcpy(path + folder_len + slash, name, name_len);
	return path;
}

/* Bytes of the path that are its folder with the slash; 0: the current one. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (size_t)(slash - path) + 1 : 0;
}

static struct identity identity_of(const struct stat *st) { return (struct identity){st->st_dev, st->st_ino}; }
static bool same(struct identity a, struct identity b) { return a.device == b.device && a.inode == b.inode; }

/* ---- walking ---- */

static int take_head(void *user, const char *bytes, size_t len)
{
	enum { ENOUGH = 64 * 1024 };
	struct bench_bytes *head = user;
	bench_bytes_add(head, bytes, len);
	return head->len >= ENOUGH;
}

/* A picture is no log, and cutting it would be no merit. What cannot be read is told later. */
static bool is_binary(struct finder *f, const char *path, bool named)
{
	char error[1024];
	struct bench_bytes head = {0};
	ctxcut_show(path, &(struct ctxcut_show_options){0}, take_head, &head, error, sizeof error);
	const char *kind = head.len ? ctxcut_binary(head.ptr, head.len) : NULL;
	if (kind && (named || f->binaries < BINARIES_TOLD))
		complain("%s: left out: %s", path, *kind ? kind : "binary data");
	f->binaries += kind && !named;
	f->code = exit_worse(f->code, kind && named ? EXIT_INPUT : EXIT_FINE);
	bench_bytes_release(&head);
	return kind != NULL;
}

static void add_log(struct finder *f, char *path, const struct stat *st, bool named)
{
	struct bench_corpus *c = f->corpus;
	if ((f->output.inode && same(identity_of(st), f->output)) || is_binary(f, path, named)) {
		free(path);
		return;
	}
	c->logs = bench_grown(c->logs, &c->cap, c->count + 1, sizeof *c->logs);
	f->identities = bench_grown(f->identities, &f->identity_cap, c->count + 1, sizeof *f->identities);
	f->identities[c->count] = identity_of(st);
	c->logs[c->count++] = (struct bench_log){.path = path};
}

static void add_labels(struct finder *f, char *path)
{
	for (size_t i = 0; i < f->label_count; i++)
		if (strcmp(f->labels[i], path) == 0) {
			free(path);
			return;
		}
	f->labels = bench_grown(f->labels, &f->label_cap, f->label_count + 1, sizeof *f->labels);
	f->labels[f->label_count++] = path;
}

struct names {
	char **names; /* owned */
	size_t count, cap;
};

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_name(struct names *n, const char *name)
{
	n->names = bench_grown(n->names, &n->cap, n->count + 1, sizeof *n->names);
	n->names[n->count++] = joined("", 0, name);
}

static void names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->names[i]);
	free(n->names);
}

static enum exit_code list(struct names *n, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	errno = 0;
	while (dir && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			add_name(n, entry->d_name);
	if (errno)
		complain("%s: %s", folder, strerror(errno));
	enum exit_code code = errno ? EXIT_INPUT : EXIT_FINE;
	if (dir)
		closedir(dir);
	if (n->count)
		qsort(n->names, n->count, sizeof *n->names, by_name);
	return code;
}

/* "log", or the one that is called log.zst, log.txt and so on. */
static const char *log_among(const struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->names[i], "log") == 0 || strncmp(n->names[i], "log.", 4) == 0)
			return n->names[i];
	return NULL;
}

static void look_for_one(void *user, const struct ctxcut_label *label)
{
	bool *one_log = user;
	*one_log = *one_log || !label->file;
}

static bool among(const struct names *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->names[i], name) == 0)
			return true;
	return false;
}

static void walk(struct finder *f, const char *folder)
{
	struct names entries = {0};
	f->code = exit_worse(f->code, list(&entries, folder));
	const char *only = NULL; /* beside the labels of one log nothing else is one: a good run's, say */
	size_t prefix = strcmp(folder, ".") == 0 ? 0 : strlen(folder);
	if (among(&entries, labels_name)) {
		bool one_log = false;
		char *path = joined(folder, prefix, labels_name);
		ctxcut_labels_read(path, look_for_one, &one_log, NULL, 0);
		only = one_log ? log_among(&entries) : NULL;
		add_labels(f, path);
	}
	for (size_t i = 0; i < entries.count; i++) {
		struct stat st;
		char *path = joined(folder, prefix, entries.names[i]);
		bool link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
		if (stat(path, &st) != 0) {
			complain("%s: %s", path, strerror(errno));
			f->code = exit_worse(f->code, EXIT_INPUT);
		} else if (S_ISDIR(st.st_mode) && !link) { /* a link could lead back */
			walk(f, path);
		} else if (S_ISREG(st.st_mode) && strcmp(entries.names[i], labels_name) != 0 &&
			   (!only || strcmp(entries.names[i], only) == 0)) {
			add_log(f, path, &st, false);
			path = NULL;
		}
		free(path);
	}
	names_release(&entries);
}

static void add_operand(struct finder *f, const char *operand)
{
	struct stat st;
	if (stat(operand, &st) != 0) {
		complain("%s: %s", operand, strerror(errno));
		f->code = exit_worse(f->code, EXIT_INPUT);
	} else if (S_ISDIR(st.st_mode)) {
		walk(f, operand);
	} else if (!S_ISREG(st.st_mode)) {
		complain("%s: is no file: a log is read several times, so keep it in one first", operand);
		f->code = exit_worse(f->code, EXIT_INPUT);
	} else {
		add_log(f, joined("", 0, operand), &st, true);
		char *labels = joined(operand, folder_len(operand), labels_name);
		if (stat(labels, &st) == 0)
			add_labels(f, labels);
		else
			free(labels);
	}
}

/* ---- joining labels and logs ---- */

struct place {
	struct identity identity;
	size_t log;
};

static int by_identity(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->identity.device != y->identity.device)
		return x->identity.device < y->identity.device ? -1 : 1;
	if (x->identity.inode != y->identity.inode)
		return x->identity.inode < y->identity.inode ? -1 : 1;
	return x->log < y->log ? -1 : x->log > y->log;
}

/* A log that was named twice counts once. */
static void drop_doubles(struct finder *f)
{
	struct bench_corpus *c = f->corpus;
	struct place *places = app_zalloc(c->count, sizeof *places);
	size_t kept = 0;
	for (size_t i = 0; i < c->count; i++)
		places[i] = (struct place){f->identities[i], i};
	qsort(places, c->count, sizeof *places, by_identity);
	for (size_t i = 1; i < c->count; i++)
		if (same(places[i].identity, places[i - 1].identity)) {
			free(c->logs[places[i].log].path);
			c->logs[places[i].log].path = NULL;
		}
	for (size_t i = 0; i < c->count; i++)
		if (c->logs[i].path) {
			f->identities[kept] = f->identities[i];
			c->logs[kept++] = c->logs[i];
		}
	c->count = kept;
	free(places);
}

struct joiner {
	struct bench_corpus *corpus;
	struct place *places; /* sorted */
	const char *labels;   /* the file in work */
	struct bench_log *log;
	enum exit_code code;
};

static struct bench_log *log_at(const struct joiner *j, const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return NULL;
	struct identity wanted = identity_of(&st);
	size_t low = 0, high = j->corpus->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct place *p = &j->places[middle];
		if (same(p->identity, wanted))
			return &j->corpus->logs[p->log];
		if (by_identity(p, &(struct place){wanted, p->log}) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void begin_log(struct joiner *j, const char *name)
{
	struct stat st;
	struct names beside = {0};
	size_t len = folder_len(j->labels);
	char *folder = len ? joined(j->labels, len, "") : joined("", 0, ".");
	if (!name && list(&beside, folder) == EXIT_FINE)
		name = log_among(&beside);
	char *path = name ? joined(j->labels, name[0] == '/' ? 0 : len, name) : NULL;
	if (!path)
		complain(
			"%s: there is no file called log beside it; labels of other names: {\"build.log\": [[12, 15]]}",
			j->labels);
	else if (stat(path, &st) != 0)
		complain("%s: names %s: %s", j->labels, name, strerror(errno));
	if (!path || stat(path, &st) != 0)
		j->code = EXIT_INPUT;
	j->log = path ? log_at(j, path) : NULL;
	if (j->log)
		j->log->groups_before = j->log->groups;
	free(path);
	free(folder);
	names_release(&beside);
}

static void take_label(void *user, const struct ctxcut_label *label)
{
	struct joiner *j = user;
	if (!label->first_line && !label->text) {
		begin_log(j, label->file);
	} else if (j->log) {
		struct bench_log *log = j->log;
		log->said = bench_grown(log->said, &log->said_cap, log->said_count + 1, sizeof *log->said);
		log->said[log->said_count++] = (struct ctxcut_label){NULL, label->first_line, label->last_line,
								     label->text ? joined("", 0, label->text) : NULL,
								     label->any ? label->any + log->groups_before : 0};
		log->groups += label->any + log->groups_before > log->groups;
	}
}

static enum exit_code join(struct finder *f)
{
	struct joiner j = {.corpus = f->corpus, .places = app_zalloc(f->corpus->count, sizeof *j.places)};
	for (size_t i = 0; i < f->corpus->count; i++)
		j.places[i] = (struct place){f->identities[i], i};
	qsort(j.places, f->corpus->count, sizeof *j.places, by_identity);
	for (size_t i = 0; i < f->label_count; i++) {
		char error[1024];
		j.labels = f->labels[i];
		if (ctxcut_labels_read(j.labels, take_label, &j, error, sizeof error) != CTXCUT_OK) {
			complain("%s", error);
			j.code = EXIT_INPUT;
		}
	}
	free(j.places);
	return j.code;
}

enum exit_code bench_corpus_find(struct bench_corpus *c, const char *const *operands, size_t count,
				 const char *labels_path, const char *output)
{
	struct finder f = {.corpus = c};
	struct stat st;
	if (output && stat(output, &st) == 0 && S_ISREG(st.st_mode))
		f.output = identity_of(&st);
	for (size_t i = 0; i < count; i++)
		add_operand(&f, operands[i]);
	if (f.binaries > BINARIES_TOLD)
		complain("left out: %zu more files that are binary data", f.binaries - BINARIES_TOLD);
	drop_doubles(&f);
	/* After those beside the logs, so that what both say of a log adds up in one order. */
	if (labels_path)
		add_labels(&f, joined("", 0, labels_path));
	f.code = exit_worse(f.code, join(&f));
	for (size_t i = 0; i < f.label_count; i++)
		free(f.labels[i]);
	free(f.labels);
	free(f.identities);
	return f.code;
}

void bench_corpus_release(struct bench_corpus *c)
{
	for (size_t i = 0; i < c->count; i++) {
		for (size_t k = 0; k < c->logs[i].said_count; k++)
			free((char *)(uintptr_t)c->logs[i].said[k].text);
		free(c->logs[i].said);
		free(c->logs[i].path);
	}
	free(c->logs);
	*c = (struct bench_corpus){0};
}
