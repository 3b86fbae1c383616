/* Eviction, many processes at once, and processes that die. */
#include "store_fixture.h"

#include <signal.h>
#include <sys/prctl.h>

/* ---- eviction ---- */

static void the_oldest_go_first_and_reading_makes_new(void **state)
{
	(void)state;
	enum { CAP = 400 * 1024, PIECE = 60 * 1024 }; /* 64 KiB each with frame, index and whole blocks: six fit */
	char ids[8][33];
	struct store *s = open_store(CAP);
	for (uint64_t i = 0; i < 6; i++) {
		put(s, noise(PIECE, i), 0, ids[i]);
		set_age(path_of(s, ids[i]), 1000 - (time_t)i * 100);
	}
	store_free(s); /* lets go of what it held */
	s = open_store(CAP);
	store_reader_free(get(s, ids[0]));
	put(s, noise(PIECE, 6), 0, ids[6]);
	char *path = path_of(s, ids[0]);
	assert_in_range(age_of(path), 0, 500);
	/* Which of the others are left is looked at by name: opening them would make them new. */
	assert_int_equal(totals_of(s).objects, 6);
	put(s, noise(PIECE, 7), 0, ids[7]);
	assert_int_equal(totals_of(s).objects, 6);
	assert_false(is_there(s, ids[1]));
	assert_false(is_there(s, ids[2]));
	for (int i = 0; i < 8; i++)
		assert_int_equal(is_there(s, ids[i]), i != 1 && i != 2);
	store_free(s);
}

static void what_is_read_or_was_just_stored_is_not_evicted(void **state)
{
	(void)state;
	char read[33], own[33], other[33];
	struct store *first = open_store(0);
	put(first, noise(50000, 1), 0, read);
	put(first, noise(50000, 2), 0, other);
	set_age(path_of(first, read), 5000);
	set_age(path_of(first, other), 4000);
	store_free(first);
	struct store *s = open_store(0), *rival = open_store(0);
	struct store_reader *r = get(s, read);
	put(s, noise(50000, 3), 0, own);
	assert_int_equal(store_evict(rival, 1, NULL), ERR_OK);
	assert_int_equal(store_evict(s, 1, NULL), ERR_OK);
	assert_true(is_there(s, read) && is_there(s, own));
	assert_false(is_there(s, other));
	store_reader_free(r);
	assert_int_equal(store_evict(rival, 1, NULL), ERR_OK);
	assert_false(is_there(s, read));
	assert_true(is_there(s, own));
	store_free(s);
	assert_int_equal(store_evict(rival, 1, NULL), ERR_OK);
	assert_false(is_there(rival, own));
	assert_int_equal(totals_of(rival).objects, 0);
	store_free(rival);
}

static void an_original_larger_than_the_cap_is_refused(void **state)
{
	(void)state;
	struct store *s = open_store(100 * 1024);
	struct store_writer *w;
	struct err err = {0};
	char id[33], kept[33];
	put(s, noise(20000, 1), 0, kept);
	assert_int_equal(store_begin(s, &w, NULL), ERR_OK);
	assert_int_equal(store_append(w, noise(200 * 1024, 2), &err), ERR_OK);
	assert_int_equal(store_commit(w, id, &err), ERR_STORE);
	assert_non_null(strstr(err.text, "CTXCUT_STORE_CAP"));
	assert_true(is_there(s, kept));
	assert_int_equal(count_files(below("store/tmp")), 0);
	store_free(s);
}

static void a_wrong_count_is_found_out(void **state)
{
	(void)state;
	static const char *const lies[] = {"", "garbage", "00000000000000000000 0000000999\n",
					   "99999999999999999999 5\n"};
	enum { CAP = 200 * 1024 };
	char id[33];
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		for (uint64_t k = 0; k < 6; k++) {
			struct store *s = open_store(CAP);
			put(s, noise(60 * 1024, i * 100 + k), 0, id);
			store_free(s);
			if (k == 4) {
				FILE *f = fopen(below("store/usage"), "w");
				fputs(lies[i], f);
				fclose(f);
			}
		}
		struct store *s = open_store(CAP);
		assert_in_range(totals_of(s).disk_bytes, 1, CAP);
		assert_true(is_there(s, id));
		store_free(s);
	}
}

/* ---- many processes, and their ends ---- */

static void what_dead_writers_left_is_deleted_and_what_lives_is_not(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	int dead[2], alive[2];
	char byte, id[33];
	assert_int_equal(pipe(dead), 0);
	assert_int_equal(pipe(alive), 0);
	pid_t pids[2];
	for (int i = 0; i < 2; i++) {
		fflush(NULL);
		pids[i] = fork();
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody waiting */
			struct store *own;
			struct store_writer *w;
			if (store_open(&own, below("store"), 0, NULL) || store_begin(own, &w, NULL) ||
			    store_append(w, noise(1000, 9), NULL))
				_exit(1);
			if (write(i ? alive[1] : dead[1], "x", 1) != 1)
				_exit(1);
			pause();
			_exit(0);
		}
		assert_int_equal(read(i ? alive[0] : dead[0], &byte, 1), 1);
	}
	assert_int_equal(count_files(below("store/tmp")), 2);
	kill(pids[0], SIGKILL);
	waitpid(pids[0], NULL, 0);
	assert_int_equal(count_files(below("store/tmp")), 2);
	put(s, SPAN("x"), 0, id);
	assert_int_equal(count_files(below("store/tmp")), 1);
	kill(pids[1], SIGKILL);
	waitpid(pids[1], NULL, 0);
	store_free(s);
	s = open_store(0);
	put(s, SPAN("y"), 0, id);
	assert_int_equal(count_files(below("store/tmp")), 0);
	store_free(s);
	for (int i = 0; i < 2; i++) {
		close(dead[i]);
		close(alive[i]);
	}
}

static void verify_one(void *user, const char *id_hex, uint64_t content_bytes, uint64_t disk_bytes)
{
	(void)disk_bytes;
	struct store *s = user;
	struct store_reader *r;
	struct err err = {0};
	if (store_get(s, id_hex, &r, &err) != ERR_OK || store_verify(r, &err) != ERR_OK)
		fail_msg("%s of %llu bytes: %s", id_hex, (unsigned long long)content_bytes, err.text);
	store_reader_free(r);
}

static _Noreturn void store_for_ever(uint64_t seed)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct store *s;
	struct store_writer *w;
	char id[33];
	for (;;) {
		if (store_open(&s, below("store"), 20 << 20, NULL) != ERR_OK || store_begin(s, &w, NULL) != ERR_OK)
			_exit(1);
		struct buf log = make_log(next_random(&seed) % 50, next_random(&seed) % (seed % 5 ? 50000 : 2500000));
		struct err err = {0};
		if (store_append(w, buf_span(&log), &err) != ERR_OK || store_commit(w, id, &err) != ERR_OK) {
			fprintf(stderr, "%s\n", err.text);
			_exit(1);
		}
		buf_release(&log);
		store_free(s);
	}
}

static void after_a_kill_at_any_moment_every_object_is_whole(void **state)
{
	(void)state;
	enum { ROUNDS = 30, AT_ONCE = 3 };
	uint64_t seed = (uint64_t)getpid();
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pids[AT_ONCE];
		fflush(NULL);
		for (int i = 0; i < AT_ONCE; i++) {
			uint64_t own = next_random(&seed);
			pids[i] = fork();
			if (pids[i] == 0)
				store_for_ever(own);
		}
		for (int i = 0; i < AT_ONCE; i++) {
			struct timespec t = {.tv_nsec = (long)(next_random(&seed) % 40000000)};
			nanosleep(&t, NULL);
			int status;
			kill(pids[i], SIGKILL);
			waitpid(pids[i], &status, 0);
			assert_true(WIFSIGNALED(status)); /* not ended by an error of its own */
		}
		/* An object under its name that cannot be listed would have a broken index. */
		struct store *s = open_store(0);
		assert_int_equal(totals_of(s).objects + (access(below("store/usage"), F_OK) == 0),
				 count_files(below("store")));
		if (round % 10 == 9)
			assert_int_equal(store_list(s, verify_one, s, NULL), ERR_OK);
		store_free(s);
	}
	struct store *s = open_store(0);
	char id[33];
	assert_true(totals_of(s).objects > 10);
	put(s, SPAN("last"), 0, id);
	assert_int_equal(count_files(below("store/tmp")), 0);
	store_free(s);
}

static int stores_and_reads_back(uint64_t seed)
{
	enum { CAP = 1024 * 1024 };
	for (int i = 0; i < 12; i++) {
		struct store *s;
		struct store_writer *w;
		struct store_reader *r;
		struct err err = {0};
		struct buf got = {0};
		char id[33];
		/* Some of it the same in many processes. */
		struct buf log = make_log(next_random(&seed) % 60, 1000 + next_random(&seed) % 400000);
		if (next_random(&seed) % 3 == 0)
			log.len = 100000 < log.len ? 100000 : 1000;
		CHECK(store_open(&s, below("store"), CAP, &err) == ERR_OK);
		CHECK(store_begin(s, &w, &err) == ERR_OK);
		CHECK(store_append(w, buf_span(&log), &err) == ERR_OK);
		enum err_code code = store_commit(w, id, &err);
		if (code != ERR_OK)
			fprintf(stderr, "%s\n", err.text);
		CHECK(code == ERR_OK);
		/* While this process lives nobody takes away what it stored. */
		code = store_get(s, id, &r, &err);
		if (code != ERR_OK)
			fprintf(stderr, "%s\n", err.text);
		CHECK(code == ERR_OK);
		CHECK(store_read_lines(r, 1, UINT64_MAX, gather, &got, &err) == ERR_OK);
		CHECK(span_eq(buf_span(&got), buf_span(&log)));
		store_reader_free(r);
		store_free(s);
		buf_release(&got);
		buf_release(&log);
	}
	return 0;
}

static void thirty_two_processes_share_a_small_store(void **state)
{
	(void)state;
	enum { PROCESSES = 32, CAP = 1024 * 1024 };
	pid_t pids[PROCESSES];
	fflush(NULL);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(stores_and_reads_back((uint64_t)i));
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	struct store *s = open_store(CAP);
	char id[33];
	assert_int_equal(store_list(s, verify_one, s, NULL), ERR_OK);
	assert_true(totals_of(s).objects > 1);
	assert_int_equal(count_files(below("store/tmp")), 0);
	/* The last ones may have found everything in use; the next to store something brings the store under its
	 * cap. */
	put(s, noise(100, 1), 0, id);
	assert_in_range(totals_of(s).disk_bytes, 1, CAP);
	store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_oldest_go_first_and_reading_makes_new),
		TEST(what_is_read_or_was_just_stored_is_not_evicted),
		TEST(an_original_larger_than_the_cap_is_refused),
		TEST(a_wrong_count_is_found_out),
		TEST(what_dead_writers_left_is_deleted_and_what_lives_is_not),
		TEST(after_a_kill_at_any_moment_every_object_is_whole),
		TEST(thirty_two_processes_share_a_small_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
