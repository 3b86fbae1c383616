#include "store/io.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

bool io_read_at(int fd, void *into, size_t len, uint64_t off)
{
	char *to = into;
	while (len > 0) {
		ssize_t n = pread(fd, to, len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = 0;
			return false;
		}
		to += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

bool io_write_at(int fd, const void *bytes, size_t len, uint64_t off)
{
	const char *from = bytes;
	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0) {
			errno = ENOSPC;
			return false;
		}
		from += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}
