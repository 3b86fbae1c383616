/* on_terminal [-i] [-o] CMD [ARG...]: runs CMD with standard input (-i) or output (-o) on a terminal of its own, copies what
 * it prints there to our standard output (CR LF as LF), and ends with its status. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(125);
}

int main(int argc, char **argv)
{
	bool in = false, out = false;
	int option;
	while ((option = getopt(argc, argv, "+io")) != -1) {
		in |= option == 'i';
		out |= option == 'o';
	}
	if (optind == argc)
		return 125;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("posix_openpt");
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (terminal < 0)
		fail("open");
	pid_t child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		if ((in && dup2(terminal, 0) < 0) || (out && dup2(terminal, 1) < 0))
			fail("dup2");
		close(master);
		close(terminal);
		execvp(argv[optind], argv + optind);
		fail(argv[optind]);
	}
	close(terminal);
	char bytes[4096];
	ssize_t n;
	/* EIO tells that the other side was closed. */
	while ((n = read(master, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
		for (ssize_t i = 0; i < n; i++)
			if (bytes[i] != '\r')
				putchar(bytes[i]);
	fflush(stdout);
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
