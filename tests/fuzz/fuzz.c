/* Fuzz target over the public interface: any bytes, any options, and the promises must hold.
 *
 * With libFuzzer (make fuzz) the first byte of an input picks what is done with the rest. As a replay (make fuzz-replay, built
 * with FUZZ_REPLAY) each file of a folder goes through all of it. A broken promise aborts. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctxcut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is being run, for the message. */
static char current[512] = "fuzzing";

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "fuzz: broken: %s (%s)\n", what, current);
		abort();
	}
}

struct text {
	char *bytes;
	size_t len, cap;
};

static int collect(void *user, const char *bytes, size_t len)
{
	struct text *t = user;
	if (len > t->cap - t->len) {
		t->cap = 2 * (t->len + len);
		t->bytes = realloc(t->bytes, t->cap);
		must(t->bytes != NULL, "memory");
	}
	if (len)
		memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	return 0;
}

/* P9: valid UTF-8 without control characters but newline and tab. */
static bool is_clean(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = p[i];
		size_t more = c < 0x80 ? 0 : c >= 0xc2 && c <= 0xdf ? 1 : (c & 0xf0) == 0xe0 ? 2 : c >= 0xf0 && c <= 0xf4 ? 3 : 9;
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || more == 9 || i + more >= len + (more == 0))
			return false;
		if ((c == 0xc2 && p[i + 1] < 0xa0) || (c == 0xe0 && p[i + 1] < 0xa0) || (c == 0xed && p[i + 1] > 0x9f) ||
		    (c == 0xf0 && p[i + 1] < 0x90) || (c == 0xf4 && p[i + 1] > 0x8f))
			return false;
		for (size_t k = 1; k <= more; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		i += more + 1;
	}
	return true;
}

struct plan {
	const char *format, *budget, *encoding;
	size_t piece; /* bytes a feed, 0: all at once */
};

/* Picks tile each input: P2. */
static void check_picks(const struct ctxcut *c)
{
	struct ctxcut_pick pick;
	uint64_t next = 1;
	size_t input = 0;
	struct ctxcut_input_info info = {0};
	must(ctxcut_input(c, 0, &info) == CTXCUT_OK, "there is an input");
	for (size_t cursor = 0; ctxcut_next_pick(c, &cursor, &pick);) {
		must(pick.input == input && pick.first_line == next && pick.last_line >= pick.first_line, "picks tile");
		next = pick.last_line + 1;
		if (pick.kind != CTXCUT_LINES)
			continue;
		for (uint64_t no = pick.first_line; no <= pick.last_line; no++) {
			size_t len = 0;
			const char *line = ctxcut_line(c, input, no, &len);
			must(line && is_clean((const unsigned char *)line, len), "picked lines are clean text");
		}
	}
	must(next == info.lines + 1, "picks cover the input");
}

static struct text reduce(const uint8_t *data, size_t size, const struct plan *plan)
{
	struct text out = {0};
	struct ctxcut *c = ctxcut_new();
	must(ctxcut_set(c, "store", "no") == CTXCUT_OK, "store");
	must(ctxcut_set(c, "format", plan->format) == CTXCUT_OK, "format");
	must(ctxcut_set(c, "budget", plan->budget) == CTXCUT_OK, "budget");
	must(ctxcut_set(c, "encoding", plan->encoding) == CTXCUT_OK, "encoding");
	must(ctxcut_begin(c, "fuzz") == CTXCUT_OK, "begin");
	size_t piece = plan->piece ? plan->piece : size + 1;
	bool fed = true;
	for (size_t at = 0; at < size && fed; at += piece)
		fed = ctxcut_feed(c, data + at, size - at < piece ? size - at : piece) == CTXCUT_OK;
	/* A compressed input may be broken; what came before is reduced all the same. */
	(void)ctxcut_end(c);
	enum ctxcut_status status = ctxcut_finish(c);
	must(status == CTXCUT_OK || status == CTXCUT_INPUT, "finish");
	must(ctxcut_render(c, collect, &out) == CTXCUT_OK, "render");
	check_picks(c);
	must(is_clean((const unsigned char *)out.bytes, out.len), "output is clean text");
	if (strcmp(plan->budget, "none") != 0)
		must(ctxcut_tokens(plan->encoding, out.bytes, out.len) <= strtoull(plan->budget, NULL, 10), "within the budget");
	ctxcut_free(c);
	return out;
}

/* P7: the same output however the bytes came. */
static void check_reduction(const uint8_t *data, size_t size, struct plan plan, size_t piece)
{
	struct text whole = reduce(data, size, &plan);
	plan.piece = piece;
	struct text pieces = reduce(data, size, &plan);
	must(whole.len == pieces.len && (whole.len == 0 || memcmp(whole.bytes, pieces.bytes, whole.len) == 0),
	     "the same output in pieces");
	free(whole.bytes);
	free(pieces.bytes);
}

static void check_tokens(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = {"o200k_base", "cl100k_base", "claude"};
	for (size_t i = 0; i < 3; i++) {
		size_t tokens = ctxcut_tokens(encodings[i], data, size);
		/* An invalid byte may become U+FFFD, three bytes long; nothing is more tokens than bytes but the estimate. */
		must(tokens <= 6 * size && (size == 0) == (tokens == 0), "tokens are within what bytes allow");
	}
	must(ctxcut_tokens("no such vocabulary", data, size) == SIZE_MAX, "an unknown vocabulary");
}

/* An unlinked file with these bytes. */
static int file_of(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/ctxcut-fuzz-XXXXXX";
	int fd = mkstemp(path);
	must(fd >= 0 && unlink(path) == 0, "a temporary file");
	for (size_t at = 0; at < size;) {
		ssize_t n = write(fd, data + at, size - at);
		must(n > 0, "a temporary file that takes bytes");
		at += (size_t)n;
	}
	must(lseek(fd, 0, SEEK_SET) == 0, "a temporary file from its start");
	return fd;
}

static void check_templates(const uint8_t *data, size_t size)
{
	int fd = file_of(data, size);
	struct ctxcut_templates *t = ctxcut_templates_new();
	(void)ctxcut_templates_add_fd(t, fd, "fuzz");
	must(ctxcut_templates_finish(t) == CTXCUT_OK, "templates finish");
	uint64_t before = 0;
	for (size_t i = 0; i < ctxcut_templates_count(t); i++) {
		struct ctxcut_template one;
		must(ctxcut_templates_get(t, i, &one) == CTXCUT_OK, "each template can be had");
		must(one.count > 0 && one.first_line <= one.last_line && one.first_line > before, "templates are in order");
		must(is_clean((const unsigned char *)one.pattern, strlen(one.pattern)), "patterns are clean text");
		before = one.first_line;
	}
	ctxcut_templates_free(t);
	close(fd);
}

/* Any bytes as a reference, below a folder where nothing is: an answer, never a crash. */
static void check_reference(const uint8_t *data, size_t size)
{
	char error[256] = "";
	char *reference = malloc(size + 1);
	must(reference != NULL, "memory");
	memcpy(reference, data, size);
	reference[size] = '\0';
	/* Not what may be a device or a real file of this machine. */
	for (char *p = reference; *p; p++)
		if (*p == '/')
			*p = '_';
	enum ctxcut_status status = ctxcut_check(reference, "/nonexistent/store", error, sizeof error);
	must(status == CTXCUT_OK || error[0], "a reference that does not hold has a message");
	struct text out = {0};
	struct ctxcut_show_options options = {.store_dir = "/nonexistent/store", .grep = "a|b", .context = 1, .line_numbers = 1};
	(void)ctxcut_show(reference, &options, collect, &out, error, sizeof error);
	free(out.bytes);
	free(reference);
}

static const struct plan plans[] = {
	{"text", "100", "o200k_base", 0},    {"text", "300", "o200k_base", 0},     {"text", "none", "o200k_base", 0},
	{"json", "500", "o200k_base", 0},   {"json", "none", "o200k_base", 0},    {"markdown", "200", "cl100k_base", 0},
	{"markdown", "none", "claude", 0},  {"text", "200", "claude", 0},
};
enum { PLANS = sizeof plans / sizeof *plans, MODES = PLANS + 3 };

static void run_mode(unsigned mode, const uint8_t *data, size_t size)
{
	static const size_t pieces[] = {1, 7, 4096};
	if (mode < PLANS)
		check_reduction(data, size, plans[mode], pieces[mode % 3]);
	else if (mode == PLANS)
		check_tokens(data, size);
	else if (mode == PLANS + 1)
		check_templates(data, size);
	else
		check_reference(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		run_mode(data[0] % MODES, data + 1, size - 1);
	return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		if (!f) {
			perror(argv[i]);
			return 1;
		}
		static uint8_t bytes[1 << 20];
		size_t size = fread(bytes, 1, sizeof bytes, f);
		fclose(f);
		/* A copy of the exact size, so that a sanitizer sees a read past the end. */
		uint8_t *data = malloc(size + 1);
		must(data != NULL, "memory");
		memcpy(data, bytes, size);
		data = realloc(data, size ? size : 1);
		for (unsigned mode = 0; mode < MODES; mode++) {
			snprintf(current, sizeof current, "%s, way %u", argv[i], mode);
			run_mode(mode, data, size);
		}
		free(data);
	}
	printf("fuzz-replay: %d inputs in %d ways, all promises hold\n", argc - 1, (int)MODES);
	return 0;
}
#endif
