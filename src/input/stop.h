/* Waiting for input in a way that a stop can cut short: a signal that comes between the look at the flag and the call
 * that waits is not lost, for the stop also makes a descriptor readable that every wait looks at. Internal to
 * src/input. */
#ifndef CTXCUT_INPUT_STOP_H
#define CTXCUT_INPUT_STOP_H

#include <poll.h>
#include <stdbool.h>

/* Before the first wait; more calls do nothing. */
void stop_prepare(void);
bool stop_pending(void);
/* Waits until one of fds can be read (or is at its end or broken). False: a stop is pending. `fds` has room for one
 * more entry behind its `count`. An entry with fd < 0 is passed over. */
bool stop_wait_readable(struct pollfd *fds, nfds_t count);

#endif
