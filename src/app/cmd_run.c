/* ctxcut run -- CMD: runs a command and reduces what it prints. The command's end is ours: its status, or its signal. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/chars.h"
#include "app/commands.h"
#include "app/process.h"
#include "app/reduction.h"
#include "app/signals.h"
#include "app/spool.h"

enum {
	READ_BYTES = 256 * 1024,
	NAME_BYTES = 100,     /* of the command line in the header */
	KILL_AFTER_MS = 5000, /* from SIGTERM to SIGKILL */
	HELD_OPEN_MS = 2000,  /* how long others may hold the output open when the command has ended */
	PROGRESS_FIRST_MS = 1000,
	PROGRESS_EACH_MS = 250,
};

static const char pass_budget_default[] = "500";

struct run {
	struct ctxcut *c;
	const struct args *args;
	char name[NAME_BYTES + 8];
	struct process process;
	struct spool spool; /* standard error, when it is an input of its own */
	off_t spooled_off;  /* read back up to here */
	bool apart, live, progress, progress_shown, feed_terminal;
	char *window; /* owned, READ_BYTES */
	char *into;   /* where its output goes: room for `size` bytes, of which `got` are there */
	size_t size, got;
	uint64_t bytes;
	long long started_ms, timeout_ms; /* 0: no timeout */
	long long ended_ms, told_ms;
	size_t owed[PROCESS_STREAMS]; /* bytes that were in the pipe when the command ended */
	bool timed_out, killed, ended, held_open, hurried;
	int wait_status;
};

static long long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The words of the command with blanks between them; the caller frees it. */
static char *command_line(const struct args *args)
{
	size_t size = 1;
	for (size_t i = 0; i < args->operand_count; i++)
		size += strlen(args->operands[i]) + 1;
	char *line = app_zalloc(size, 1), *at = line;
	for (size_t i = 0; i < args->operand_count; i++) {
		if (i)
			*at++ = ' ';
		at = stpcpy(at, args->operands[i]);
	}
	return line;
}

/* The command line as it is called in what we print: cut when long. */
static void name_command(char *into, const char *line)
{
	size_t n = 0;
	while (line[n]) {
		size_t len = char_len((const unsigned char *)line + n);
		len = len ? len : 1;
		if (n + len > NAME_BYTES)
			break;
		memcpy(into + n, line + n, len);
		n += len;
	}
	strcpy(into + n, line[n] ? "\u2026" : "");
}

/* ---- standard error: progress and live copy ----------------------------------------------------------------------- */

static void to_stderr(const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, bytes, len);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			return; /* nobody watches: the result does not depend on it */
		}
	}
}

static void progress_clear(struct run *r)
{
	if (r->progress_shown)
		to_stderr("\r\033[K", 4);
	r->progress_shown = false;
}

static void progress_tell(struct run *r)
{
	long long now = now_ms();
	char line[80];
	if (!r->progress || now - r->started_ms < PROGRESS_FIRST_MS || now - r->told_ms < PROGRESS_EACH_MS)
		return;
	r->told_ms = now;
	r->progress_shown = true;
	int n = snprintf(line, sizeof line, "\r\033[Kctxcut: running, %lld s, %.1f MB", (now - r->started_ms) / 1000,
			 (double)r->bytes / 1e6);
	to_stderr(line, (size_t)n);
}

/* A message in the midst of running. */
#define say(r, ...) (progress_clear(r), complain(__VA_ARGS__))

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static void take_output(struct run *r, int stream)
{
	int fd = r->process.fds[stream];
	char *into = stream == PROCESS_OUT ? r->into : r->window;
	ssize_t n = read(fd, into, stream == PROCESS_OUT ? r->size : READ_BYTES);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* a terminal says EIO when nobody has it open any more */
		r->process.fds[stream] = -1;
		close(fd);
		return;
	}
	size_t len = (size_t)n;
	r->bytes += len;
	r->owed[stream] -= len < r->owed[stream] ? len : r->owed[stream];
	if (r->live)
		to_stderr(into, len);
	if (stream == PROCESS_OUT)
		r->got = len;
	else
		spool_write(&r->spool, into, len);
}

static bool all_read(const struct run *r) { return r->process.fds[PROCESS_OUT] < 0 && r->process.fds[PROCESS_ERR] < 0; }

static void note_end(struct run *r)
{
	if (r->ended || !process_ended(&r->process, &r->wait_status))
		return;
	r->ended = true;
	r->ended_ms = now_ms();
	for (int i = 0; i < PROCESS_STREAMS; i++) {
		int waiting = 0;
		if (r->process.fds[i] >= 0 && ioctl(r->process.fds[i], FIONREAD, &waiting) == 0 && waiting > 0)
			r->owed[i] = (size_t)waiting;
	}
}

static void take_signals(struct run *r)
{
	struct signal_event event;
	while (signals_next(&event)) {
		if (event.number == SIGWINCH)
			process_resize(&r->process);
		else if (event.number != SIGCHLD && !r->ended)
			process_signal(&r->process, event.number, event.from_terminal);
		else if (event.number != SIGCHLD)
			r->hurried = true;
	}
	note_end(r);
}

static void check_timeout(struct run *r)
{
	long long ran = now_ms() - r->started_ms;
	if (!r->timeout_ms || r->ended)
		return;
	if (!r->timed_out && ran >= r->timeout_ms) {
		r->timed_out = true;
		say(r, "%s: timed out after %lld s", r->name, r->timeout_ms / 1000);
		process_signal(&r->process, SIGTERM, false);
		process_signal(&r->process, SIGCONT, false);
	}
	if (r->timed_out && !r->killed && ran >= r->timeout_ms + KILL_AFTER_MS) {
		r->killed = true;
		process_signal(&r->process, SIGKILL, false);
	}
}

/* Until when nothing happens unless something comes; -1: for ever. */
static long wait_ms(const struct run *r)
{
	long long now = now_ms(), until = -1;
	if (r->ended)
		until = r->ended_ms + HELD_OPEN_MS;
	else if (r->timeout_ms && !r->killed)
		until = r->started_ms + r->timeout_ms + (r->timed_out ? KILL_AFTER_MS : 0);
	if (r->progress && (until < 0 || now + PROGRESS_EACH_MS < until))
		until = now + PROGRESS_EACH_MS;
	return until < 0 ? -1 : until > now ? (long)(until - now) : 0;
}

/* True when the command has ended and what it printed is read, or nothing more is waited for. */
static bool finished(struct run *r)
{
	if (!r->ended)
		return false;
	if (all_read(r))
		return true;
	if (r->owed[PROCESS_OUT] || r->owed[PROCESS_ERR])
		return false;
	r->held_open = r->hurried || now_ms() - r->ended_ms >= HELD_OPEN_MS;
	return r->held_open;
}

/* Waits until something happens, and sees to it. */
static void follow(struct run *r)
{
	struct pollfd fds[PROCESS_STREAMS + 1] = {
		{.fd = r->process.fds[PROCESS_OUT], .events = POLLIN},
		{.fd = r->process.fds[PROCESS_ERR], .events = POLLIN},
		{.fd = r->feed_terminal && r->process.fds[PROCESS_OUT] >= 0 ? STDIN_FILENO : -1, .events = POLLIN},
	};
	signals_poll(fds, PROCESS_STREAMS + 1, wait_ms(r));
	take_signals(r);
	check_timeout(r);
	for (int i = 0; i < PROCESS_STREAMS; i++)
		if (fds[i].revents)
			take_output(r, i);
		else
			r->owed[i] = r->process.fds[i] < 0 ? 0 : r->owed[i];
	if (fds[PROCESS_STREAMS].revents)
		r->feed_terminal = process_feed_terminal(&r->process);
	progress_tell(r);
}

/* What the command prints next, and all else that there is to do while it runs. Of the type ctxcut_read: in whichever thread
 * this is, it is the only one that takes signals. */
static size_t read_output(void *user, void *into, size_t size)
{
	struct run *r = user;
	r->into = into;
	r->size = size;
	r->got = 0;
	while (!r->got && !finished(r))
		follow(r);
	return r->got;
}

static void follow_to_the_end(struct run *r)
{
	/* What fails here is told at the end, and must not stop the command. */
	ctxcut_feed_from(r->c, read_output, r);
	while (read_output(r, r->window, READ_BYTES))
		continue;
	if (r->held_open) {
		say(r,
		    "%s: has ended, but something it started holds its output open; what that still prints is not read",
		    r->name);
		if (r->timed_out)
			process_kill_rest(&r->process);
	}
	progress_clear(r);
}

/* ---- the result --------------------------------------------------------------------------------------------------- */

static void begin_stream(struct run *r, const char *which, enum ctxcut_status *status)
{
	char name[sizeof r->name + 16];
	snprintf(name, sizeof name, "%s%s%s", r->name, which ? ": " : "", which ? which : "");
	*status = ctxcut_begin(r->c, name);
}

static size_t read_spooled(void *user, void *into, size_t size)
{
	struct run *r = user;
	size_t n = r->spool.fd >= 0 ? spool_read(&r->spool, r->spooled_off, into, size) : 0;
	r->spooled_off += (off_t)n;
	return n;
}

static void feed_spooled(struct run *r)
{
	enum ctxcut_status status;
	begin_stream(r, "stderr", &status);
	if (status == CTXCUT_OK) {
		ctxcut_feed_from(r->c, read_spooled, r);
		ctxcut_end(r->c);
	}
	if (r->spool.error)
		complain("%s: standard error is incomplete: %s", r->name, strerror(r->spool.error));
}

static void set_status(const struct run *r)
{
	if (r->timed_out)
		ctxcut_set_status(r->c, EXIT_TIMED_OUT, 0);
	else if (WIFSIGNALED(r->wait_status))
		ctxcut_set_status(r->c, 0, WTERMSIG(r->wait_status));
	else
		ctxcut_set_status(r->c, WEXITSTATUS(r->wait_status), 0);
}

/* What fits is printed without a header, as the command printed it. */
static bool prints_whole(const struct run *r)
{
	const char *format = args_value(r->args, OPT_FORMAT);
	struct ctxcut_pick pick;
	if (format && strcmp(format, "json") == 0)
		return false;
	for (size_t at = 0; ctxcut_next_pick(r->c, &at, &pick);)
		if (pick.kind != CTXCUT_LINES)
			return false;
	return true;
}

/* Who watched all of it on this very terminal need not read it again. */
static bool was_watched(const struct run *r)
{
	const char *format = args_value(r->args, OPT_FORMAT), *output = args_value(r->args, OPT_OUTPUT);
	struct stat out, err;
	return r->live && !r->apart && !(format && strcmp(format, "text") != 0) &&
	       !(output && strcmp(output, "-") != 0) && isatty(STDERR_FILENO) && fstat(STDOUT_FILENO, &out) == 0 &&
	       fstat(STDERR_FILENO, &err) == 0 && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

/* Where no line of an output without a header tells of a failure, we do. */
static void tell_silent_failure(const struct run *r)
{
	struct ctxcut_input_info input;
	if (!WIFSIGNALED(r->wait_status) && !WEXITSTATUS(r->wait_status))
		return;
	for (size_t i = 0; i < ctxcut_input_count(r->c); i++)
		if (ctxcut_input(r->c, i, &input) == CTXCUT_OK && input.errors)
			return;
	if (WIFSIGNALED(r->wait_status))
		complain("%s: killed by signal %d (%s)", r->name, WTERMSIG(r->wait_status),
			 strsignal(WTERMSIG(r->wait_status)));
	else
		complain("%s: exit status %d", r->name, WEXITSTATUS(r->wait_status));
}

/* The status to end with, when no signal ended the command. */
static int conclude(struct run *r, struct out *o)
{
	set_status(r);
	ctxcut_end(r->c);
	if (r->apart)
		feed_spooled(r);
	ctxcut_finish(r->c);
	reduction_complain(r->c);
	bool whole = prints_whole(r);
	enum exit_code written = whole && was_watched(r) ? EXIT_FINE : reduction_write(r->c, o);
	if (whole && !r->timed_out)
		tell_silent_failure(r);
	int status = r->timed_out ? EXIT_TIMED_OUT : WIFSIGNALED(r->wait_status) ? 0 : WEXITSTATUS(r->wait_status);
	return status ? status : (int)written;
}

static bool wants_progress(const struct run *r)
{
	const char *term = getenv("TERM");
	return !r->live && isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

static int run(struct run *r, struct out *o)
{
	enum ctxcut_status begun;
	begin_stream(r, r->apart ? "stdout" : NULL, &begun);
	if (begun != CTXCUT_OK) {
		complain("%s", ctxcut_error(r->c));
		return (int)exit_of(begun);
	}
	struct process_options options = {.pty = args_has(r->args, OPT_PTY), .streams_apart = r->apart};
	signals_catch();
	r->started_ms = now_ms();
	int code = process_start(&r->process, r->args->operands, &options);
	if (code != 0)
		return code;
	r->feed_terminal = r->process.feeds_terminal;
	r->progress = wants_progress(r);
	follow_to_the_end(r);
	process_close(&r->process);
	/* From here on an impatient signal ends us; the command is not there any more to be told. */
	signals_release();
	code = conclude(r, o);
	if (!r->timed_out && WIFSIGNALED(r->wait_status)) {
		signals_die_by(WTERMSIG(r->wait_status));
		return 128 + WTERMSIG(r->wait_status);
	}
	return code;
}

int cmd_run(const struct args *args)
{
	if (args->operand_count == 0) {
		complain("run needs a command, for example: ctxcut run -- make test; see: ctxcut run --help");
		return EXIT_USAGE;
	}
	const char *streams = args_value(args, OPT_STREAMS);
	struct run r = {.args = args, .spool = {.fd = -1}, .live = args_has(args, OPT_LIVE)};
	r.apart = streams && strcmp(streams, "apart") == 0;
	r.timeout_ms = (long long)args_number(args, OPT_TIMEOUT, 0) * 1000;
	if (r.apart && args_has(args, OPT_PTY)) {
		complain("--streams apart and --pty do not go together: a terminal is one stream");
		return EXIT_USAGE;
	}
	r.c = ctxcut_new();
	char *line = command_line(args);
	char masked[8 * NAME_BYTES];
	if (wants_redaction(args)) /* before it is cut: of half a secret nobody can tell what it is */
		ctxcut_mask(masked, sizeof masked, line);
	name_command(r.name, wants_redaction(args) ? masked : line);
	ctxcut_set(r.c, "command", line);
	ctxcut_set(r.c, "decode", "no"); /* what it prints is shown and kept as it came */
	free(line);
	int code = EXIT_USAGE;
	if (!args_has(args, OPT_BUDGET))
		ctxcut_set(r.c, "pass-budget", pass_budget_default);
	struct out o;
	/* The output is opened first: an hour's work shall not end in a folder that is not there. */
	if (reduction_apply(r.c, args) != EXIT_USAGE &&
	    (code = (int)out_open(&o, args_value(args, OPT_OUTPUT))) == EXIT_FINE) {
		r.window = app_zalloc(READ_BYTES, 1);
		if (r.apart)
			spool_open(&r.spool);
		code = run(&r, &o);
	}
	spool_close(&r.spool);
	free(r.window);
	ctxcut_free(r.c);
	return code;
}
