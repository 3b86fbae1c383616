/* The command that `run` runs: started with its output in pipes or on a terminal of its own, signalled, reaped. */
#ifndef CTXCUT_APP_PROCESS_H
#define CTXCUT_APP_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum { PROCESS_OUT = 0, PROCESS_ERR = 1, PROCESS_STREAMS = 2 };

struct process_options {
	bool pty;
	bool streams_apart;
};

struct process {
	pid_t pid;
	int fds[PROCESS_STREAMS]; /* owned: what it prints, or -1. With one stream for both, only the first */
	bool pty;
	/* Its process group is its own. Where there is a terminal that controls us it stays in ours, so that Ctrl-C, Ctrl-Z
	 * and reading from that terminal work as without us; elsewhere a group of its own lets signals reach all of it. */
	bool leads_group;
	bool feeds_terminal; /* our terminal's lines go to its terminal */
};

/* 0, or the exit status to end with: it was said why. signals_catch comes before. */
int process_start(struct process *p, const char *const *argv, const struct process_options *options);

/* Passes a signal on. from_terminal: the terminal has sent it to all of our group. */
void process_signal(const struct process *p, int number, bool from_terminal);
/* Ends what is left of it, where that can be told from others. */
void process_kill_rest(const struct process *p);
/* True when it has ended; *status is then as of waitpid. */
bool process_ended(const struct process *p, int *status);

/* The size of our terminal, when there is one, for its terminal. */
void process_resize(const struct process *p);
/* Hands over what was typed on our terminal; false at its end. */
bool process_feed_terminal(const struct process *p);

void process_close(struct process *p);

#endif
