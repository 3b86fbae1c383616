#include "input/program.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool program_find(const char *name, struct buf *path)
{
	const char *dirs = getenv("PATH");
	for (const char *dir = dirs ? dirs : "/usr/local/bin:/usr/bin:/bin"; dir;) {
		const char *colon = strchr(dir, ':');
		size_t len = colon ? (size_t)(colon - dir) : strlen(dir);
		struct stat st;
		buf_clear(path);
		buf_add(path, dir, len);
		buf_add_char(path, '/');
		buf_add_str(path, name);
		if (dir[0] == '/' && stat(path->ptr, &st) == 0 && S_ISREG(st.st_mode) && access(path->ptr, X_OK) == 0)
			return true;
		dir = colon ? colon + 1 : NULL;
	}
	return false;
}
