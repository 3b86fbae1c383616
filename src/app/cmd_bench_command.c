/* --against: a command of the user's, with {file} and {budget} in it. */
#include "app/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
	OUTPUT_LEAST_BYTES = 64 << 20, /* may always be printed, and twice the log */
	LATE_MOST = 3,                 /* so often it may run into its time limit */
};

static void add(struct bench_bytes *b, const char *text) { bench_bytes_add(b, text, strlen(text)); }

/* The text with {file} and {budget} replaced. */
static void filled_in(struct bench_bytes *b, const char *text, const char *file, const char *budget)
{
	while (*text) {
		if (strncmp(text, "{file}", 6) == 0) {
			add(b, file);
			text += 6;
		} else if (strncmp(text, "{budget}", 8) == 0) {
			add(b, budget);
			text += 8;
		} else {
			bench_bytes_add(b, text++, 1);
		}
	}
}

/* For the shell the name is a parameter, whatever it holds, and quoted as the place needs it. */
static void make_script(struct bench_bytes *script, const char *command, const char *budget)
{
	char quote = 0;
	while (*command) {
		size_t len = 1;
		if (strncmp(command, "{file}", 6) == 0 || strncmp(command, "{budget}", 8) == 0) {
			len = strcspn(command, "}") + 1;
			add(script, command[1] == 'b' ? budget : quote == '"' ? "$1" : quote ? "'\"$1\"'" : "\"$1\"");
		} else {
			if (*command == '\\' && quote != '\'' && command[1])
				len = 2;
			else if (*command == quote)
				quote = 0;
			else if (!quote && (*command == '"' || *command == '\''))
				quote = *command;
			bench_bytes_add(script, command, len);
		}
		command += len;
	}
}

/* Nothing that a shell would have to look at: words and blanks. */
static bool is_simple(const char *command)
{
	for (const char *p = command; *p; p++) {
		if (strncmp(p, "{file}", 6) == 0 || strncmp(p, "{budget}", 8) == 0)
			p += strcspn(p, "}");
		else if (strchr("|&;<>()$`\\\"'*?[]#~=%!{}\n\t", *p))
			return false;
	}
	return true;
}

/* argv and its words, owned; the words of the command are cut before the names are filled in, so blanks in names are safe. */
static char **words_of(const char *command, const char *file, const char *budget)
{
	size_t count = 0;
	char **argv = app_zalloc(strlen(command) / 2 + 5, sizeof *argv);
	if (!is_simple(command)) {
		struct bench_bytes script = {0};
		make_script(&script, command, budget);
		const char *const words[] = {"sh", "-c", script.ptr, "sh", file};
		for (; count < sizeof words / sizeof *words; count++) {
			argv[count] = app_zalloc(strlen(words[count]) + 1, 1);
			memcpy(argv[count], words[count], strlen(words[count]));
		}
		bench_bytes_release(&script);
		return argv;
	}
	for (const char *p = command + strspn(command, " "); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		struct bench_bytes word = {0};
		char *text = app_zalloc(len + 1, 1);
		memcpy(text, p, len);
		filled_in(&word, text, file, budget);
		argv[count++] = word.ptr;
		free(text);
		p += len;
	}
	return argv;
}

static void words_free(char **argv)
{
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* ---- running it ---- */

/* It has a process group of its own, so that all of it can be ended. What ends us must then end it too. */
static volatile sig_atomic_t running;

static void end_with_it(int number)
{
	kill(-(pid_t)running, SIGKILL);
	signal(number, SIG_DFL);
	raise(number);
}

static const int ends_us[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDS_US = sizeof ends_us / sizeof *ends_us };

static void guard(pid_t pid, struct sigaction before[ENDS_US])
{
	struct sigaction action = {.sa_handler = end_with_it, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	running = (sig_atomic_t)pid;
	for (size_t i = 0; i < ENDS_US; i++) {
		sigaction(ends_us[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(ends_us[i], &action, NULL);
	}
}

static void unguard(const struct sigaction before[ENDS_US])
{
	for (size_t i = 0; i < ENDS_US; i++)
		sigaction(ends_us[i], &before[i], NULL);
}

static int start(char **argv, int input, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&actions);
	if (error)
		return error;
	if ((error = posix_spawnattr_init(&attributes)) == 0) {
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
		posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
		posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
		error = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static long long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum ending { ENDED, TOO_LATE, TOO_MUCH };

/* Reads what it prints, to the end. */
static enum ending read_all(struct bench_bytes *out, int fd, long long until_ms, size_t most)
{
	char part[64 * 1024];
	for (;;) {
		long long left = until_ms - now_ms();
		struct pollfd poll_in = {.fd = fd, .events = POLLIN};
		int ready = left > 0 ? poll(&poll_in, 1, left < INT_MAX ? (int)left : INT_MAX) : 0;
		if (ready == 0)
			return TOO_LATE;
		ssize_t n = ready > 0 ? read(fd, part, sizeof part) : -1;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ENDED;
		bench_bytes_add(out, part, (size_t)n);
		if (out->len > most)
			return TOO_MUCH;
	}
}

/* What has closed its output has as a rule ended too. */
static enum ending wait_for(pid_t pid, int *status, long long until_ms)
{
	struct timespec pause = {.tv_nsec = 50000};
	for (;;) {
		pid_t ended = waitpid(pid, status, WNOHANG);
		if (ended == pid || (ended < 0 && errno != EINTR))
			return ENDED;
		if (now_ms() >= until_ms)
			return TOO_LATE;
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec < 5000000 ? 2 * pause.tv_nsec : pause.tv_nsec;
	}
}

static enum ending run(struct bench_bytes *out, pid_t pid, int fd, int *status, size_t seconds, size_t most)
{
	struct sigaction before[ENDS_US];
	long long until_ms = now_ms() + (long long)seconds * 1000;
	guard(pid, before);
	enum ending ending = read_all(out, fd, until_ms, most);
	if (ending == ENDED)
		ending = wait_for(pid, status, until_ms);
	if (ending != ENDED) {
		kill(-pid, SIGKILL);
		while (waitpid(pid, status, 0) < 0 && errno == EINTR)
			continue;
	}
	unguard(before);
	return ending;
}

/* Once for each command: it will hardly go better with the next log. */
static enum exit_code tell(struct bench_way *way, const char *path, const char *what)
{
	if (!way->told)
		complain("--against '%s': %s: %s", way->name, path, what);
	way->told = true;
	return EXIT_INPUT;
}

enum exit_code bench_command(struct bench_bytes *out, struct bench_way *way, const char *path,
			     const struct bench_text *t, size_t budget, size_t seconds)
{
	char number[32], what[128];
	struct stat st;
	int ends[2], status = 0;
	pid_t pid;
	out->len = 0;
	if (way->late == LATE_MOST)
		return EXIT_INPUT;
	snprintf(number, sizeof number, "%zu", budget);
	/* A compressed log is handed over decoded: its standard input is, in any case. */
	bool plain = stat(path, &st) == 0 && (uint64_t)st.st_size == t->len;
	if (lseek(t->fd, 0, SEEK_SET) != 0 || pipe(ends) != 0)
		return tell(way, path, strerror(errno));
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	char **argv = words_of(way->name, plain ? path : "/dev/stdin", number);
	int error = argv[0] ? start(argv, t->fd, ends[1], &pid) : ENOENT;
	words_free(argv);
	close(ends[1]);
	size_t most = t->len / 2 < OUTPUT_LEAST_BYTES ? OUTPUT_LEAST_BYTES : 2 * t->len;
	enum ending ending = error ? ENDED : run(out, pid, ends[0], &status, seconds, most);
	close(ends[0]);
	if (error)
		return tell(way, path, strerror(error));
	if (ending == TOO_MUCH) {
		snprintf(what, sizeof what, "ended, for it had printed more than %zu MB", most / 1000000);
		return tell(way, path, what);
	}
	if (ending == TOO_LATE) {
		way->late++;
		snprintf(what, sizeof what, "ended after %zu s; --timeout gives it more", seconds);
		return tell(way, path, what);
	}
	if (WIFSIGNALED(status)) {
		snprintf(what, sizeof what, "ended by signal %d", WTERMSIG(status));
		return tell(way, path, what);
	}
	if (WEXITSTATUS(status) == EXIT_NOT_EXECUTABLE || WEXITSTATUS(status) == EXIT_NOT_FOUND)
		return tell(way, path, "could not be run");
	return EXIT_FINE; /* grep's 1 only says that nothing matched */
}
