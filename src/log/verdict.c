#include "log/verdict.h"

#include "log/title.h"
#include "log/verdict_parts.h"


/* Base values of the classes of evidence. DESIGN 7 step 3 gives where they come from; they may move by 40 % without harm. */
#define BASE_STRONG 1.0f
#define BASE_COUNT 0.6f
#define BASE_LEVEL 0.7f
#define BASE_ERROR 0.5f
#define BASE_EXIT 0.5f
#define BASE_LOCATION 0.3f
#define BASE_DETAIL 0.2f
#define BASE_WEAK 0.1f
#define FACTOR_PASS 0.1f
#define FACTOR_NOISE 0.3f
#define FACTOR_WARNING 0.2f
#define FACTOR_INFO 0.5f

struct verdict verdict_of(struct span judged)
{
	struct verdict v = {0};
		struct span s = span_trim(judged);
	if (s.len == 0 || mark_is_rule(s)) {
		v.flags = VERDICT_BLANK;
		return v;
	}
	/* What a mark at the start says, a bullet or a level bracket before it does not change. */
	bool numbered = mark_is_numbered(s);
	bool strong = numbered || mark_fails(s);
	const bool marked = strong;
	struct heard words = {0};
	words_hear(s, &words);
	bool pass = !marked && (mark_passes(s) || (words.passed && mark_says_passed(s)));
	const bool location = mark_is_location(s), detail = mark_is_detail(judged, s);
	strong |= words.strong;
	bool noise = !marked && (words.noise || mark_is_noise(s));

	if ((words.failure && span_find(s, SPAN("marked build as failure")) != SIZE_MAX) || mark_is_make_error(s))
		words.exit = words.exited = true;

	/* Zero counts take a marked head back: "Failures: 0", "ERRORS: 0". */
	if (words.zero_count && !words.count && !words.strong)
		strong = numbered = false;
	if ((strong || words.error) && !numbered && is_suite_title(s, s.ptr > judged.ptr + 1)) {
		strong = words.count = words.error = words.exit = false;
		words.weak = true;
	}

	float base = 0;
	if (strong)
		base = BASE_STRONG;
	else if (words.count)
		base = BASE_COUNT;
	else if (words.error)
		base = BASE_ERROR;
	else if (words.exit)
		base = BASE_EXIT;
	else if (location)
		base = BASE_LOCATION;
	else if (detail)
		base = BASE_DETAIL;
	else if (words.weak)
		base = BASE_WEAK;
	if (location && (words.error || words.strong))
		base = BASE_STRONG;
	else if (location && base < BASE_LEVEL && mark_has_error_letter(s))
		base = BASE_LEVEL;
	if (pass)
		base *= FACTOR_PASS;
	else if (noise)
		base *= FACTOR_NOISE;
	bool warning = words.warning_first && !marked;
	if (warning)
		base = base * FACTOR_WARNING > 0.1f ? base * FACTOR_WARNING : 0.1f;

	enum level level = level_of_line_told(judged, &words.by_number);
	if (level >= LEVEL_ERROR) {
		/* A level alone says less than a failure form: programs under test log errors on purpose. A compiler's or linter's
		 * "place: error: …" is no logger's. */
		bool diagnostic = location && (words.error || words.strong);
		if (!marked && !diagnostic)
			base = BASE_LEVEL;
		if (!diagnostic)
			v.flags |= VERDICT_LEVELLED;
		pass = noise = warning = false;
	} else if (level == LEVEL_WARNING && !marked) {
		base = warning ? base : base * FACTOR_WARNING;
		base = base > 0.15f ? base : 0.15f;
		warning = true;
		v.flags |= VERDICT_LEVELLED;
	} else if (level != LEVEL_NONE && !marked) {
		base *= FACTOR_INFO;
	}
	struct stamp stamp;
	if (stamp_find(judged, &stamp))
		v.flags |= VERDICT_STAMPED;
	v.base = base;
	v.level = (uint8_t)level;
	if (pass)
		v.flags |= VERDICT_PASS;
	if (noise)
		v.flags |= VERDICT_NOISE;
	if (warning)
		v.flags |= VERDICT_WARNING;
	if (base >= 0.85f)
		v.flags |= VERDICT_STRONG;
	if (location)
		v.flags |= VERDICT_LOCATION;
	if (words.count)
		v.flags |= VERDICT_COUNT;
	if (words.count || words.zero_count || words.exited || words.exit || words.by_number)
		v.flags |= VERDICT_VOLATILE;
	if (mark_is_heading(s))
		v.flags |= VERDICT_HEADING;
	if (numbered)
		v.flags |= VERDICT_NUMBERED;
	if (detail)
		v.flags |= VERDICT_DETAIL;
	if (words.exited)
		v.flags |= VERDICT_EXITED;
	v.class = warning ? CLASS_WARNING
	        : pass ? CLASS_PASS
	        : base >= 0.65f ? CLASS_FAILURE
	        : base >= 0.45f ? CLASS_ERROR
	        : noise ? CLASS_NOISE
	        : words.zero_count ? CLASS_SUMMARY
	                           : CLASS_PLAIN;
	return v;
}
