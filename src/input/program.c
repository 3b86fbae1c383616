#include "input/program.h"

#include "base/mem.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

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

static size_t count_of(char *const *list)
{
	size_t count = 0;
	while (list && list[count])
		count++;
	return count;
}

char **program_environment(const char *const *dropped, char *const *added)
{
	size_t kept = 0;
	char **env = mem_zalloc(count_of(environ) + count_of(added) + 1, sizeof *env);
	for (char **variable = environ; variable && *variable; variable++) {
		bool drop = false;
		for (const char *const *d = dropped; *d; d++)
			drop |= strncmp(*variable, *d, strlen(*d)) == 0;
		if (!drop)
			env[kept++] = *variable;
	}
	for (; *added; added++)
		env[kept++] = *added;
	return env;
}
