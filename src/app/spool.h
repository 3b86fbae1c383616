/* A temporary file without a name: what comes while another input is being fed. */
#ifndef CTXCUT_APP_SPOOL_H
#define CTXCUT_APP_SPOOL_H

#include <stddef.h>
#include <sys/types.h>

struct spool {
	int fd;    /* owned, or -1 */
	int error; /* errno of what failed first, else 0 */
};

/* In $TMPDIR or /tmp. */
void spool_open(struct spool *s);
void spool_write(struct spool *s, const void *bytes, size_t len);
/* Reads on from the begin; 0 at the end or after an error. */
size_t spool_read(struct spool *s, off_t off, void *into, size_t size);
void spool_close(struct spool *s);

#endif
