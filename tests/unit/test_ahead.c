#include "api/ahead.h"

#include "base/limits.h"
#include "base/mem.h"
#include "text/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What was taken: a hash over all lines, in order. */
struct taken {
	uint64_t sum, lines, looked, judged;
	bool slow;
};

static void mix(struct taken *t, const void *bytes, size_t len) { t->sum = (t->sum ^ hash64(bytes, len)) * UINT64_C(0x9E3779B97F4A7C15); }

static void take(void *user, const struct seen *lines, size_t count)
{
	struct taken *t = user;
	struct looker again;
	/* So that there is time to look ahead. */
	if (t->slow && t->lines / 2000 != (t->lines + count) / 2000)
		usleep(4000);
	looker_init(&again, true);
	for (size_t i = 0; i < count; i++) {
		const struct line *line = &lines[i].line;
		const struct glance *g = &lines[i].glance;
		uint64_t numbers[] = {line->no, line->off, line->len_bytes, line->ends_in_lf, g->form};
		mix(t, numbers, sizeof numbers);
		mix(t, line->text.ptr, line->text.len);
		t->lines++;
		if (!(g->facts & LOOK_LOOKED))
			continue;
		/* What was found out ahead is what is found out here. */
		struct glance here = {0};
		look_at_form(line->text, &here);
		struct span judged = look_at_line(&again, line->text, &here);
		assert_true(here.form == g->form && here.shape == g->shape && here.event == g->event && here.skip == g->skip && here.cut == g->cut);
		assert_int_equal(here.facts, g->facts & ~LOOK_JUDGED);
		t->looked++;
		if (!(g->facts & LOOK_JUDGED))
			continue;
		struct verdict v = verdict_of(judged);
		assert_true(v.flags == g->verdict.flags && v.class == g->verdict.class && v.level == g->verdict.level);
		t->judged++;
	}
	looker_release(&again);
}

/* Lines of all lengths, some over-long, some to be cleaned; the last one unterminated. */
static void write_input(FILE *f, size_t bytes)
{
	static const char *const texts[] = {"error: step %u failed", "2024-01-02T03:04:05Z ok %u", "\x1b[1mbold %u\x1b[0m", "%u", "\tat a.b.C(C.java:%u)\r", "$ make %u"};
	uint32_t x = 1;
	for (size_t n = 0; n < bytes;) {
		x = x * 1664525 + 1013904223;
		n += (size_t)fprintf(f, texts[x >> 8 & 3 ? x >> 16 & 3 : x >> 20 & 1 ? 4 : 5], x >> 12);
		if ((x >> 10 & 1023) == 0)
			for (size_t i = 0, len = x >> 14; i < len; i++, n++)
				fputc('a' + (int)(i % 26), f);
		n += fputc('\n', f) != EOF;
	}
	fputs("the end", f);
}

static void lines_are_the_same_with_any_number_of_threads(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 100, READ_WINDOW_BYTES - 7, READ_WINDOW_BYTES, 5000000};
	char path[] = "/tmp/ctxcut-ahead.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		FILE *f = fopen(path, "w");
		write_input(f, sizes[i]);
		assert_int_equal(fclose(f), 0);
		struct taken first = {0};
		struct hash128 hash = {0};
		for (unsigned threads = 0; threads < 5; threads++) {
			struct taken t = {.slow = threads > 1};
			struct source *source;
			struct shelf shelf;
			struct held held;
			struct buf head = {0};
			shelf_init(&shelf, 1 << 20);
			held_init_stream(&held, &shelf, NULL);
			assert_int_equal(source_open(&source, path, NULL), ERR_OK);
			assert_int_equal(ahead_read(source, &held, threads, true, &head, 1000, take, &t, NULL), ERR_OK);
			held_close(&held);
			if (threads == 0) {
				first = t;
				hash = held.hash;
			}
			assert_true(t.lines && t.sum == first.sum && t.lines == first.lines && hash128_eq(hash, held.hash));
			assert_int_equal(head.len, held.bytes < 1000 ? held.bytes : 1000);
			if (threads > 1 && sizes[i] > 2 * READ_WINDOW_BYTES)
				assert_true(t.looked > 10 && t.judged > 0);
			buf_release(&head);
			held_release(&held);
			shelf_release(&shelf);
			source_free(source);
		}
		/* And however the bytes come, by every kernel. */
		for (size_t k = 0; kernel_name(k); k++) {
			struct taken t = {0};
			struct lines lines;
			static char part[50000];
			const size_t size = sizes[i] <= 100 ? 1 : k % 2 ? sizeof part : 977;
			size_t n;
			if (!kernel_use(kernel_name(k)))
				continue;
			lines_init(&lines);
			f = fopen(path, "r");
			while ((n = fread(part, 1, size, f)) > 0)
				ahead_push(&lines, span_of(part, n), take, &t);
			ahead_finish(&lines, take, &t);
			assert_true(t.sum == first.sum && t.lines == first.lines);
			fclose(f);
			lines_release(&lines);
		}
	}
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_with_any_number_of_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
