/* signal_when_ready SIGNAL FIFO CMD [ARG...]: runs CMD, sends it SIGNAL (a name) when something has been written to FIFO, and
 * ends with its status (128 + N when a signal ended it). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	int number;
} signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"KILL", SIGKILL}, {"QUIT", SIGQUIT},
	       {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};

int main(int argc, char **argv)
{
	int number = 0, status;
	char byte;
	for (size_t i = 0; argc > 3 && i < sizeof signals / sizeof *signals; i++)
		if (strcmp(signals[i].name, argv[1]) == 0)
			number = signals[i].number;
	if (!number)
		return 125;
	pid_t child = fork();
	if (child == 0) {
		/* A shell that runs us in the background has these ignored. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	int fifo = open(argv[2], O_RDONLY);
	if (fifo < 0 || read(fifo, &byte, 1) != 1)
		perror(argv[2]);
	kill(child, number);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
