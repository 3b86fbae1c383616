/* peak FILE CMD [ARG...]: runs CMD, writes its peak resident memory in KiB to FILE, and ends with its status (128 + N when a
 * signal ended it). A process counts the memory of the one it was forked from, so this small one stands between. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 125;
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	int status;
	struct rusage usage;
	FILE *out = fopen(argv[1], "w");
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !out) {
		perror("peak");
		return 125;
	}
	fprintf(out, "%ld\n", usage.ru_maxrss);
	if (fclose(out) != 0)
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
