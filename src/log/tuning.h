/* Constants of template mining, with their reasons. Measured on labelled logs of eight systems and on written ones;
 * all may move by a third without changing much, and are kept round. */
#ifndef CTXCUT_LOG_TUNING_H
#define CTXCUT_LOG_TUNING_H

enum {
	/* shape.c */
	SHAPE_LONG_WORD = 16,     /* below, a random string without digits cannot be told from a name */
	SHAPE_RANDOM_EVERY = 6,   /* an odd run of case in so many characters: base62 has one in 4, camel case in 12 */
	SHAPE_GLUED_LETTERS = 4,  /* "5failed" keeps its word, "10ms" and "3rd" do not: units are shorter */

	/* mask.c */
	MASK_HEX_LETTERS = 8,     /* so many letters a to f alone are a number in hex: words end at "effaced" */
	MASK_KEY_MAX = 40,        /* a longer JSON key is an id or a path */
	MASK_LABEL_MAX = 6,       /* of a host's or file's last part: "local", "museum", "java" */
	MASK_ROW = 3,             /* numbers in a row that are a list */
	MASK_AHEAD = 8,           /* times its length a line is searched for closing quotes and brackets, in all */
	MASK_DEPTH = 16,          /* brackets within brackets in which lists are recognised */
	MASK_KEY_BYTES = 4096,    /* scratch on the stack */

	/* miner.c: of limits.shapes and limits.shape_bytes, shapes take this many eighths, then exact masks, then
	 * coarse ones, then first words. A log of random identifiers fills the first part, its few kinds still find
	 * room in the second. */
	MINER_SHAPE_EIGHTHS = 5,
	MINER_EXACT_EIGHTHS = 6,
	MINER_COARSE_EIGHTHS = 7,
	MINER_LENGTH_CLASSES = 16, /* catch-alls, by the logarithm of the token count */
	MINER_TEXT_BYTES = 1024,   /* masked text that stage 2 sees of a longer line */
	MINER_EXAMPLE_BYTES = 512,
	/* A miner in a hurry: of so many lines that are looked up in full tiers, when less than one in FOUND_PART is found in
	 * the finer ones, the next SKIP_FIRST to SKIP_MOST lines are not looked for there. Logs of 120 tools together find two
	 * in three, lines of random words one in a million. */
	MINER_TRIED = 512,
	MINER_FOUND_PART = 16,
	MINER_SKIP_FIRST = 4 * 1024,
	MINER_SKIP_MOST = 64 * 1024,

	/* miner_head.c */
	HEAD_COLUMNS = 14,        /* the longest headers seen have nine */
	HEAD_STAMP_COLUMNS = 3,   /* of the first so many, one has a number: the time */
	HEAD_GROUP_TOKENS = 24,   /* a longer bracket is content */
	HEAD_SHARE_PERCENT = 85,  /* of a format's kinds agree on a column; some lines always lack one */
	HEAD_MIN_KINDS = 5,       /* fewer kinds of line show no format: their common words may be the message */
	HEAD_WORDS = 4,           /* bare words in a row within a header: host, facility, program */

	/* miner_merge.c */
	MERGE_TOKENS = 192,       /* of a longer line the rest is one token */
	MERGE_POSITIONS = 96,     /* where variable words are looked for */
	MERGE_TOTAL_TOKENS = 1 << 19, /* memory for all; kinds past it stay as they are */
	MERGE_TOTAL_WORDS = 1 << 16,  /* distinct ones, likewise */
	MERGE_AFTER_OPENER = 4,   /* words in one place after "for", "user", "=": a variable. Three merge enumerations */
	MERGE_ELSEWHERE = 8,
	MERGE_LONE_FACTOR = 2,    /* so many times more where one constant word remains, not two */
	MERGE_FIRST_CONSTANTS = 4, /* the first word tells kinds apart, unless an identifier or before so many words */
	MERGE_QUOTES = 8,         /* quoted texts looked at in a line */
	MERGE_LIST = 4,           /* lines that differ only in lists of words */
	MERGE_ROUNDS = 4,
	MERGE_CLASS_KINDS = 32,   /* kinds that differ in identifiers only: past this they are one */
	ABSORB_CONSTANTS = 2,     /* words of a pattern that absorbs */
	ABSORB_TOKENS = 2,        /* of another line that one mask may stand for: more takes in what tells kinds apart */
	ABSORB_CANDIDATES = 64,   /* patterns tried per line */
	ABSORB_STEPS = 20 << 20,  /* for all lines: a tenth of a second */
};

#endif
