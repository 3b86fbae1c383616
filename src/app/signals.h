/* Signals as events of a loop: they are blocked but while it waits, so no other call is ever cut short by one, and they
 * are taken from a list, one by one. What was ignored or blocked when we were started stays so. */
#ifndef CTXCUT_APP_SIGNALS_H
#define CTXCUT_APP_SIGNALS_H

#include <poll.h>
#include <stdbool.h>

struct signal_event {
	int number;
	bool from_terminal; /* the kernel sent it: Ctrl-C and the like, to all of the foreground */
};

/* SIGCHLD, and all that are to be passed on to a command. */
void signals_catch(void);
/* In a child, before exec: everything as it was when we were started. */
void signals_restore_child(void);
/* From here on signals do what they do to any program. */
void signals_release(void);

/* poll(2), which a signal ends as well: then 0 with all revents 0. timeout_ms < 0: for ever. */
int signals_poll(struct pollfd *fds, nfds_t count, long timeout_ms);
/* The next signal that came; false when there is none. */
bool signals_next(struct signal_event *event);

/* Ends this process by the signal that ended a command, without a core file of our own. Returns when that is impossible. */
void signals_die_by(int number);

#endif
