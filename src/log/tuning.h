/* Constants of template mining, with their reasons. Measured on labelled logs of eight systems and on written ones; all may
 * move by a third without changing much, and are kept round. */
#ifndef CTXCUT_LOG_TUNING_H
#define CTXCUT_LOG_TUNING_H

enum {
	/* shape.c */
	SHAPE_LONG_WORD = 16,     /* below, a random string without digits cannot be told from a name */
	SHAPE_RANDOM_EVERY = 6,   /* one odd run of case in so many characters: base62 has one in 4, camel case one in 12 or more */
	SHAPE_GLUED_LETTERS = 4,  /* "5failed" keeps its word, "10ms" and "3rd" do not: units are shorter */

	/* mask.c */
	MASK_HEX_LETTERS = 8,     /* so many letters a to f and no other: a number in hex; "effaced" is the longest word or so */
	MASK_KEY_MAX = 40,        /* a longer JSON key is an id or a path */
	MASK_DEPTH = 16,          /* brackets within brackets in which lists are recognised */
	MASK_KEY_BYTES = 4096,    /* scratch on the stack */

	/* miner.c: of limits.shapes and limits.shape_bytes, shapes take this many eighths, then exact masks, then coarse ones, then
	 * first words. A log of random identifiers fills the first part, its few kinds still find room in the second. */
	MINER_SHAPE_EIGHTHS = 5,
	MINER_EXACT_EIGHTHS = 6,
	MINER_COARSE_EIGHTHS = 7,
	MINER_LENGTH_CLASSES = 16, /* catch-alls, by the logarithm of the token count */
	MINER_TEXT_BYTES = 1024,   /* masked text that stage 2 sees of a longer line */
	MINER_EXAMPLE_BYTES = 512,
};

#endif
