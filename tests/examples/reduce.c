/* A program of its own that uses libctxcut: reduces a log that it makes up, walks what was picked, prints the rendering.
 *
 *     cc reduce.c $(pkg-config --cflags --libs ctxcut) -o reduce */
#include <ctxcut.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int write_to_stdout(void *user, const char *bytes, size_t len)
{
	(void)user;
	return fwrite(bytes, 1, len, stdout) != len;
}

static enum ctxcut_status feed_text(struct ctxcut *c, const char *text) { return ctxcut_feed(c, text, strlen(text)); }

static enum ctxcut_status feed_log(struct ctxcut *c)
{
	enum ctxcut_status status = ctxcut_begin(c, "nightly build");
	for (int i = 1; i <= 2000 && status == CTXCUT_OK; i++) {
		char line[80];
		snprintf(line, sizeof line, "[%4d/2000] compiling module_%d.c\n", i, i);
		status = feed_text(c, line);
		if (status == CTXCUT_OK && i == 1200)
			status = feed_text(c, "module_1200.c:17:9: error: use of undeclared identifier 'total'\n"
					      "        return total;\n");
	}
	return status == CTXCUT_OK ? ctxcut_end(c) : status;
}

int main(void)
{
	struct ctxcut *c = ctxcut_new();
	enum ctxcut_status status = ctxcut_set(c, "budget", "200");
	if (status == CTXCUT_OK)
		status = ctxcut_set(c, "store", "no");
	if (status == CTXCUT_OK)
		status = feed_log(c);
	if (status == CTXCUT_OK)
		status = ctxcut_finish(c);
	if (status != CTXCUT_OK) {
		fprintf(stderr, "reduce: %s\n", ctxcut_error(c));
		ctxcut_free(c);
		return 1;
	}

	struct ctxcut_pick pick;
	for (size_t cursor = 0; ctxcut_next_pick(c, &cursor, &pick);) {
		if (pick.kind != CTXCUT_LINES) {
			printf("left out %" PRIu64 "-%" PRIu64 ", %" PRIu64 " errors\n", pick.first_line, pick.last_line,
			       pick.errors);
			continue;
		}
		for (uint64_t no = pick.first_line; no <= pick.last_line; no++) {
			size_t len;
			const char *line = ctxcut_line(c, pick.input, no, &len);
			printf("line %" PRIu64 ": %.*s\n", no, (int)len, line);
		}
	}
	status = ctxcut_render(c, write_to_stdout, NULL);
	ctxcut_free(c);
	return status == CTXCUT_OK && fflush(stdout) == 0 ? 0 : 1;
}
