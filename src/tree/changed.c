#include "tree/changed.h"

#include "base/buf.h"
#include "base/mem.h"
#include "input/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct changed_path {
	struct span path; /* in text */
	bool gone;
};

struct changed {
	struct buf text;            /* what git said */
	struct changed_path *paths; /* owned; sorted, distinct */
	size_t count, cap;
};

/* ---- asking git -------------------------------------------------------------------------------------------------- */

/* Our environment, without what would make git look elsewhere than at `root`, and its messages in one language. */
static char **git_environment(void)
{
	static const char *const dropped[] = {
		"LC_ALL=", "LANGUAGE=", "GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_PREFIX=", "GIT_COMMON_DIR=",
		"GIT_NAMESPACE=", "GIT_EXTERNAL_DIFF=", "GIT_DIFF_OPTS=", "GIT_LITERAL_PATHSPECS=", "GIT_GLOB_PATHSPECS=",
		"GIT_NOGLOB_PATHSPECS=", "GIT_ICASE_PATHSPECS=", "GIT_TRACE", NULL,
	};
	static char c_locale[] = "LC_ALL=C", no_locks[] = "GIT_OPTIONAL_LOCKS=0", no_prompt[] = "GIT_TERMINAL_PROMPT=0";
	static char *const added[] = {c_locale, no_locks, no_prompt, NULL};
	return program_environment(dropped, added);
}

/* Standard input empty; 0 or an errno. */
static int start(pid_t *pid, const char *program, char **argv, const int out[2], const int errors[2])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, ordinary;
	sigemptyset(&none);
	sigemptyset(&ordinary);
	sigaddset(&ordinary, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_adddup2(&files, errors[1], 2);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &ordinary);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	char **env = git_environment();
	int code = posix_spawn(pid, program, &files, &attributes, argv, env);
	free(env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return code;
}

/* Reads both until both end, so that git never waits for us. */
static void read_both(int out_fd, struct buf *out, int error_fd, struct buf *said)
{
	char piece[16 * 1024];
	struct pollfd wait[2] = {{.fd = out_fd, .events = POLLIN}, {.fd = error_fd, .events = POLLIN}};
	while (wait[0].fd >= 0 || wait[1].fd >= 0) {
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++) {
			if (wait[i].fd < 0 || !wait[i].revents)
				continue;
			ssize_t n = read(wait[i].fd, piece, sizeof piece);
			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				wait[i].fd = -1;
			else if (i == 0 || said->len < 4096)
				buf_add(i == 0 ? out : said, piece, (size_t)n);
		}
	}
}

/* Runs `git ARGS…` in `root`. True: it ended with status 0; *out has what it printed added. */
static bool ask(const char *program, const char *root, const char *const *args, struct buf *out, struct buf *said)
{
	/* A repository may name programs of its own in its settings; none of them is to run because we look. */
	static const char *const always[] = {"--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"};
	char *argv[24] = {"git", "-C", (char *)root};
	size_t n = 3;
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		argv[n++] = (char *)always[i];
	for (size_t i = 0; args[i]; i++)
		argv[n++] = (char *)args[i];
	int out_ends[2], error_ends[2], status = 0, code = 0;
	pid_t pid = 0;
	buf_clear(said);
	if (pipe2(out_ends, O_CLOEXEC) != 0)
		return false;
	if (pipe2(error_ends, O_CLOEXEC) != 0) {
		close(out_ends[0]);
		close(out_ends[1]);
		return false;
	}
	code = start(&pid, program, argv, out_ends, error_ends);
	close(out_ends[1]);
	close(error_ends[1]);
	if (code == 0)
		read_both(out_ends[0], out, error_ends[0], said);
	else
		buf_addf(said, "%s cannot be started: %s", program, strerror(code));
	close(out_ends[0]);
	close(error_ends[0]);
	if (code)
		return false;
	pid_t got;
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The first line of what it said, without "fatal: ". */
static struct span first_said(const struct buf *said)
{
	struct span s = span_trim(buf_span(said));
	const char *lf = s.len ? memchr(s.ptr, '\n', s.len) : NULL;
	if (lf)
		s.len = (size_t)(lf - s.ptr);
	return span_starts(s, SPAN("fatal: ")) ? span_from(s, 7) : s;
}

/* ---- the paths --------------------------------------------------------------------------------------------------- */

static void add_path(struct changed *c, size_t off, size_t len, bool gone)
{
	MEM_GROW(c->paths, c->cap, c->count + 1);
	/* The text may still move: the pointer follows when it has all come. */
	c->paths[c->count++] = (struct changed_path){.path = {(const char *)(uintptr_t)off, len}, .gone = gone};
}

/* `diff --name-status -z`: a letter, NUL, a path, NUL. `ls-files -z`: a path, NUL. */
static void take_paths(struct changed *c, size_t from, bool with_status)
{
	for (size_t at = from; at < c->text.len;) {
		bool gone = false;
		if (with_status) {
			gone = c->text.ptr[at] == 'D';
			at += strlen(c->text.ptr + at) + 1;
		}
		if (at >= c->text.len)
			break;
		size_t len = strlen(c->text.ptr + at);
		/* An untracked repository has a slash at its end. */
		add_path(c, at, len - (len && c->text.ptr[at + len - 1] == '/'), gone);
		at += len + 1;
	}
}

static int by_bytes(const void *left, const void *right)
{
	const struct changed_path *a = left, *b = right;
	size_t len = a->path.len < b->path.len ? a->path.len : b->path.len;
	int order = memcmp(a->path.ptr, b->path.ptr, len);
	if (!order)
		order = (a->path.len > b->path.len) - (a->path.len < b->path.len);
	/* Taken out of the index but still there, it is untracked, which says more. */
	return order ? order : (int)a->gone - (int)b->gone;
}

static void sort_paths(struct changed *c)
{
	for (size_t i = 0; i < c->count; i++)
		c->paths[i].path.ptr = c->text.ptr + (uintptr_t)c->paths[i].path.ptr;
	if (c->count)
		qsort(c->paths, c->count, sizeof *c->paths, by_bytes);
	size_t kept = 0;
	for (size_t i = 0; i < c->count; i++)
		if (!kept || !span_eq(c->paths[kept - 1].path, c->paths[i].path))
			c->paths[kept++] = c->paths[i];
	c->count = kept;
}

static enum err_code find_paths(struct changed *c, const char *program, const char *root, const char *revision, struct buf *said,
				struct err *err)
{
	struct buf name = {0};
	size_t before;
	bool good;
	buf_addf(&name, "%s^{commit}", revision ? revision : "HEAD");
	const char *const top[] = {"rev-parse", "--is-inside-work-tree", NULL};
	const char *const verify[] = {"rev-parse", "--verify", "--end-of-options", name.ptr, NULL};
	enum err_code code = ERR_OK;
	if (!ask(program, root, top, &c->text, said)) {
		code = err_set(err, ERR_INPUT, "%s: git says: %.*s", root, (int)first_said(said).len, first_said(said).ptr);
		goto done;
	}
	if (!span_starts(buf_span(&c->text), SPAN("true"))) {
		code = err_set(err, ERR_INPUT, "%s is not in the working tree of a git repository", root);
		goto done;
	}
	buf_clear(&c->text);
	bool known = ask(program, root, verify, &c->text, said);
	if (!known && revision) {
		code = err_set(err, ERR_USAGE, "git knows no revision %s here: %.*s", revision, (int)first_said(said).len,
			       first_said(said).ptr);
		goto done;
	}
	if (known) {
		/* By its id: no name of a revision can be taken for an option or a path. */
		char id[72];
		struct span s = span_head(span_trim(buf_span(&c->text)), sizeof id - 1);
		memcpy(id, s.ptr, s.len);
		id[s.len] = 0;
		buf_clear(&c->text);
		const char *const diff[] = {"diff", "--name-status", "-z", "--relative", "--no-renames", "--no-ext-diff",
					    "--no-textconv", "--no-color", id, "--", NULL};
		good = ask(program, root, diff, &c->text, said);
		take_paths(c, 0, true);
	} else {
		buf_clear(&c->text);
		const char *const all[] = {"ls-files", "-c", "-z", NULL};
		good = ask(program, root, all, &c->text, said);
		take_paths(c, 0, false);
	}
	before = c->text.len;
	const char *const untracked[] = {"ls-files", "-o", "--exclude-standard", "-z", NULL};
	good = good && ask(program, root, untracked, &c->text, said);
	take_paths(c, before, false);
	if (!good)
		code = err_set(err, ERR_INPUT, "%s: git says: %.*s", root, (int)first_said(said).len, first_said(said).ptr);
done:
	buf_release(&name);
	return code;
}

enum err_code changed_find(struct changed **out, const char *root, const char *revision, struct err *err)
{
	struct buf program = {0}, said = {0};
	enum err_code code;
	*out = NULL;
	struct changed *c = mem_zalloc(1, sizeof *c);
	if (!program_find("git", &program))
		code = err_set(err, ERR_INPUT, "what changed is asked of git, and there is no git in PATH: install it");
	else
		code = find_paths(c, program.ptr, root, revision, &said, err);
	buf_release(&program);
	buf_release(&said);
	if (code != ERR_OK) {
		c->count = 0;
		changed_free(c);
		return code;
	}
	sort_paths(c);
	*out = c;
	return ERR_OK;
}

void changed_free(struct changed *c)
{
	if (!c)
		return;
	free(c->paths);
	buf_release(&c->text);
	free(c);
}

bool changed_has(const struct changed *c, struct span path)
{
	size_t low = 0, high = c->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct changed_path at = c->paths[middle], sought = {.path = path, .gone = at.gone};
		int order = by_bytes(&at, &sought);
		if (!order)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

size_t changed_count(const struct changed *c) { return c->count; }

struct span changed_at(const struct changed *c, size_t i, bool *gone)
{
	if (gone)
		*gone = c->paths[i].gone;
	return c->paths[i].path;
}
