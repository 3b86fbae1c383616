#include "input/child.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "input/program.h"
#include "input/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Hands packed bytes to the process that cannot have the descriptor itself, because its first bytes were read
 * already. */
struct feeder {
	pthread_t thread;
	bool running;
	int from;        /* borrowed */
	int to;          /* owned: the process's standard input */
	int cancel[2];   /* owned pipe: the thread ends when its write end closes */
	struct buf head; /* owned */
	struct err failure; /* of reading `from`; to be looked at after the join */
};

struct child {
	const struct format *format;
	pid_t pid;       /* 0: not running */
	int out, errors; /* owned: what it prints; -1 when at the end */
	struct buf said; /* owned: the head of what it said on standard error */
	struct feeder feeder;
};

/* ---- finding and starting ---------------------------------------------------------------------------------------- */

/* Our environment without what would change the program's options, and its messages in one language. Owned: the
 * array. */
static char **child_environment(void)
{
	static const char *const dropped[] = {
		"LC_ALL=", "LANGUAGE=", "GZIP=", "XZ_OPT=", "XZ_DEFAULTS=", "BZIP=", "BZIP2=",
		"ZSTD_CLEVEL=", "LZ4_CLEVEL=", NULL,
	};
	static char c_locale[] = "LC_ALL=C";
	static char *const added[] = {c_locale, NULL};
	return program_environment(dropped, added);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) == 0)
		return true;
	ends[0] = ends[1] = -1;
	return false;
}

/* Returns 0 or an errno. */
static int spawn(struct child *c, const char *path, int in, int out, int errors)
{
	char *argv[5] = {(char *)c->format->program};
	for (size_t i = 0; i < 3 && c->format->args[i]; i++)
		argv[i + 1] = (char *)c->format->args[i];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, ordinary;
	sigemptyset(&none);
	sigemptyset(&ordinary);
	sigaddset(&ordinary, SIGPIPE); /* when we go, it shall go */
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	/* Pipes take the lowest numbers that are free, those for in before those for out: even where 0, 1 and 2 were
	 * closed, none of these replaces one that is still to come. */
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, errors, 2);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &ordinary);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	char **env = child_environment();
	int code = posix_spawn(&c->pid, path, &files, &attributes, argv, env);
	if (code)
		c->pid = 0;
	free(env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return code;
}

/* ---- the feeder -------------------------------------------------------------------------------------------------- */

/* False when the process reads no more. SIGPIPE is blocked in this thread. */
static bool hand_on(int to, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = write(to, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

static void *feed(void *user)
{
	struct feeder *f = user;
	uint64_t total = f->head.len;
	bool wanted = hand_on(f->to, buf_span(&f->head));
	char *window = mem_alloc(READ_WINDOW_BYTES);
	while (wanted) {
		struct pollfd wait[3] = {{.fd = f->from}, {.fd = f->cancel[0]}};
		if (!stop_wait_readable(wait, 2) || wait[1].revents)
			break;
		ssize_t n = read(f->from, window, READ_WINDOW_BYTES);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			err_set(&f->failure, ERR_INPUT, "cannot be read at byte %" PRIu64 ": %s", total,
				strerror(errno));
		if (n <= 0)
			break;
		total += (uint64_t)n;
		wanted = hand_on(f->to, span_of(window, (size_t)n));
	}
	free(window);
	close_fd(&f->to); /* the process meets the end of its input */
	return NULL;
}

static int start_feeder(struct feeder *f)
{
	if (!make_pipe(f->cancel))
		return errno;
	sigset_t all, before; /* signals are the caller's business: the thread takes none */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(&f->thread, NULL, feed, f);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	f->running = code == 0;
	return code;
}

static void end_feeder(struct feeder *f)
{
	if (f->running) {
		close_fd(&f->cancel[1]);
		pthread_join(f->thread, NULL);
		f->running = false;
	}
	close_fd(&f->to);
	close_fd(&f->cancel[0]);
	close_fd(&f->cancel[1]);
	buf_release(&f->head);
}

/* ---- the process ------------------------------------------------------------------------------------------------- */

enum err_code child_start(struct child **out, const struct format *format, int fd, struct span head, struct err *err)
{
	const char *program = format->program;
	struct buf path = {0};
	if (!program_find(program, &path)) {
		buf_release(&path);
		return err_set(err, ERR_INPUT, "is %s data, and the program %s is not in PATH: install %s",
			       format->name, program, format->package);
	}
	struct child *c = mem_zalloc(1, sizeof *c);
	c->format = format;
	c->out = c->errors = c->feeder.to = c->feeder.cancel[0] = c->feeder.cancel[1] = -1;
	int in_ends[2] = {-1, -1}, out_ends[2] = {-1, -1}, error_ends[2] = {-1, -1};
	int code = (head.len && !make_pipe(in_ends)) || !make_pipe(out_ends) || !make_pipe(error_ends) ? errno : 0;
	if (!code)
		code = spawn(c, path.ptr, head.len ? in_ends[0] : fd, out_ends[1], error_ends[1]);
	close_fd(&in_ends[0]);
	close_fd(&out_ends[1]);
	close_fd(&error_ends[1]);
	c->out = out_ends[0];
	c->errors = error_ends[0];
	c->feeder.from = fd;
	c->feeder.to = in_ends[1];
	if (!code && head.len) {
		buf_add_span(&c->feeder.head, head);
		code = start_feeder(&c->feeder);
	}
	if (code) {
		child_free(c);
		err_set(err, ERR_INPUT, "is %s data, and %s cannot be started: %s", format->name, path.ptr,
			strerror(code));
	}
	buf_release(&path);
	if (code)
		return ERR_INPUT;
	*out = c;
	return ERR_OK;
}

enum { SAID_BYTES = 200 };

static void read_errors(struct child *c)
{
	char bytes[512];
	ssize_t n = read(c->errors, bytes, sizeof bytes);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close_fd(&c->errors);
		return;
	}
	/* The rest is read as well, so that the process never waits for us. */
	size_t room = SAID_BYTES - c->said.len;
	buf_add_span(&c->said, span_head(span_of(bytes, (size_t)n), room));
}

/* The first line that the process said, without its own name before it. */
static struct span first_said(const struct child *c)
{
	struct span said = span_trim(buf_span(&c->said)), name = span_of_str(c->format->program);
	const char *lf = said.len ? memchr(said.ptr, '\n', said.len) : NULL;
	if (lf)
		said.len = (size_t)(lf - said.ptr);
	if (span_starts(said, name) && span_starts(span_from(said, name.len), SPAN(":")))
		said = span_from(said, name.len + 1);
	return span_trim(said);
}

/* At the end of its output. */
static ssize_t reap(struct child *c, struct err *err)
{
	struct pollfd wait[2];
	while (c->errors >= 0) {
		wait[0] = (struct pollfd){.fd = c->errors};
		if (!stop_wait_readable(wait, 1))
			return 0;
		read_errors(c);
	}
	int status = 0;
	pid_t got;
	do
		got = waitpid(c->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	c->pid = 0;
	end_feeder(&c->feeder);
	if (stop_pending())
		return 0;
	if (c->feeder.failure.code) {
		if (err)
			*err = c->feeder.failure;
		return -1;
	}
	struct span said = first_said(c);
	const char *program = c->format->program, *colon = said.len ? ": " : "";
	/* Where SIGCHLD is ignored there is no status to be had: then its silence is taken for success. */
	if (got < 0 ? said.len == 0 : WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (got < 0)
		err_set(err, ERR_INPUT, "%s reported%s%.*s", program, colon, (int)said.len, said.ptr);
	else if (WIFEXITED(status))
		err_set(err, ERR_INPUT, "%s failed with status %d%s%.*s", program, WEXITSTATUS(status), colon,
			(int)said.len, said.ptr);
	else
		err_set(err, ERR_INPUT, "%s was killed by signal %d%s%.*s", program, WTERMSIG(status), colon,
			(int)said.len, said.ptr);
	return -1;
}

ssize_t child_read(struct child *c, char *into, size_t size, struct err *err)
{
	while (c->out >= 0) {
		struct pollfd wait[3] = {{.fd = c->out}, {.fd = c->errors}};
		if (!stop_wait_readable(wait, 2))
			return 0;
		if (c->errors >= 0 && wait[1].revents)
			read_errors(c);
		if (!wait[0].revents)
			continue;
		ssize_t n = read(c->out, into, size);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n > 0)
			return n;
		close_fd(&c->out);
	}
	return c->pid ? reap(c, err) : 0;
}

void child_free(struct child *c)
{
	if (!c)
		return;
	if (c->pid) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	end_feeder(&c->feeder);
	close_fd(&c->out);
	close_fd(&c->errors);
	buf_release(&c->said);
	free(c);
}
