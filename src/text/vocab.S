/* Embeds the tables that data/make_vocab.c wrote; the folder they are in is on the search path. */
#if defined(__APPLE__)
#define NAME(x) _##x
	.const_data
#else
#define NAME(x) x
	.section .rodata
#endif

	.globl NAME(vocab_o200k)
	.globl NAME(vocab_cl100k)
#if !defined(__APPLE__)
	.hidden vocab_o200k
	.hidden vocab_cl100k
#endif
	.p2align 12
NAME(vocab_o200k):
	.incbin "o200k_base.table"
	.p2align 12
NAME(vocab_cl100k):
	.incbin "cl100k_base.table"

#if defined(__linux__) && defined(__ELF__)
	.section .note.GNU-stack,"",%progbits
#endif
