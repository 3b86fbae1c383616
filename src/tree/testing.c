#include "tree/testing.h"

#include <ctype.h>
#include <stdint.h>

static bool is_one_of(struct span s, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s.len && s.ptr[0] == list[i][0] && span_eq(s, span_of_str(list[i])))
			return true;
	return false;
}

struct span path_folder(struct span path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	return span_head(path, slash ? (size_t)(slash - path.ptr) + 1 : 0);
}

struct span path_stem(struct span path)
{
	struct span name = span_from(path, path_folder(path).len);
	const char *dot = name.len > 1 ? memchr(name.ptr + 1, '.', name.len - 1) : NULL;
	return dot ? span_head(name, (size_t)(dot - name.ptr)) : name;
}

/* "test", "tests", "spec" … at one end of a stem, apart from the rest by a mark or by a capital letter. */
static bool sheds(struct span *stem, struct span name)
{
	static const char *const before[] = {"test_", "test-", "tests_", "spec_"};
	static const char *const behind[] = {"_test", "-test", "_tests", "-tests", "_spec", "-spec", "_unittest", "_testsuite"};
	static const char *const camel_behind[] = {"Test", "Tests", "Spec", "Specs", "TestCase", "IT", "ITCase", "TestSuite"};
	static const char *const inner[] = {".test.", ".tests.", ".spec.", ".cy.", ".e2e."};
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
		if (span_find(name, span_of_str(inner[i])) != SIZE_MAX)
			return true; /* the stem ends before the first dot already */
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		struct span p = span_of_str(before[i]);
		if (span_starts(*stem, p) && stem->len > p.len) {
			*stem = span_from(*stem, p.len);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
		struct span p = span_of_str(behind[i]);
		if (span_ends(*stem, p) && stem->len > p.len) {
			*stem = span_head(*stem, stem->len - p.len);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof camel_behind / sizeof *camel_behind; i++) {
		struct span p = span_of_str(camel_behind[i]);
		if (span_ends(*stem, p) && stem->len > p.len && (p.ptr[0] == 'I' ? islower((unsigned char)stem->ptr[stem->len - p.len - 1])
		                      : isalnum((unsigned char)stem->ptr[stem->len - p.len - 1]))) {
			*stem = span_head(*stem, stem->len - p.len);
			return true;
		}
	}
	if (span_starts(*stem, SPAN("Test")) && stem->len > 4 && isupper((unsigned char)stem->ptr[4])) {
		*stem = span_from(*stem, 4);
		return true;
	}
	return false;
}

struct span test_subject(struct span path, bool *by_name)
{
	struct span stem = path_stem(path);
	*by_name = sheds(&stem, span_from(path, path_folder(path).len));
	return stem;
}

bool path_is_test(struct span path)
{
	static const char *const folders[] = {"test", "tests", "spec", "specs", "__tests__", "testing", "unittests", "unit_tests",
	                                      "e2e", "testsuite", "selftests", "Tests", "Test", "testdata", "__mocks__", "kunit"};
	struct span rest = path;
	for (const char *slash; (slash = memchr(rest.ptr, '/', rest.len)) != NULL;) {
		struct span part = span_of(rest.ptr, (size_t)(slash - rest.ptr));
		if (is_one_of(part, folders, sizeof folders / sizeof *folders) || span_ends(part, SPAN("_tests")) ||
		    span_ends(part, SPAN(".Tests")) || span_ends(part, SPAN(".Test")))
			return true;
		rest = span_from(rest, part.len + 1);
	}
	bool by_name;
	struct span stem = test_subject(path, &by_name);
	return by_name || span_eq(stem, SPAN("conftest"));
}
