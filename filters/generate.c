#include "generate.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int generate_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int failed = !buf_read(out, fd, SIZE_MAX - 1);
	close(fd);
	return failed ? -1 : 0;
}

int generate_name_fits(const char *path, struct span name)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	return strncmp(base, name.ptr, name.len) == 0 && strcmp(base + name.len, ".yaml") == 0;
}

void generate_bytes(const struct buf *b)
{
	printf(" = {");
	for (size_t i = 0; i < b->len; i++)
		printf("%s%d,", i % 32 ? "" : "\n\t", (int)(signed char)b->ptr[i]);
	printf("0};\n");
}
