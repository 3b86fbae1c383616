/* Included once for each instruction set, with
 *   CLASSES(name)      the name of a function of this one
 *   CLASSES_TARGET     attribute that lets the compiler use it
 *   CLASSES_BYTES      in a vector
 *   CLASSES_VECTOR     its type
 *   CLASSES_LOAD(p)
 *   CLASSES_WITHIN(x, from, to), CLASSES_IS(x, c)   the bytes of that range; those equal. Of one type, which | and & join
 *   CLASSES_UNCASED(x) letters in lower case, other bytes anything that is no letter
 *   CLASSES_BITS(hit)  a bit for each byte */
CLASSES_TARGET static inline unsigned CLASSES(of_block)(const char *p, struct class_bits *out)
{
	struct class_bits b = {0};
	uint64_t control = 0, caret = 0, high = 0;
#pragma GCC unroll 4
	for (unsigned i = 0; i < CLASSES_BLOCK; i += CLASSES_BYTES) {
		const CLASSES_VECTOR x = CLASSES_LOAD(p + i), folded = CLASSES_UNCASED(x);
		const CLASSES_HIT digit = CLASSES_WITHIN(x, '0', '9'), word = digit | CLASSES_WITHIN(folded, 'a', 'z');
		const CLASSES_HIT comma = CLASSES_IS(x, ','), around = CLASSES_WITHIN(x, '+', '/'), past = CLASSES_WITHIN(x, 0x80, 0xff);
		const CLASSES_HIT low = CLASSES_WITHIN(x, 0, 0x20) | CLASSES_IS(x, 0x7f), space = CLASSES_IS(x, ' ');
		b.digit |= CLASSES_BITS(digit) << i;
		b.word |= CLASSES_BITS(word) << i;
		b.upper |= CLASSES_BITS(CLASSES_WITHIN(x, 'A', 'Z')) << i;
		b.not_hex |= CLASSES_BITS(CLASSES_WITHIN(folded, 'g', 'z')) << i;
		b.blank |= CLASSES_BITS(low) << i;
		b.space |= CLASSES_BITS(space) << i;
		b.path |= CLASSES_BITS(word | around | CLASSES_WITHIN(x, '$', '%') | CLASSES_IS(x, '_') | CLASSES_IS(x, '~') | CLASSES_IS(x, '@') |
		                       past) << i;
		b.comma |= CLASSES_BITS(comma) << i;
		b.joiner |= CLASSES_BITS(around | CLASSES_IS(x, ':')) << i;
		b.slash |= CLASSES_BITS(CLASSES_IS(x, '/')) << i;
		control |= CLASSES_BITS(CLASSES_IS(x, '\t')) << i;
		caret |= CLASSES_BITS(CLASSES_IS(x, '^'));
		high |= CLASSES_BITS(past);
	}
	control = b.blank & ~b.space & ~control;
	b.path &= ~b.comma;
	*out = b;
	return (control ? CLASS_SEEN_CONTROL : 0) | (high ? CLASS_SEEN_HIGH : 0) | (caret ? CLASS_SEEN_CARET : 0);
}

CLASSES_TARGET static void CLASSES(of)(struct span line, struct classes *out)
{
	unsigned seen = 0;
	size_t k = 0, full = line.len / CLASSES_BLOCK, rest = line.len % CLASSES_BLOCK;
	for (; k < full; k++)
		seen |= CLASSES(of_block)(line.ptr + k * CLASSES_BLOCK, &out->at[k]);
	if (rest) {
		struct class_bits *b = &out->at[k++];
		char last[CLASSES_BLOCK];
		memset(last, ' ', sizeof last);
		memcpy(last, line.ptr + full * CLASSES_BLOCK, rest);
		seen |= CLASSES(of_block)(last, b);
		b->blank &= ~(~UINT64_C(0) << rest);
		b->space &= ~(~UINT64_C(0) << rest);
	}
	out->at[k] = (struct class_bits){0};
	out->blocks = k;
	out->seen = seen;
}

#undef CLASSES
#undef CLASSES_TARGET
#undef CLASSES_BYTES
#undef CLASSES_VECTOR
#undef CLASSES_HIT
#undef CLASSES_LOAD
#undef CLASSES_WITHIN
#undef CLASSES_IS
#undef CLASSES_UNCASED
#undef CLASSES_BITS
