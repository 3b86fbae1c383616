#include "input/stop.h"

#include "input/source.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_bool stopped;
static atomic_int event_fd = -1;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static atomic_int owner; /* the process that made it: a fork shares it, but a stop there is none here */

static void make_event(void)
{
	atomic_store(&owner, getpid());
	atomic_store(&event_fd, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

/* Without a descriptor left for it a stop still works, but may be seen one read later. */
void stop_prepare(void) { pthread_once(&prepared, make_event); }

bool stop_pending(void) { return atomic_load(&stopped); }

void source_stop_all(void)
{
	int saved_errno = errno;
	atomic_store(&stopped, true);
	int fd = atomic_load(&event_fd);
	if (fd >= 0 && getpid() == atomic_load(&owner)) {
		/* Never read again, so every wait from now on ends at once. */
		ssize_t n = write(fd, &(uint64_t){1}, sizeof(uint64_t));
		(void)n;
	}
	errno = saved_errno;
}

bool source_was_stopped(void) { return stop_pending(); }

bool stop_wait_readable(struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		fds[i].events = POLLIN;
	fds[count] = (struct pollfd){.fd = atomic_load(&event_fd), .events = POLLIN};
	while (!stop_pending()) {
		int n = poll(fds, count + 1, -1);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			for (nfds_t i = 0; i < count; i++) /* the read that follows will say what is wrong */
				fds[i].revents = POLLIN;
			return true;
		}
		for (nfds_t i = 0; n > 0 && i < count; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				return !stop_pending();
	}
	return false;
}
