/* Template mining: counts, bounds, identity, and which lines become one template. */
#include "log/miner.h"
#include "log/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct limits small_limits(size_t shapes, size_t bytes)
{
	struct limits limits = LIMITS_DEFAULT;
	limits.shapes = shapes;
	limits.shape_bytes = bytes;
	return limits;
}

static uint32_t add(struct miner *m, uint64_t line_no, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static uint32_t add(struct miner *m, uint64_t line_no, const char *fmt, ...)
{
	char line[4096];
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	bool is_new;
	return miner_add(m, span_of(line, (size_t)len), line_no, &is_new);
}

static uint64_t sum_of_templates(const struct miner *m)
{
	uint64_t sum = 0;
	for (uint32_t t = 0; t < miner_template_count(m); t++) {
		struct template_info info;
		miner_template(m, t, &info);
		assert_true(info.count > 0);
		assert_true(info.first_line <= info.last_line);
		assert_non_null(info.pattern.ptr);
		sum += info.count;
	}
	return sum;
}

/* A word that is letters only, different for each n. */
static const char *word_of(unsigned n, char out[16])
{
	size_t len = 0;
	out[len++] = 'z';
	for (; n; n /= 20)
		out[len++] = "bcdghjklmnpqrstvwxyz"[n % 20];
	out[len] = '\0';
	return out;
}

static void lines_of_one_kind_are_one_template(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	bool is_new;
	uint32_t a = miner_add(m, SPAN("Connection from 10.0.0.1 port 22"), 1, &is_new);
	assert_true(is_new);
	uint32_t b = miner_add(m, SPAN("disk full"), 2, &is_new);
	assert_true(is_new);
	assert_int_equal(miner_add(m, SPAN("Connection from 10.0.0.77 port 4022"), 3, &is_new), a);
	assert_false(is_new);
	miner_finish(m);
	assert_int_equal(miner_shape_count(m), 2);
	assert_int_equal(miner_shape_lines(m, a), 2);
	assert_int_equal(miner_template_count(m), 2);
	struct template_info info;
	miner_template(m, miner_template_of(m, a), &info);
	assert_int_equal(info.count, 2);
	assert_int_equal(info.first_line, 1);
	assert_int_equal(info.last_line, 3);
	assert_true(span_eq(info.pattern, SPAN("Connection from <*> port <*>")));
	assert_true(span_eq(info.example, SPAN("Connection from 10.0.0.1 port 22")));
	assert_int_equal(miner_template_of(m, b), 1);
	assert_int_equal(miner_find(m, SPAN("Connection from 10.9.9.9 port 1")), a);
	assert_int_equal(miner_find(m, SPAN("Connection to nobody")), UINT32_MAX);
	miner_free(m);
}

static void an_empty_miner_has_no_template(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 0);
	assert_int_equal(miner_shape_count(m), 0);
	miner_free(m);
	miner_free(NULL);
}

static void shapes_of_one_masked_text_are_one_template(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint32_t a = add(m, 1, "started worker-7"), b = add(m, 2, "started pool-7");
	assert_int_not_equal(a, b);
	assert_true(miner_shape_key(m, a) == miner_shape_key(m, b));
	miner_finish(m);
	assert_int_equal(miner_template_of(m, a), miner_template_of(m, b));
	miner_free(m);
}

/* One of many lines of many shapes. The span lives until the next call. */
static struct span line_of(unsigned n)
{
	static char line[256];
	char w1[16], w2[16];
	int len = snprintf(line, sizeof line, "%s %s %s%s", word_of(n, w1), word_of(n * 7 % 1001, w2),
			   n % 3 ? "x" : "some_name y", n % 5 ? "" : " (a, b)");
	return span_of(line, (size_t)len);
}

/* Of two lines one has words that never came, the other a known kind in a new shape: `mixed`; or all have words that never came. */
static struct span endless_line(unsigned n, bool mixed)
{
	static char line[128];
	char w1[16], w2[16];
	int len = mixed && n % 2 ? snprintf(line, sizeof line, "took the lease-%s for %u ms", word_of(n, w1), n)
	                         : snprintf(line, sizeof line, "%s %s%s was", word_of(n, w1), word_of(n / 3, w2), w1);
	return span_of(line, (size_t)len);
}

static uint32_t add_in_a_hurry(struct miner *m, struct span line, uint64_t line_no, bool *is_new)
{
	char scratch[256];
	return miner_add_shape(m, line, shape_hash(line, scratch), line_no, is_new);
}

static void in_a_hurry_no_line_is_lost_and_kinds_that_come_are_found(void **state)
{
	(void)state;
	enum { LINES = 60000 };
	for (int mixed = 0; mixed < 2; mixed++) {
		struct limits limits = small_limits(400, 1 << 20);
		struct miner *m = miner_new(&limits), *again = miner_new(&limits), *calm = miner_new(&limits);
		miner_hurry(m);
		miner_hurry(again);
		unsigned told_apart = 0;
		for (unsigned n = 0; n < LINES; n++) {
			bool is_new;
			uint32_t id = add_in_a_hurry(m, endless_line(n, mixed), n + 1, &is_new);
			assert_int_equal(id, add_in_a_hurry(again, endless_line(n, mixed), n + 1, &is_new));
			add_in_a_hurry(calm, endless_line(n, mixed), n + 1, &is_new);
			told_apart += n % 2 && id == miner_find(m, endless_line(n, mixed));
		}
		uint64_t sum = 0;
		for (uint32_t s = 0; s < miner_shape_count(m); s++)
			sum += miner_shape_lines(m, s);
		assert_int_equal(sum, LINES);
		assert_true(miner_shape_count(m) <= 400);
		assert_true(miner_coarsened(m) == miner_coarsened(calm));
		if (mixed)
			assert_int_equal(told_apart, LINES / 2);
		miner_finish(m);
		assert_int_equal(sum_of_templates(m), LINES);
		miner_free(m);
		miner_free(again);
		miner_free(calm);
	}
}

/* What is left out for speed: the finer tiers, while hardly any line is of a kind that they know. */
static void in_a_hurry_full_tables_are_not_asked_for_lines_without_end(void **state)
{
	(void)state;
	for (int hurry = 0; hurry < 2; hurry++) {
		struct limits limits = small_limits(400, 1 << 20);
		struct miner *m = miner_new(&limits);
		bool is_new;
		uint64_t line_no = 0;
		if (hurry)
			miner_hurry(m);
		for (unsigned n = 0; n < 260; n++) /* there is no room for shapes, there is for exact masks */
			add_in_a_hurry(m, endless_line(n, false), ++line_no, &is_new);
		uint32_t kind = add_in_a_hurry(m, SPAN("took the \"lease\" off"), ++line_no, &is_new);
		assert_int_equal(add_in_a_hurry(m, SPAN("took the \"place\" off"), ++line_no, &is_new), kind);
		for (unsigned n = 260; n < 20000; n++)
			add_in_a_hurry(m, endless_line(n, false), ++line_no, &is_new);
		uint32_t later = add_in_a_hurry(m, SPAN("took the \"rest\" off"), ++line_no, &is_new);
		assert_true(hurry ? later != kind : later == kind);
		assert_true(miner_shape_is_coarse(m, later));
		miner_free(m);
	}
}

static void no_line_is_lost_or_moved_however_small_the_limits(void **state)
{
	(void)state;
	static const size_t shape_limits[] = {0, 1, 2, 7, 40, 500, 100000};
	static const size_t byte_limits[] = {0, 100, 5000, 100000000};
	for (size_t i = 0; i < sizeof shape_limits / sizeof *shape_limits; i++) {
		for (size_t j = 0; j < sizeof byte_limits / sizeof *byte_limits; j++) {
			struct limits limits = small_limits(shape_limits[i], byte_limits[j]);
			struct miner *m = miner_new(&limits);
			uint64_t lines = 0;
			static uint32_t ids[3000];
			for (unsigned n = 0; n < 3000; n++) {
				bool is_new;
				ids[n] = miner_add(m, line_of(n), ++lines, &is_new);
				assert_true(ids[n] < miner_shape_count(m));
			}
			miner_finish(m);
			for (unsigned n = 0; n < 3000; n++)
				assert_int_equal(miner_find(m, line_of(n)), ids[n]);
			assert_int_equal(sum_of_templates(m), lines);
			if (shape_limits[i] > 0)
				assert_true(miner_shape_count(m) <= shape_limits[i]);
			uint64_t sum = 0;
			for (uint32_t s = 0; s < miner_shape_count(m); s++)
				sum += miner_shape_lines(m, s);
			assert_int_equal(sum, lines);
			assert_true((miner_coarsened(m) > 0) ==
				    (shape_limits[i] < 100000 || byte_limits[j] < 100000000));
			miner_free(m);
		}
	}
}

static void past_the_shapes_the_exact_mask_still_tells_kinds_apart(void **state)
{
	(void)state;
	struct limits limits = small_limits(64, 1000000);
	struct miner *m = miner_new(&limits);
	uint64_t lines = 0;
	char w[16];
	for (unsigned n = 0; n < 1000; n++)
		add(m, ++lines, "login of %s@example.org", word_of(n, w));
	uint32_t a = add(m, ++lines, "login of someone@example.org"), b = add(m, ++lines, "disk full");
	assert_true(miner_shape_is_coarse(m, a));
	assert_int_equal(add(m, ++lines, "disk full"), b);
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 2);
	assert_int_equal(sum_of_templates(m), lines);
	miner_free(m);
}

static void the_key_is_the_same_in_another_miner_on_another_day_and_host(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *good = miner_new(&limits), *bad = miner_new(&limits);
	add(bad, 1, "something else first");
	uint32_t a = add(good, 1, "Jan  2 03:04:05 alpha sshd[12]: Accepted key for 10.0.0.1");
	uint32_t b = add(bad, 2, "Feb 12 13:14:15 beta sshd[99812]: Accepted key for 10.0.0.9");
	assert_true(miner_shape_key(good, a) == miner_shape_key(bad, b));
	uint32_t c = add(bad, 3, "Feb 12 13:14:15 beta sshd[99812]: Rejected key for 10.0.0.9");
	assert_true(miner_shape_key(good, a) != miner_shape_key(bad, c));
	a = add(good, 2, "2024-01-01 10:00:00,123 WARN [main] c.e.App: slow");
	b = add(bad, 4, "2025-11-11 11:11:11,001 WARN [main] c.e.App: slow");
	assert_true(miner_shape_key(good, a) == miner_shape_key(bad, b));
	miner_free(good);
	miner_free(bad);
}

static void hostile_bytes_are_counted_like_others(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t seed = 1, lines = 0;
	char *line = malloc(70000);
	assert_non_null(line);
	for (size_t n = 0; n < 3000; n++) {
		size_t len = n % 1000 == 999 ? 70000 : n % 61;
		for (size_t i = 0; i < len; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			line[i] = (char)(seed >> 56);
			if (n % 3 == 0)
				line[i] = "\"'`([{<>}]),:=/.\\a0 \xE2"[(seed >> 40) % 22];
		}
		bool is_new;
		miner_add(m, span_of(line, len), ++lines, &is_new);
	}
	free(line);
	miner_finish(m);
	assert_int_equal(sum_of_templates(m), lines);
	miner_free(m);
}

/* ---- stage 2
 * ------------------------------------------------------------------------------------------------------ */

static const char *const names[] = {"ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "jim", "kai", "lea"};

/* How many templates the lines from one format make, one line per name. */
static size_t templates_of_names(const char *fmt, size_t count)
{
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	char line[256];
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(fmt, "NAME");
		bool is_new;
		int len = snprintf(line, sizeof line, "%.*s%s%s", (int)(at - fmt), fmt, names[i], at + 4);
		miner_add(m, span_of(line, (size_t)len), i + 1, &is_new);
	}
	miner_finish(m);
	size_t templates = miner_template_count(m);
	miner_free(m);
	return templates;
}

static void four_words_after_a_preposition_are_a_variable_and_three_are_not(void **state)
{
	(void)state;
	assert_int_equal(templates_of_names("session closed for NAME", 4), 1);
	assert_int_equal(templates_of_names("session closed for NAME", 3), 3);
	assert_int_equal(templates_of_names("session closed name=NAME", 4), 1);
	assert_int_equal(templates_of_names("session closed name=NAME", 3), 3);
}

static void elsewhere_eight_words_are_a_variable(void **state)
{
	(void)state;
	assert_int_equal(templates_of_names("cache NAME reloaded", 8), 1);
	assert_int_equal(templates_of_names("cache NAME reloaded", 7), 7);
}

static void the_first_word_tells_kinds_apart(void **state)
{
	(void)state;
	assert_int_equal(templates_of_names("NAME startup succeeded", 12), 12);
	assert_int_equal(templates_of_names("NAME-service: failed to start", 12), 1);
}

static void one_constant_word_needs_more_to_go_by(void **state)
{
	(void)state;
	assert_int_equal(templates_of_names("about NAME", 12), 12);
	assert_int_equal(templates_of_names("to NAME", 8), 1);
}

static void few_words_that_are_known_variables_elsewhere_are_variable(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	for (size_t i = 0; i < 5; i++)
		add(m, ++no, "session opened for user %s on tty", names[i]);
	uint32_t a = add(m, ++no, "password of user %s has expired", names[1]);
	uint32_t b = add(m, ++no, "password of user %s has expired", names[3]);
	uint32_t c = add(m, ++no, "password of user zed has expired"); /* the others tell */
	uint32_t d = add(m, ++no, "mode of user unset is bad");
	uint32_t e = add(m, ++no, "mode of user missing is bad");
	miner_finish(m);
	assert_int_equal(miner_template_of(m, a), miner_template_of(m, b));
	assert_int_equal(miner_template_of(m, a), miner_template_of(m, c));
	assert_true(miner_template_of(m, d) != miner_template_of(m, e));
	miner_free(m);
}

static void header_columns_are_no_part_of_identity_and_stay_in_print(void **state)
{
	(void)state;
	static const char *const levels[] = {"INFO", "WARN", "DEBUG"};
	static const char *const threads[] = {"main", "worker pool", "IPC handler 7 on 80"};
	static const char *const messages[] = {"started",          "Connection from 10.0.0.1 refused",
					       "queue is full",    "bye for now",
					       "no route to host", "cache warm",
					       "slow disk"};
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint32_t ids[3][7];
	uint64_t no = 0;
	for (size_t t = 0; t < 3; t++)
		for (size_t i = 0; i < 7; i++) {
			no++;
			ids[t][i] = add(m, no, "2024-01-02 03:04:%02u,%03u %s [%s] Store: %s", (unsigned)no % 60,
					(unsigned)no, levels[(t + i) % 3], threads[t], messages[i]);
		}
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(miner_template_of(m, ids[0][i]), miner_template_of(m, ids[1][i]));
		assert_int_equal(miner_template_of(m, ids[0][i]), miner_template_of(m, ids[2][i]));
	}
	struct template_info info;
	miner_template(m, miner_template_of(m, ids[0][2]), &info);
	assert_int_equal(info.count, 3);
	assert_true(span_find(info.pattern, SPAN("queue is full")) != SIZE_MAX);
	assert_true(span_find(info.pattern, SPAN("<*>")) == 0);
	assert_true(span_eq(span_head(info.example, 10), SPAN("2024-01-02")));
	miner_free(m);
}

static void hosts_and_programs_of_syslog_are_header(void **state)
{
	(void)state;
	static const char *const messages[] = {
		"check pass; user unknown", "restart", "lost the leader", "no space left", "up", "link is down"};
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	for (size_t h = 0; h < 4; h++)
		for (size_t i = 0; i < 6; i++) {
			no++;
			add(m, no, "Jan %2u 03:04:05 %s %s[%u]: %s", (unsigned)no, names[h], names[h + 4],
			    (unsigned)no * 7, messages[i]);
		}
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 6);
	miner_free(m);
}

static void lines_that_begin_with_words_have_no_header(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	uint32_t setting = 0, unpacking = 0;
	for (size_t i = 0; i < 12; i++) {
		setting = add(m, ++no, "Setting up lib%s:amd64 (1.%u) ...", names[i], (unsigned)i);
		unpacking = add(m, ++no, "Unpacking lib%s:amd64 (1.%u) ...", names[i], (unsigned)i);
	}
	miner_finish(m);
	assert_true(miner_template_of(m, setting) != miner_template_of(m, unpacking));
	miner_free(m);
}

static void a_pattern_absorbs_a_rarer_line_that_fits_it_but_no_key(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	uint32_t number = 0;
	for (unsigned i = 0; i < 5; i++)
		number = add(m, ++no, "Invalid user u%u from 10.0.0.%u", i, i);
	uint32_t word = add(m, ++no, "Invalid user admin from 10.0.0.9");
	uint32_t key = add(m, ++no, "Invalid user u7 id=3 from 10.0.0.9");
	uint32_t two = add(m, ++no, "Invalid user very evil from 10.0.0.9");
	miner_finish(m);
	assert_int_equal(miner_template_of(m, word), miner_template_of(m, number));
	assert_true(miner_template_of(m, key) != miner_template_of(m, number));
	assert_true(miner_template_of(m, two) != miner_template_of(m, number));
	miner_free(m);
}

static void quoted_texts_vary_but_messages_do_not(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	uint32_t plain = add(m, ++no, "agent \"curl/7\" was refused"),
		 text = add(m, ++no, "agent \"Some Browser (X; Y) like Z\" was refused");
	uint32_t served = add(m, ++no, "level=info msg=\"request served\" ms=5"),
		 lost = add(m, ++no, "level=info msg=\"node lost\" ms=5");
	uint32_t json = add(m, ++no, "{\"t\":1,\"msg\":\"request served\"}"),
		 other = add(m, ++no, "{\"t\":2,\"msg\":\"node lost\"}");
	miner_finish(m);
	assert_int_equal(miner_template_of(m, plain), miner_template_of(m, text));
	assert_true(miner_template_of(m, served) != miner_template_of(m, lost));
	assert_true(miner_template_of(m, json) != miner_template_of(m, other));
	miner_free(m);
}

static void lists_and_yes_or_no_are_values(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	uint32_t a = add(m, ++no, "installed: ann, bob"), b = add(m, ++no, "installed: cid, dan, eve");
	add(m, ++no, "installed: gus, hal, ida, jim");
	add(m, ++no, "installed: bob, kai");
	uint32_t yes = add(m, ++no, "login user=u1 ok=true"), not = add(m, ++no, "login user=u1 ok=false");
	uint32_t on = add(m, ++no, "light is true"), off = add(m, ++no, "light is false");
	miner_finish(m);
	assert_int_equal(miner_template_of(m, a), miner_template_of(m, b));
	assert_int_equal(miner_template_of(m, yes), miner_template_of(m, not ));
	assert_true(miner_template_of(m, on) != miner_template_of(m, off));
	miner_free(m);
}

static void random_identifiers_make_one_template_and_few_shapes(void **state)
{
	(void)state;
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t seed = 7;
	for (uint64_t no = 1; no <= 20000; no++) {
		char id[23] = {0};
		for (size_t i = 0; i < 22; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			id[i] = digits[(seed >> 33) % 62];
		}
		add(m, no, "INFO request %s done", id);
	}
	assert_true(miner_shape_count(m) < 20000 / 20);
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 1);
	miner_free(m);
}

static void identifiers_that_differ_much_are_variable_and_states_are_not(void **state)
{
	(void)state;
	static const char *const states[] = {"half-installed", "half-configured", "not-installed"};
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t no = 0;
	uint32_t ids[3] = {0};
	char w[16];
	for (unsigned i = 0; i < 60; i++)
		ids[i % 3] = add(m, ++no, "status %s lib-%s", states[i % 3], word_of(i, w));
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 3);
	assert_true(miner_template_of(m, ids[0]) != miner_template_of(m, ids[1]));
	miner_free(m);
}

/* An ordinary log: a few dozen kinds, words and numbers that vary. */
static struct span ordinary_line(unsigned n)
{
	static char line[256];
	char w[16];
	static const char *const verbs[] = {"opened", "closed", "lost", "renewed", "refused", "moved", "flushed"};
	int len = snprintf(line, sizeof line, "2024-01-02 03:04:%02u %s [t-%u] Store: %s %s for %s in %u ms%s", n % 60,
			   n % 4 ? "INFO" : "ERROR", n % 5, n % 11 ? "session" : "lease", verbs[n % 7],
			   n % 3 ? names[n % 12] : word_of(n % 40, w), n, n % 13 ? "" : " (slow)");
	return span_of(line, (size_t)len);
}

static void fill(struct miner *m, uint32_t *templates, unsigned count, bool backwards)
{
	for (unsigned i = 0; i < count; i++) {
		bool is_new;
		miner_add(m, ordinary_line(backwards ? count - 1 - i : i), i + 1, &is_new);
	}
	miner_finish(m);
	for (unsigned i = 0; i < count; i++)
		templates[i] = miner_template_of(m, miner_find(m, ordinary_line(i)));
}

static void identity_on_an_ordinary_log_depends_neither_on_limits_nor_on_order(void **state)
{
	(void)state;
	enum { COUNT = 4000 };
	static uint32_t wide[COUNT], narrow[COUNT], backwards[COUNT];
	struct limits limits = LIMITS_DEFAULT, few = small_limits(6000, 1 << 20);
	struct miner *a = miner_new(&limits), *b = miner_new(&few), *c = miner_new(&limits);
	fill(a, wide, COUNT, false);
	fill(b, narrow, COUNT, false);
	fill(c, backwards, COUNT, true);
	assert_int_equal(miner_coarsened(b), 0);
	assert_int_equal(miner_template_count(a), miner_template_count(c));
	assert_true(miner_template_count(a) < 40);
	assert_memory_equal(wide, narrow, sizeof wide);
	uint32_t to[64] = {0};
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(to[wide[i]] == 0 || to[wide[i]] == backwards[i] + 1);
		to[wide[i]] = backwards[i] + 1;
	}
	miner_free(a);
	miner_free(b);
	miner_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_kind_are_one_template),
		cmocka_unit_test(an_empty_miner_has_no_template),
		cmocka_unit_test(shapes_of_one_masked_text_are_one_template),
		cmocka_unit_test(no_line_is_lost_or_moved_however_small_the_limits),
		cmocka_unit_test(in_a_hurry_no_line_is_lost_and_kinds_that_come_are_found),
		cmocka_unit_test(in_a_hurry_full_tables_are_not_asked_for_lines_without_end),
		cmocka_unit_test(past_the_shapes_the_exact_mask_still_tells_kinds_apart),
		cmocka_unit_test(the_key_is_the_same_in_another_miner_on_another_day_and_host),
		cmocka_unit_test(hostile_bytes_are_counted_like_others),
		cmocka_unit_test(four_words_after_a_preposition_are_a_variable_and_three_are_not),
		cmocka_unit_test(elsewhere_eight_words_are_a_variable),
		cmocka_unit_test(the_first_word_tells_kinds_apart),
		cmocka_unit_test(one_constant_word_needs_more_to_go_by),
		cmocka_unit_test(few_words_that_are_known_variables_elsewhere_are_variable),
		cmocka_unit_test(header_columns_are_no_part_of_identity_and_stay_in_print),
		cmocka_unit_test(hosts_and_programs_of_syslog_are_header),
		cmocka_unit_test(lines_that_begin_with_words_have_no_header),
		cmocka_unit_test(a_pattern_absorbs_a_rarer_line_that_fits_it_but_no_key),
		cmocka_unit_test(quoted_texts_vary_but_messages_do_not),
		cmocka_unit_test(lists_and_yes_or_no_are_values),
		cmocka_unit_test(random_identifiers_make_one_template_and_few_shapes),
		cmocka_unit_test(identifiers_that_differ_much_are_variable_and_states_are_not),
		cmocka_unit_test(identity_on_an_ordinary_log_depends_neither_on_limits_nor_on_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
