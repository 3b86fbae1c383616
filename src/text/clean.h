/* Cleaning a line for print and for judgement (promises P1 and P9).
 *
 * The cleaned form is valid UTF-8 without control characters (tab stays):
 * - Escape sequences (CSI, OSC, DCS, SOS, PM, APC, titles, charset selection; 8-bit C1 introducers in their UTF-8
 *   form) are dropped. One may take at most 128 bytes (CSI) or 2 KiB (the strings) with it: one that does not end
 *   within that, or meets another control first, loses only its introducer, so that it cannot hide the rest of a
 *   line.
 * - A backspace goes back and what follows overwrites, as on a terminal; an underline leaves the character.
 * - CRs at either end go, a run of them inside becomes one space.
 * - Other C0, DEL and C1 controls and each maximal invalid part of UTF-8 become U+FFFD.
 * - Hidden Unicode (bidi controls and isolates, zero-width space, word joiner, BOM, tag characters, interlinear
 *   annotation, line and paragraph separators) becomes U+FFFD. Zero-width (non-)joiner and variation selectors stay,
 *   for scripts and emoji need them; in a run of these all but the first (or selector and joiner) become U+FFFD, for
 *   only hidden data does.
 * Cleaning cleaned text changes nothing. */
#ifndef CTXCUT_TEXT_CLEAN_H
#define CTXCUT_TEXT_CLEAN_H

#include "base/buf.h"
#include "base/span.h"

/* True when cleaning would change nothing: the common case, decided fast. */
bool clean_is_clean(struct span line);

/* Appends the cleaned form of one line (no newline inside). */
void clean_line(struct buf *out, struct span line);

/* For a line that is too long to be held: where to cut `part`, which has more of the line behind it, so that its pieces,
 * each cleaned by itself, together make the cleaned line. 0 when there is no such place. (A backspace does not go back
 * over a cut.) */
size_t clean_cut(struct span part);

/* The cleaned form: the line itself when it is clean, else what `scratch` (cleared first) then holds. Borrowed. */
struct span clean_view(struct span line, struct buf *scratch);

/* For judgement only, never for print: as clean_view, but of a line with CRs inside only the last non-blank segment
 * remains when the line is longer than 300 bytes (a progress bar overwrites itself). */
struct span clean_judged(struct span line, struct buf *scratch);

#endif
