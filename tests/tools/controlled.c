/* controlled MARKER TEXT CMD [ARG...]: runs CMD on a terminal that controls it, with all three standard descriptors, types
 * TEXT (with \n and \cX for Ctrl-X) when MARKER has been printed, copies what is printed there to our standard output (CR LF
 * as LF), and ends with CMD's status (128 + N when a signal ended it). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(125);
}

static void type(int fd, const char *text)
{
	for (; *text; text++) {
		char c = *text;
		if (c == '\\' && text[1] == 'n') {
			c = '\n';
			text++;
		} else if (c == '\\' && text[1] == 'c' && text[2]) {
			c = text[2] & 0x1f;
			text += 2;
		}
		if (write(fd, &c, 1) != 1)
			fail("write");
	}
}

int main(int argc, char **argv)
{
	static char seen[1 << 20];
	size_t len = 0;
	if (argc < 4)
		return 125;
	int master = posix_openpt(O_RDWR | O_NOCTTY), status, typed = 0;
	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("posix_openpt");
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (terminal < 0)
		fail("open");
	pid_t child = fork();
	if (child == 0) {
		if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0))
			fail("TIOCSCTTY");
		for (int fd = 0; fd <= 2; fd++)
			if (dup2(terminal, fd) < 0)
				fail("dup2");
		close(master);
		close(terminal);
		execvp(argv[3], argv + 3);
		fail(argv[3]);
	}
	close(terminal);
	ssize_t n;
	/* EIO tells that the other side was closed. */
	while (len < sizeof seen - 1 && ((n = read(master, seen + len, sizeof seen - 1 - len)) > 0 || errno == EINTR)) {
		len += n > 0 ? (size_t)n : 0;
		if (!typed && strstr(seen, argv[1])) {
			type(master, argv[2]);
			typed = 1;
		}
	}
	for (size_t i = 0; i < len; i++)
		if (seen[i] != '\r' || seen[i + 1] != '\n')
			putchar(seen[i]);
	fflush(stdout);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
