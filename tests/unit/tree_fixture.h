/* What the tests of walks share: a folder of their own and commands in it. */
#ifndef CTXCUT_TESTS_TREE_FIXTURE_H
#define CTXCUT_TESTS_TREE_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[64]; /* removed behind each test */

/* A shell command, formatted, run in `scratch`. Its exit status. */
static __attribute__((unused, format(printf, 1, 2))) int sh(const char *fmt, ...)
{
	char command[8192];
	int n = snprintf(command, sizeof command, "cd %s && ", scratch);
	va_list args;
	va_start(args, fmt);
	vsnprintf(command + n, sizeof command - (size_t)n, fmt, args);
	va_end(args);
	return system(command);
}

/* The home is in it as well, so that nobody's settings count. */
static __attribute__((unused)) int make_scratch(void **state)
{
	(void)state;
	char home[96];
	strcpy(scratch, "/tmp/ctxcut-tree-XXXXXX");
	if (!mkdtemp(scratch))
		return -1;
	snprintf(home, sizeof home, "%s/home", scratch);
	setenv("HOME", home, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "a", 1);
	setenv("GIT_AUTHOR_EMAIL", "a@example.com", 1);
	setenv("GIT_COMMITTER_NAME", "a", 1);
	setenv("GIT_COMMITTER_EMAIL", "a@example.com", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_CACHE_HOME");
	return mkdir(home, 0700);
}

static __attribute__((unused)) int drop_scratch(void **state)
{
	(void)state;
	return sh("chmod -R u+rwx .; rm -rf %s", scratch) != 0;
}

static __attribute__((unused)) const char *below(const char *name)
{
	static char path[4][512];
	static unsigned turn;
	char *p = path[turn++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", scratch, name);
	return p;
}

static __attribute__((unused)) int have_git(void) { return system("git --version >/dev/null 2>&1") == 0; }

#endif
