/* Whole reads and writes at an offset, through interruptions. */
#ifndef CTXCUT_STORE_IO_H
#define CTXCUT_STORE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All `len` bytes, or false with errno set (0: the file ends before). */
bool io_read_at(int fd, void *into, size_t len, uint64_t off);
bool io_write_at(int fd, const void *bytes, size_t len, uint64_t off);

#endif
