#include "app/process.h"

#include "app/report.h"
#include "app/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* A terminal that nobody sees should not make programs fold or cut their lines. */
enum { PTY_ROWS = 50, PTY_COLUMNS = 200 };
enum { PIPE_BYTES = 1024 * 1024 };

/* What the child needs between fork and exec, where little is allowed. */
struct plan {
	const char *const *argv;
	int out, err; /* its standard output and error */
	int slave;    /* its terminal, or -1 */
	int report;   /* tells the parent why exec failed */
	pid_t parent;
	bool leads_group, feeds_terminal;
};

static bool has_controlling_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static _Noreturn void become(const struct plan *plan)
{
#ifdef __linux__
	/* If we are killed by what cannot be passed on, nobody reads what it prints, nor waits for it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != plan->parent)
		_exit(EXIT_NOT_STARTED);
#endif
	int why = 0;
	if (plan->slave >= 0) {
		if (setsid() < 0 || ioctl(plan->slave, TIOCSCTTY, 0) != 0)
			why = errno;
		if (!why && plan->feeds_terminal && dup2(plan->slave, STDIN_FILENO) < 0)
			why = errno;
	} else if (plan->leads_group) {
		setpgid(0, 0);
	}
	if (!why && (dup2(plan->out, STDOUT_FILENO) < 0 || dup2(plan->err, STDERR_FILENO) < 0))
		why = errno;
	if (!why) {
		signals_restore_child();
		execvp(plan->argv[0], (char *const *)(void *)plan->argv);
		why = errno;
	}
	ssize_t n = write(plan->report, &why, sizeof why);
	_exit(n == sizeof why ? EXIT_NOT_FOUND : EXIT_NOT_STARTED);
}

static void window_size(struct winsize *size)
{
	for (int fd = 0; fd <= 2; fd++)
		if (ioctl(fd, TIOCGWINSZ, size) == 0 && size->ws_col)
			return;
	*size = (struct winsize){.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS};
}

void process_resize(const struct process *p)
{
	struct winsize size;
	window_size(&size);
	if (p->pty && p->fds[PROCESS_OUT] >= 0)
		ioctl(p->fds[PROCESS_OUT], TIOCSWINSZ, &size);
}

static int open_pty(int *master)
{
	struct winsize size;
	struct termios mode;
	const char *name;
	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0 || !(name = ptsname(*master)))
		return -1;
	int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	/* The bytes of the program, not LF made CR LF; and what is typed is echoed by the terminal it is typed on. */
	if (tcgetattr(slave, &mode) == 0) {
		mode.c_oflag &= (tcflag_t)~OPOST;
		mode.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
		tcsetattr(slave, TCSANOW, &mode);
	}
	window_size(&size);
	ioctl(slave, TIOCSWINSZ, &size);
	return slave;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int not_started(const char *what)
{
	complain("%s: %s", what, strerror(errno));
	return EXIT_NOT_STARTED;
}

/* With room for more than is usual: fewer turns between who writes and us. */
static bool open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
	return true;
}

/* Opens its output; the writing ends go into the plan. */
static int open_streams(struct process *p, struct plan *plan, const struct process_options *options)
{
	int ends[2];
	if (options->pty) {
		plan->slave = open_pty(&p->fds[PROCESS_OUT]);
		plan->out = plan->err = plan->slave;
		return plan->slave < 0 ? not_started("cannot open a terminal") : 0;
	}
	if (!open_pipe(ends))
		return not_started("cannot open a pipe");
	p->fds[PROCESS_OUT] = ends[0];
	plan->out = plan->err = ends[1];
	if (!options->streams_apart)
		return 0;
	if (!open_pipe(ends))
		return not_started("cannot open a pipe");
	p->fds[PROCESS_ERR] = ends[0];
	plan->err = ends[1];
	return 0;
}

/* As a shell has it: 127 when there is nothing of that name, 126 when it is there and cannot be run. */
static int exec_failed(const char *name, int why)
{
	if (why == ENOENT && !strchr(name, '/'))
		complain("%s: command not found", name);
	else
		complain("%s: %s", name, strerror(why));
	return why == ENOENT || why == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int process_start(struct process *p, const char *const *argv, const struct process_options *options)
{
	struct plan plan = {.argv = argv, .out = -1, .err = -1, .slave = -1, .report = -1, .parent = getpid()};
	*p = (struct process){.pid = -1, .fds = {-1, -1}, .pty = options->pty};
	p->leads_group = plan.leads_group = options->pty || !has_controlling_terminal();
	p->feeds_terminal = plan.feeds_terminal = options->pty && isatty(STDIN_FILENO);

	int report[2] = {-1, -1};
	int code = open_streams(p, &plan, options);
	if (code == 0 && pipe2(report, O_CLOEXEC) != 0)
		code = not_started("cannot open a pipe");
	if (code == 0) {
		plan.report = report[1];
		p->pid = fork();
		if (p->pid == 0)
			become(&plan);
		if (p->pid < 0)
			code = not_started("cannot start a process");
	}
	if (plan.err != plan.out)
		close_fd(&plan.err);
	close_fd(&plan.out);
	close_fd(&report[1]);
	if (code == 0) {
		int why;
		ssize_t n;
		while ((n = read(report[0], &why, sizeof why)) < 0 && errno == EINTR)
			continue;
		if (n == sizeof why) {
			code = exec_failed(argv[0], why);
			while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
				continue;
		}
	}
	close_fd(&report[0]);
	if (code != 0)
		process_close(p);
	return code;
}

void process_signal(const struct process *p, int number, bool from_terminal)
{
	if (!p->leads_group) {
		if (!from_terminal)
			kill(p->pid, number);
		return;
	}
	/* What is meant to end it goes to all of it, as from a terminal; the others have a meaning for the program alone, and
	 * would end the programs that it started. */
	bool all = number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT || number == SIGKILL;
	kill(all ? -p->pid : p->pid, number);
}

void process_kill_rest(const struct process *p)
{
	if (p->leads_group)
		kill(-p->pid, SIGKILL);
}

bool process_ended(const struct process *p, int *status) { return waitpid(p->pid, status, WNOHANG) == p->pid; }

bool process_feed_terminal(const struct process *p)
{
	char typed[1024];
	ssize_t n = read(STDIN_FILENO, typed, sizeof typed);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0) {
		typed[0] = 4; /* Ctrl-D: its terminal makes it an end of file again */
		n = write(p->fds[PROCESS_OUT], typed, 1);
		return false;
	}
	for (ssize_t done = 0; done < n;) {
		ssize_t wrote = write(p->fds[PROCESS_OUT], typed + done, (size_t)(n - done));
		if (wrote < 0 && errno != EINTR)
			return false;
		done += wrote > 0 ? wrote : 0;
	}
	return true;
}

void process_close(struct process *p)
{
	close_fd(&p->fds[PROCESS_OUT]);
	close_fd(&p->fds[PROCESS_ERR]);
}
