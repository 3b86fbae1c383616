/* Included once for each instruction set, with
 *   CLASSES(name)        the name of a function of this one
 *   CLASSES_TARGET       attribute that lets the compiler use it
 *   CLASSES_BYTES        in a vector
 *   CLASSES_VECTOR       its type
 *   CLASSES_LOAD(p)
 *   CLASSES_KINDS(x)     of each byte, what low_kinds and high_kinds have in common for its halves; 0 past ASCII
 *   CLASSES_IS(x, c)     all ones where it is that byte
 *   CLASSES_UP(x, n)     bit n of each byte as its top bit, the others anything
 *   CLASSES_TOPS(x)      the top bits, as a bitmap: costs most, so what can be joined is joined before */
CLASSES_TARGET static inline unsigned CLASSES(of_block)(const char *p, struct class_bits *out)
{
	struct class_bits b = {0};
	CLASSES_VECTOR any = CLASSES_LOAD(p), controls = any ^ any, carets = controls;
#pragma GCC unroll 4
	for (unsigned i = 0; i < CLASSES_BLOCK; i += CLASSES_BYTES) {
		const CLASSES_VECTOR x = CLASSES_LOAD(p + i), kinds = CLASSES_KINDS(x);
		const CLASSES_VECTOR digit = CLASSES_UP(kinds, KIND_DIGIT), late = CLASSES_UP(kinds, KIND_LETTER_FROM_P);
		const CLASSES_VECTOR letter = CLASSES_UP(kinds, KIND_LETTER_TO_O) | late, around = CLASSES_UP(kinds, KIND_AROUND);
		const CLASSES_VECTOR comma = CLASSES_IS(x, ','), control = CLASSES_UP(kinds, KIND_CONTROL) | CLASSES_IS(x, 0x7f);
		const CLASSES_VECTOR sign = CLASSES_UP(kinds, KIND_DOLLAR) | CLASSES_IS(x, '_') | CLASSES_IS(x, '~') | CLASSES_IS(x, '@');
		any |= x;
		controls |= control & ~CLASSES_IS(x, '\t');
		carets |= CLASSES_IS(x, '^');
		b.digit |= CLASSES_TOPS(digit) << i;
		b.upper |= CLASSES_TOPS(letter & ~CLASSES_UP(x, 5)) << i;
		b.word |= CLASSES_TOPS(digit | letter) << i;
		b.not_hex |= CLASSES_TOPS(late | CLASSES_UP(kinds, KIND_LETTER_G_TO_O)) << i;
		b.odd_blank |= CLASSES_TOPS(control) << i;
		b.blank |= CLASSES_TOPS(CLASSES_IS(x, ' ')) << i;
		b.path |= CLASSES_TOPS(digit | letter | sign | (around & ~comma) | x) << i;
		b.comma |= CLASSES_TOPS(comma) << i;
		b.joiner |= CLASSES_TOPS(around | CLASSES_IS(x, ':')) << i;
		b.slash |= CLASSES_TOPS(CLASSES_IS(x, '/')) << i;
	}
	b.blank |= b.odd_blank;
	*out = b;
	return (CLASSES_TOPS(controls) ? CLASS_SEEN_CONTROL : 0) | (CLASSES_TOPS(any) ? CLASS_SEEN_HIGH : 0) |
	       (CLASSES_TOPS(carets) ? CLASS_SEEN_CARET : 0);
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
	}
	out->at[k] = (struct class_bits){0};
	out->blocks = k;
	out->seen = seen;
}

#undef CLASSES
#undef CLASSES_TARGET
#undef CLASSES_BYTES
#undef CLASSES_VECTOR
#undef CLASSES_LOAD
#undef CLASSES_IS
#undef CLASSES_KINDS
#undef CLASSES_UP
#undef CLASSES_TOPS
