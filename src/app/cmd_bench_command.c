/* --against: a command of the user's, with {file} and {budget} in it. */
#include "app/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

static int start(char **argv, int input, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);
	if (error)
		return error;
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void read_all(struct bench_bytes *out, int fd)
{
	char part[64 * 1024];
	ssize_t n;
	while ((n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			bench_bytes_add(out, part, (size_t)n);
}

enum exit_code bench_command(struct bench_bytes *out, struct bench_way *way, const char *path,
			     const struct bench_text *t, size_t budget)
{
	char number[32];
	struct stat st;
	int ends[2], status = 0;
	pid_t pid;
	snprintf(number, sizeof number, "%zu", budget);
	/* A compressed log is handed over decoded: its standard input is, in any case. */
	bool plain = stat(path, &st) == 0 && (uint64_t)st.st_size == t->len;
	out->len = 0;
	if (lseek(t->fd, 0, SEEK_SET) != 0 || pipe(ends) != 0) {
		complain("--against: %s", strerror(errno));
		return EXIT_INPUT;
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	char **argv = words_of(way->name, plain ? path : "/dev/stdin", number);
	int error = argv[0] ? start(argv, t->fd, ends[1], &pid) : ENOENT;
	words_free(argv);
	close(ends[1]);
	if (!error) {
		read_all(out, ends[0]);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	if (!error && WIFEXITED(status) && WEXITSTATUS(status) != EXIT_NOT_EXECUTABLE &&
	    WEXITSTATUS(status) != EXIT_NOT_FOUND)
		return EXIT_FINE; /* grep's 1 only says that nothing matched */
	/* Once: it will hardly go better with the next log. */
	if (way->told)
		return EXIT_INPUT;
	way->told = true;
	if (error)
		complain("--against '%s': %s", way->name, strerror(error));
	else if (WIFSIGNALED(status))
		complain("--against '%s': ended by signal %d on %s", way->name, WTERMSIG(status), path);
	else
		complain("--against '%s': could not be run on %s", way->name, path);
	return EXIT_INPUT;
}
