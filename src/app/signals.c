#include "app/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

static const int caught[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
enum { CAUGHT = sizeof caught / sizeof *caught };

static struct sigaction before[CAUGHT];
static sigset_t mask_before, mask_waiting;
static volatile sig_atomic_t came[CAUGHT], came_from_terminal[CAUGHT];

static void note(int number, siginfo_t *info, void *context)
{
	(void)context;
	for (size_t i = 0; i < CAUGHT; i++)
		if (caught[i] == number) {
			came[i] = 1;
			came_from_terminal[i] = info->si_code > 0; /* SI_USER, SI_QUEUE, SI_TKILL are not */
		}
}

void signals_catch(void)
{
	sigset_t ours;
	struct sigaction act = {.sa_sigaction = note, .sa_flags = (int)SA_SIGINFO};
	sigemptyset(&ours);
	for (size_t i = 0; i < CAUGHT; i++)
		sigaddset(&ours, caught[i]);
	sigprocmask(SIG_BLOCK, &ours, &mask_before);
	mask_waiting = mask_before;
	/* Without it no end of a command would ever be noticed. */
	sigdelset(&mask_waiting, SIGCHLD);
	for (size_t i = 0; i < CAUGHT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN || caught[i] == SIGCHLD)
			sigaction(caught[i], &act, NULL);
	}
}

static void restore(void)
{
	for (size_t i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void signals_restore_child(void) { restore(); }

void signals_release(void)
{
	struct signal_event event;
	/* What is pending was meant for the command, which has ended. */
	signals_poll(NULL, 0, 0);
	while (signals_next(&event))
		continue;
	restore();
}

int signals_poll(struct pollfd *fds, nfds_t count, long timeout_ms)
{
	struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
	int n = ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, &mask_waiting);
	if (n < 0)
		for (nfds_t i = 0; i < count; i++)
			fds[i].revents = 0;
	return n < 0 ? 0 : n;
}

/* Only called while the signals are blocked. */
bool signals_next(struct signal_event *event)
{
	for (size_t i = 0; i < CAUGHT; i++)
		if (came[i]) {
			came[i] = 0;
			*event =
				(struct signal_event){.number = caught[i], .from_terminal = came_from_terminal[i] != 0};
			return true;
		}
	return false;
}

void signals_die_by(int number)
{
	sigset_t set;
	/* The command's own core file, if there is one, shall not be written over. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}
