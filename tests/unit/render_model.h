/* Extracts built by hand or by chance, for the tests of the renderers. */
#ifndef TESTS_UNIT_RENDER_MODEL_H
#define TESTS_UNIT_RENDER_MODEL_H

#include "base/arena.h"
#include "base/mem.h"
#include "render/render.h"

#include <stdlib.h>

struct model {
	struct extract x;
	size_t input_cap, piece_cap, line_cap;
	struct arena text;
};

static inline void model_release(struct model *m)
{
	free(m->x.inputs);
	free(m->x.pieces);
	free(m->x.lines);
	arena_release(&m->text);
	*m = (struct model){0};
}

static inline struct extract_input *model_input(struct model *m, const char *name, const char *reference)
{
	MEM_GROW(m->x.inputs, m->input_cap, m->x.input_count + 1);
	struct extract_input *in = &m->x.inputs[m->x.input_count++];
	*in = (struct extract_input){.name = span_of_str(name), .reference = span_of_str(reference)};
	return in;
}

/* Appends a piece of the last input that goes on where the one before it ended. */
static inline struct piece *model_piece(struct model *m, enum piece_kind kind, uint64_t lines)
{
	MEM_GROW(m->x.pieces, m->piece_cap, m->x.piece_count + 1);
	struct extract_input *in = &m->x.inputs[m->x.input_count - 1];
	struct piece *p = &m->x.pieces[m->x.piece_count++];
	*p = (struct piece){.kind = kind, .input = (uint32_t)(m->x.input_count - 1), .first_line = in->lines + 1};
	in->lines += lines;
	p->last_line = in->lines;
	p->line_begin = p->line_end = m->x.line_count;
	return p;
}

/* Appends a line to the last piece when that is one of lines, else begins one. */
static inline struct extract_line *model_line(struct model *m, const char *text, enum line_class class)
{
	struct piece *last = m->x.piece_count ? &m->x.pieces[m->x.piece_count - 1] : NULL;
	struct extract_input *in = &m->x.inputs[m->x.input_count - 1];
	if (last && last->kind == PIECE_LINES && last->input == m->x.input_count - 1) {
		last->last_line++;
		in->lines++;
	} else {
		last = model_piece(m, PIECE_LINES, 1);
	}
	MEM_GROW(m->x.lines, m->line_cap, m->x.line_count + 1);
	struct extract_line *line = &m->x.lines[m->x.line_count++];
	*line = (struct extract_line){.no = last->last_line, .text = arena_dup(&m->text, span_of_str(text)), .class = class};
	last->line_end = m->x.line_count;
	bool error = class == CLASS_ERROR || class == CLASS_FAILURE;
	last->errors += error;
	in->errors += error;
	in->errors_shown += error;
	last->warnings += class == CLASS_WARNING;
	in->warnings += class == CLASS_WARNING;
	in->tokens += 9;
	in->bytes += strlen(text) + 1;
	return line;
}

static inline struct piece *model_gap(struct model *m, uint64_t lines, uint64_t errors, uint64_t warnings,
                                      uint64_t kinds)
{
	struct piece *p = model_piece(m, PIECE_GAP, lines);
	p->errors = errors;
	p->warnings = warnings;
	p->kinds = kinds;
	struct extract_input *in = &m->x.inputs[m->x.input_count - 1];
	in->errors += errors;
	in->warnings += warnings;
	in->tokens += lines * 9;
	return p;
}

/* xorshift64*: the same models on every machine. */
static inline uint64_t chance(uint64_t *state, uint64_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dull >> 33) % below;
}

/* Lines that try to pass for something else, and some that do not. */
static const char *const nasty_lines[] = {
	"",
	" ",
	"\t[",
	"[",
	"]",
	"[2-9|8 lines]",
	"  [2-9|8 lines]",
	"[[2-9|8 lines]]",
	"[[[[2-9|8 lines]]]]",
	"[ctxcut show x:A-B for more|1 line|9→9 tokens]",
	"[INFO] Building",
	"[12:03:04] step",
	"/usr/bin/false",
	"/", /* merges with the newline before it in o200k_base */
	"```",
	"```` text",
	"- 2-9, 8 lines",
	"# ctxcut, 8 lines",
	"12:text",
	"\"quoted\\\"",
	"{\"kind\":\"gap\"}",
	"src/a.c:12:3: error: ‘x’ undeclared",
	"日本語 🙂 …",
	"    at com.example.Main.run(Main.java:42)",
	"×12 like above",
};
enum { NASTY_LINES = sizeof nasty_lines / sizeof nasty_lines[0] };

static const char *const nasty_names[] = {
	"build.log",         "-",    "my log.txt", "it's [here].log", "7",          "2-1870",
	"[2-9|8 lines].log", "a|b",  "$(id)",      "back`tick``s",    "new\nline",  "tab\there",
	"\xff\xfe",          "~/x",  "naïve.log",  "",                "a\"b\\c.log", "make -j2 test",
	"ctxcut",            "#one", "show x",     "x]",              "\033[31mred", ("a\xe2\x80\xae" "b"),
};
enum { NASTY_NAMES = sizeof nasty_names / sizeof nasty_names[0] };

static inline void model_by_chance(struct model *m, uint64_t *state)
{
	size_t inputs = chance(state, 3) == 0 ? 1 + chance(state, 6) : 1;
	for (size_t i = 0; i < inputs; i++) {
		const char *name = nasty_names[chance(state, NASTY_NAMES)];
		struct buf reference = {0};
		if (chance(state, 3))
			buf_addf(&reference, chance(state, 2) ? "%s@3f2a91c4" : "5f00c0de", name);
		struct extract_input *in = model_input(m, name, "");
		in->reference = arena_dup(&m->text, buf_span(&reference));
		buf_release(&reference);
		in->tokens_estimated = chance(state, 4) == 0;
		in->binary = chance(state, 9) == 0;
		in->incomplete = chance(state, 9) == 0;
		if (chance(state, 9) == 0)
			in->decoded_from = SPAN("zstd");
		enum piece_kind last = PIECE_GAP;
		for (size_t k = chance(state, 9); k > 0; k--) {
			uint64_t lines = chance(state, 2) ? 1 + chance(state, 4) : 1 + chance(state, 20000);
			switch (chance(state, 4)) {
			case 0:
				if (m->x.piece_count && last == PIECE_GAP && m->x.inputs[i].lines)
					break; /* two gaps in a row would be one */
				model_gap(m, lines, chance(state, lines + 1), chance(state, 3) % (lines + 1),
				          1 + chance(state, lines))
					->kinds_estimated = chance(state, 5) == 0;
				last = PIECE_GAP;
				break;
			case 1:
				if (last != PIECE_LINES)
					break;
				model_piece(m, PIECE_FOLD, lines)->varied = chance(state, 2) ? SPAN("10.0.0.1 … ]]|`x`") : SPAN("");
				last = PIECE_FOLD;
				break;
			default:
				for (size_t n = 1 + chance(state, 5); n > 0; n--)
					model_line(m, nasty_lines[chance(state, NASTY_LINES)], (enum line_class)chance(state, 9));
				last = PIECE_LINES;
			}
		}
		m->x.inputs[i].error_kinds = m->x.inputs[i].errors ? 1 + m->x.inputs[i].errors / 3 : 0;
	}
	m->x.status_known = chance(state, 2);
	if (m->x.status_known && chance(state, 3) == 0)
		m->x.term_signal = 9;
	m->x.exit_status = m->x.term_signal ? 137 : (int)chance(state, 3);
	m->x.redactions = chance(state, 5) == 0 ? 2 : 0;
}

#endif
