/* Forms of native crashes: sanitizers, valgrind, gdb and lldb, glibc's aborts, the kernel's oopses, crash reports. */
#include "log/trace_form.h"

#define STARTS(s, literal) span_starts((s), SPAN(literal))

static size_t hex_at(struct span s)
{
	size_t n = 2;
	if (!STARTS(s, "0x"))
		return 0;
	while (n < s.len && trace_hex(s.ptr[n]))
		n++;
	return n > 2 ? n : 0;
}

/* What the last round brackets at the end of s hold, without "in "; empty when there are none. */
static struct span last_brackets(struct span s)
{
	if (s.len == 0 || s.ptr[s.len - 1] != ')')
		return span_of(s.ptr, 0);
	size_t open = s.len - 1;
	while (open > 0 && s.ptr[open] != '(')
		open--;
	struct span inside = span_of(s.ptr + open + 1, s.len - open - 2);
	return STARTS(inside, "in ") ? span_from(inside, 3) : inside;
}

/* Own or foreign by what follows the address: "in f(int) /src/a.c:12:3", "f (x=1) at a.c:12", valgrind's "f (a.c:12)",
 * "f (in /lib/x.so)", "f (/lib/x.so+0x1)", gdb's "f () from /lib/x.so". */
static bool is_foreign(struct span s)
{
	if (STARTS(s, "in "))
		s = span_from(s, 3);
	if (trace_foreign_symbol(LANG_NATIVE, s))
		return true;
	struct span inside = last_brackets(s), path = trace_place_at_end(s);
	if (path.len == 0)
		path = trace_place_at_end(inside);
	if (path.len) {
		size_t start = path.len;
		while (start > 0 && path.ptr[start - 1] != ' ' && path.ptr[start - 1] != '(')
			start--;
		return trace_foreign_path(LANG_NATIVE, span_from(path, start));
	}
	if (trace_foreign_word(s))
		return true;
	size_t from = span_find(s, SPAN(" from "));
	struct span module = from != SIZE_MAX ? span_from(s, from + 6) : inside;
	return trace_foreign_path(LANG_NATIVE, module) || trace_has(module, SPAN(".so"));
}

/* "#3 0x4a in f /src/a.c:12:3", "#1  f (x=1) at a.c:12", ThreadSanitizer's "#0 f a.c:12 (prog+0x1)" */
static bool form_numbered(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	size_t d = trace_digits(s, 1);
	struct span rest = span_from(s, 1 + d);
	if (d == 0 || d > 4 || rest.len < 3 || rest.ptr[0] != ' ')
		return false;
	rest = trace_skip_blanks(rest);
	size_t hex = hex_at(rest);
	if (hex > 2) {
		rest = trace_skip_blanks(span_from(rest, hex));
	} else {
		size_t at = span_find(rest, SPAN(" at "));
		bool gdb =
			at != SIZE_MAX && trace_has(span_head(rest, at), SPAN(" (")) && trace_place_at_end(rest).len;
		bool tsan = indent > 0 && rest.ptr[rest.len - 1] == ')' && trace_has(rest, SPAN("+0x"));
		if (!gdb && !tsan && !(t->language == LANG_NATIVE && indent > 0 && trace_place_at_end(rest).len))
			return false;
	}
	return trace_frame(out, LANG_NATIVE, is_foreign(rest), AFTER_FRAMES);
}

/* "==12==ERROR: AddressSanitizer: …", "==12==    at 0x4A: f (a.c:12)" */
static bool form_pid(const struct trace *t, struct span s, struct trace_form *out)
{
	size_t d = trace_digits(s, 2);
	struct span rest = span_from(s, 2 + d);
	bool open = t->language == LANG_NATIVE && t->state != AFTER_END;
	if (d == 0 || !STARTS(rest, "=="))
		return false;
	rest = trace_skip_blanks(span_from(rest, 2));
	if (rest.len == 0 || STARTS(rest, "ABORTING"))
		return open && trace_line(out, TRACE_MORE, LANG_NATIVE, AFTER_FRAMES);
	if (STARTS(rest, "at 0x") || STARTS(rest, "by 0x")) {
		size_t colon = span_find(rest, SPAN(": "));
		struct span symbol = colon == SIZE_MAX ? rest : span_from(rest, colon + 2);
		return trace_frame(out, LANG_NATIVE, is_foreign(symbol), AFTER_FRAMES);
	}
	static const char *const heads[] = {
		"ERROR: ",
		"WARNING: ",
		"Invalid ",
		"Conditional jump",
		"Use of uninit",
		"Process terminating",
		"Syscall param",
		"Mismatched free",
		"Jump to the invalid",
		"Source and destination overlap",
		"Argument ",
	};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		if (span_starts(rest, span_of_str(heads[i])))
			return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	}
	if (trace_digit(rest.ptr[0]) && trace_has(rest, SPAN(" lost in loss record ")))
		return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	return open &&
	       trace_line(out, STARTS(rest, "Address ") ? TRACE_MESSAGE : TRACE_MORE, LANG_NATIVE, AFTER_FRAMES);
}

/* Crash reports: "3   MyApp   0x0000000100003f00 main + 32" */
static bool form_crash_report(struct span s, struct trace_form *out)
{
	size_t d = trace_digits(s, 0);
	struct span image = trace_skip_blanks(span_from(s, d));
	if (d == 0 || d > 4 || image.len < 10 || span_from(s, d).ptr == image.ptr)
		return false;
	const char *at = memmem(image.ptr, image.len, " 0x", 3);
	if (!at || hex_at(span_from(image, (size_t)(at - image.ptr) + 1)) < 10)
		return false;
	static const char *const system[] = {
		"lib",	  "Core",	"Foundation",	    "UIKit", "AppKit", "XCT",		"dyld", "CF",
		"xctest", "QuartzCore", "GraphicsServices", "Swift", "XCTest", "JavaScriptCore"};
	bool foreign = trace_letter(image.ptr[0]) && *at == '?';
	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		foreign |= span_starts(image, span_of_str(system[i]));
	return trace_frame(out, LANG_NATIVE, foreign, AFTER_FRAMES);
}

/* Kernel and backtrace_symbols: "f+0x12/0x34", "[<ffffffff8100>] ? f+0x12/0x34 [mod]", "prog(f+0x1) [0x4a]" */
static bool form_symbol_offset(const struct trace *t, struct span s, struct trace_form *out)
{
	const char *sign = memchr(s.ptr, '+', s.len);
	size_t plus = sign ? span_find(span_from(s, (size_t)(sign - s.ptr)), SPAN("+0x")) : SIZE_MAX;
	if (plus == SIZE_MAX)
		return false;
	plus += (size_t)(sign - s.ptr);
	if (plus == 0)
		return false;
	struct span rest = span_from(s, plus + 1);
	size_t hex = hex_at(rest);
	struct span behind = span_from(rest, hex);
	if (STARTS(behind, "/0x") && hex_at(span_from(behind, 1))) {
		size_t start = plus;
		while (start > 0 && s.ptr[start - 1] != ' ')
			start--;
		bool alone = start == 0 || (s.ptr[0] == '[' && s.ptr[1] == '<') || STARTS(s, "? ") ||
			     (t->language == LANG_NATIVE && t->state != AFTER_END);
		return alone && trace_frame(out, LANG_NATIVE, false, AFTER_FRAMES);
	}
	if ((STARTS(behind, ")[0x") || STARTS(behind, ") [0x")) && s.ptr[s.len - 1] == ']')
		return trace_frame(out, LANG_NATIVE, trace_foreign_path(LANG_NATIVE, s) ||
				   trace_has(span_head(s, plus), SPAN(".so")), AFTER_FRAMES);
	return false;
}

static bool form_star(struct span s, struct trace_form *out)
{
	static const char *const heads[] = {"*** Error in",
					    "*** stack smashing",
					    "*** glibc detected",
					    "*** buffer overflow",
					    "*** Terminating app",
					    "*** Aborted at",
					    "*** SIG"};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		if (span_starts(s, span_of_str(heads[i])))
			return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	}
	return STARTS(s, "*** First throw call stack") && trace_line(out, TRACE_MORE, LANG_NATIVE, AFTER_FRAMES);
}

/* Lines that belong to a sanitizer's report, only within one. */
static bool form_report(struct span s, struct trace_form *out)
{
	static const char *const messages[] = {
		"READ of size",
		"WRITE of size",
		"0x",
		"freed by thread",
		"previously allocated by",
		"allocated by thread",
		"SUMMARY: ",
		"Write of size",
		"Read of size",
		"Previous write",
		"Previous read",
		"Location is",
		"Mutex ",
		"Thread T",
		"Memory was marked",
		"Uninitialized value was",
		"Direct leak",
		"Indirect leak",
		"Address 0x",
		"This frame has",
		"is located",
		"what():",
		"reason:",
		"As if synchronized",
		"HINT: ",
		"DEDUP",
		"MS: ",
		"Hint: ",
		"The signal is",
	};
	size_t hex = hex_at(s); /* shadow bytes: "0x0c04: fa fa" */
	if (hex > 0 && hex < s.len && s.ptr[hex] == ':')
		return trace_line(out, TRACE_MORE, LANG_NATIVE, AFTER_FRAMES);
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		if (messages[i][0] == s.ptr[0] && span_starts(s, span_of_str(messages[i])))
			return trace_line(out, TRACE_MESSAGE, LANG_NATIVE, AFTER_FRAMES);
	}
	static const char *const more[] = {
		"Shadow byte",
		"Shadow bytes",
		"=>0x",
		"Addressable:",
		"Partially addr",
		"Heap left",
		"Freed heap",
		"Stack ",
		"Global ",
		"Poisoned",
		"Container overflow",
		"Array cookie",
		"Intra object",
		"ASan internal",
		"Left alloca",
		"Right alloca",
		"After return",
		"Use after",
		"User poisoned",
		"======",
		"RIP: ",
		"RSP: ",
		"RAX: ",
		"RDX: ",
		"RBP: ",
		"R10: ",
		"R13: ",
		"FS: ",
		"CS: ",
		"CR2: ",
		"Code: ",
		"Modules linked",
		"CPU: ",
		"Hardware name",
		"DR0: ",
		"Call Trace",
		"<TASK>",
		"</TASK>",
	};
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		if (more[i][0] == s.ptr[0] && span_starts(s, span_of_str(more[i])))
			return trace_line(out, TRACE_MORE, LANG_NATIVE, AFTER_FRAMES);
	}
	/* A memory map: "7f00-7f01 r-xp …" */
	size_t n = 0;
	while (n < s.len && trace_hex(s.ptr[n]))
		n++;
	if (n >= 6 && n < s.len && s.ptr[n] == '-') {
		size_t m = n + 1;
		while (m < s.len && trace_hex(s.ptr[m]))
			m++;
		if (m - n > 6 && m + 2 < s.len && s.ptr[m] == ' ' && (s.ptr[m + 1] == 'r' || s.ptr[m + 1] == '-'))
			return trace_line(out, TRACE_MORE, LANG_NATIVE, AFTER_FRAMES);
	}
	return false;
}

static bool form_head(struct span s, unsigned indent, struct trace_form *out)
{
	static const char *const heads[] = {
		"terminate called ",
		"libc++abi",
		"WARNING: ThreadSanitizer: ",
		"ERROR: LeakSanitizer",
		"Direct leak of ",
		"Indirect leak of ",
		"BUG: ",
		"Call Trace:",
		"Oops: ",
		"kernel BUG at ",
		"Kernel panic - ",
		"general protection fault",
		"Program received signal ",
		"Thread 1 \"",
		"Assertion failed: ",
		"UndefinedBehaviorSanitizer",
		"double free or corruption",
		"free(): ",
		"malloc(): ",
		"munmap_chunk(): ",
		"corrupted size vs",
		"AddressSanitizer:",
	};
	static const char firsts[] = "tlWEDIBCOKgPTAUdfmc"; /* theirs */
	if (!memchr(firsts, s.ptr[0], sizeof firsts - 1))
		return false;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		if (heads[i][0] == s.ptr[0] && span_starts(s, span_of_str(heads[i])))
			return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	}
	if (indent == 0 && STARTS(s, "Thread ") && trace_digits(s, 7) &&
	    (trace_has(s, SPAN(" Crashed:")) || trace_has(s, SPAN(" (LWP "))))
		return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	return false;
}

bool trace_form_native(const struct trace *t, struct span s, unsigned indent, struct trace_signs signs, struct trace_form *out)
{
	char c = s.ptr[0];
	bool open = t->language == LANG_NATIVE && t->state != AFTER_END;
	if (c == '#' && s.len > 4)
		return form_numbered(t, s, indent, out);
	if (c == '=' && s.len > 4 && s.ptr[1] == '=' && form_pid(t, s, out))
		return true;
	if (c == '*')
		return form_star(s, out);
	if (trace_digit(c) && form_crash_report(s, out))
		return true;
	if (signs.plus && form_symbol_offset(t, s, out))
		return true;
	if (trace_letter(c) && form_head(s, indent, out))
		return true;
	if (open && form_report(s, out))
		return true;
	if (indent > 0 || !signs.colon)
		return false;
	const char *mark = memchr(s.ptr, ':', s.len); /* the first with a blank behind it */
	while (mark && mark + 1 < s.ptr + s.len && mark[1] != ' ')
		mark = memchr(mark + 1, ':', (size_t)(s.ptr + s.len - mark - 1));
	if (!mark || mark + 2 >= s.ptr + s.len)
		return false;
	size_t colon = (size_t)(mark - s.ptr);
	struct span rest = span_from(s, colon + 2);
	if (STARTS(rest, "runtime error: ") && trace_place_at_end(span_head(s, colon)).len) /* UBSan */
		return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	if (STARTS(rest, "line ")) { /* a shell's: "build.sh: line 12: message" */
		size_t d = trace_digits(rest, 5);
		return d && !memchr(s.ptr, ' ', colon) && STARTS(span_from(rest, 5 + d), ": ") &&
		       trace_line(out, TRACE_HEAD, LANG_NONE, AFTER_END);
	}
	if (s.ptr[s.len - 1] == '.' && span_ends(s, SPAN("' failed.")) && trace_has(s, SPAN(": Assertion `")))
		return trace_line(out, TRACE_HEAD, LANG_NATIVE, AFTER_FRAMES);
	return false;
}
