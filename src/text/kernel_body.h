/* The vector kernels' one source: text/kernel.c includes it once for each instruction set, after it said what that one has.
 *
 *   BODY(name)         the name as it is called there
 *   BODY_TARGET        attribute of each function
 *   BODY_BYTES         of a vector: 8, 16, 32 or 64
 *   body_vector        BODY(vector), the type; + ^ & >> work on it, by 64 bits
 *   BODY_FORM(x)       by bytes: the least of x ^ FORM_FLIP and FORM_DIGIT
 *   BODY_MUL(x, y)     by 64 bits: the product of the lower halves
 *   BODY_LINE_ENDS(p)  of 64 bytes: a bit for each that is LF; or BODY_HAS_ENDS, when BODY(ends) is there already
 *   BODY_STEP_BYTES    taken at once, at most FORM_STEP_MOST, a divisor of FORM_BLOCK_BYTES: texts up to there have no branch */

enum {
	BODY(SUMS) = BODY_BYTES < FORM_LANES * 8 ? FORM_LANES * 8 / BODY_BYTES : 1, /* vectors that the lanes take */
};

BODY_TARGET static inline BODY(vector) BODY(load)(const void *from)
{
	BODY(vector) x;
	memcpy(&x, from, sizeof x);
	return x;
}

/* `from` has BODY_STEP_BYTES to be read, of which the first `count` belong to the text; they begin at byte `at` of a block. */
BODY_TARGET __attribute__((always_inline)) static inline void BODY(step)(BODY(vector) sums[BODY(SUMS)], const char *from, size_t count, size_t at)
{
	const unsigned char *keep = form_keep + FORM_STEP_MOST - count;
	const char *keys = (const char *)form_keys + at;
#pragma GCC unroll 16
	for (size_t i = 0; i < BODY_STEP_BYTES / BODY_BYTES; i++) {
		size_t off = i * BODY_BYTES;
		BODY(vector) x = BODY(load)(from + off);
		x = BODY_FORM(x) & BODY(load)(keep + off);
		sums[i % BODY(SUMS)] += BODY_MUL(x, BODY(load)(keys + off)) + BODY_MUL(x >> 32, BODY(load)(keys + off + 4));
	}
}

/* Of the lanes' sums, and the length. */
BODY_TARGET static inline uint64_t BODY(finish)(const BODY(vector) sums[BODY(SUMS)], size_t len)
{
	uint64_t lanes[FORM_LANES];
#if BODY_BYTES >= 16
	form_lanes parts[BODY_BYTES == 64 ? 2 : 1], all;
	memcpy(parts, sums, sizeof parts);
	all = BODY_BYTES == 64 ? parts[0] + parts[sizeof parts / sizeof *parts - 1] : parts[0];
	all ^= form_salts_of_lanes;
	memcpy(lanes, &all, sizeof lanes);
#else
	for (size_t i = 0; i < FORM_LANES; i++)
		lanes[i] = sums[i] ^ form_salts[i];
#endif
	return form_finish(lanes, len);
}

/* As form_hash_plain. `readable`: bytes from `text` on that may be read, `len` or more. */
BODY_TARGET __attribute__((noinline)) static uint64_t BODY(hash)(const char *text, size_t len, size_t readable)
{
	char copy[BODY_STEP_BYTES];
	BODY(vector) sums[BODY(SUMS)];
	memset(sums, 0, sizeof sums);
	for (size_t at = 0; at < len; at += BODY_STEP_BYTES) {
		const char *from = text + at;
		size_t count = len - at < BODY_STEP_BYTES ? len - at : BODY_STEP_BYTES;
		if (readable - at < BODY_STEP_BYTES) {
			memset(copy, 0, sizeof copy);
			from = memcpy(copy, from, count);
		}
		if (at && at % FORM_BLOCK_BYTES == 0) {
			uint64_t lanes[BODY(SUMS) * BODY_BYTES / 8];
			memcpy(lanes, sums, sizeof lanes);
			for (size_t i = FORM_LANES; i < sizeof lanes / 8; i++) {
				lanes[i - FORM_LANES] += lanes[i];
				lanes[i] = 0;
			}
			form_next_block(lanes);
			memcpy(sums, lanes, sizeof lanes);
		}
		BODY(step)(sums, from, count, at % FORM_BLOCK_BYTES);
	}
	return BODY(finish)(sums, len);
}

BODY_TARGET static uint64_t BODY(form_hash)(const char *text, size_t len) { return BODY(hash)(text, len, len); }

#ifndef BODY_HAS_ENDS
/* Where lines end in `bytes`, from byte `from` on. */
BODY_TARGET static inline size_t BODY(ends)(const char *bytes, size_t from, size_t len, uint32_t *ends)
{
	size_t count = 0;
	for (size_t at = from; at < len && count <= KERNEL_LINES - 64; at += 64) {
		uint64_t found;
		if (len - at >= 64) {
			found = BODY_LINE_ENDS(bytes + at);
		} else {
			char copy[64] = {0};
			memcpy(copy, bytes + at, len - at);
			found = BODY_LINE_ENDS(copy);
		}
		count = put_ends(found, (uint32_t)at, ends, count);
	}
	return count;
}
#endif

/* As lines_plain. */
BODY_TARGET static size_t BODY(lines)(const char *bytes, size_t from, size_t len, uint32_t *ends, uint64_t *forms)
{
	const size_t count = BODY(ends)(bytes, from, len, ends);
	for (size_t i = 0; i < count; i++) {
		const char *text = bytes + from;
		const size_t text_len = ends[i] - from, readable = len - from;
		from = (size_t)ends[i] + 1;
		/* All but the longest, and those at the end. */
		if (text_len <= FORM_BLOCK_BYTES && readable >= FORM_BLOCK_BYTES) {
			BODY(vector) sums[BODY(SUMS)];
			memset(sums, 0, sizeof sums);
			BODY(step)(sums, text, text_len < BODY_STEP_BYTES ? text_len : BODY_STEP_BYTES, 0);
			for (size_t at = BODY_STEP_BYTES; __builtin_expect(at < text_len, 0); at += BODY_STEP_BYTES)
				BODY(step)(sums, text + at, text_len - at < BODY_STEP_BYTES ? text_len - at : BODY_STEP_BYTES, at);
			forms[i] = BODY(finish)(sums, text_len);
		} else {
			forms[i] = BODY(hash)(text, text_len, readable);
		}
	}
	return count;
}

#undef BODY
#undef BODY_TARGET
#undef BODY_BYTES
#undef BODY_STEP_BYTES
#undef BODY_FORM
#undef BODY_MUL
#undef BODY_LINE_ENDS
#undef BODY_HAS_ENDS
