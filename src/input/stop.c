#include "input/stop.h"

#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_bool stopped;
/* A pipe of our own: its one byte is never read, so every wait from the stop on ends at once. */
static atomic_int wake_read = -1, wake_write = -1;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static atomic_int owner; /* the process that made it: a fork shares it, but a stop there is none here */

static void make_pipe(void)
{
	int ends[2];
	atomic_store(&owner, getpid());
	if (pipe(ends) != 0)
		return;
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	atomic_store(&wake_read, ends[0]);
	atomic_store(&wake_write, ends[1]);
}

/* Without descriptors left for it a stop still works, but may be seen one read later. */
void stop_prepare(void) { pthread_once(&prepared, make_pipe); }

bool stop_pending(void) { return atomic_load(&stopped); }

void source_stop_all(void)
{
	int saved_errno = errno;
	atomic_store(&stopped, true);
	int fd = atomic_load(&wake_write);
	if (fd >= 0 && getpid() == atomic_load(&owner)) {
		ssize_t n = write(fd, "", 1);
		(void)n;
	}
	errno = saved_errno;
}

bool source_was_stopped(void) { return stop_pending(); }

bool stop_wait_readable(struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		fds[i].events = POLLIN;
	fds[count] = (struct pollfd){.fd = atomic_load(&wake_read), .events = POLLIN};
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
