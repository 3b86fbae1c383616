/* interrupt SIGNAL CMD [ARG...]: runs CMD with our standard input as a pipe that stays open, sends it SIGNAL (a number) when
 * it has read all of it, and ends with its status (128 + N when a signal ended it). No sleep decides anything: an empty pipe
 * means that CMD has read, and so that it has set up its handlers. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(125);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 125;
	int pipe_ends[2];
	if (pipe(pipe_ends))
		fail("pipe");
	pid_t child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		/* A shell that runs us in the background has these ignored. */
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		if (dup2(pipe_ends[0], 0) < 0)
			fail("dup2");
		close(pipe_ends[0]);
		close(pipe_ends[1]);
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	char bytes[4096];
	ssize_t n;
	while ((n = read(0, bytes, sizeof bytes)) > 0)
		if (write(pipe_ends[1], bytes, (size_t)n) != n)
			fail("write");
	int waiting = 1, status;
	while (waiting > 0) {
		if (waitpid(child, &status, WNOHANG) == child)
			goto ended;
		if (ioctl(pipe_ends[0], FIONREAD, &waiting))
			fail("FIONREAD");
		usleep(1000);
	}
	kill(child, atoi(argv[1]));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
ended:
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
