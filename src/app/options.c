#include "app/options.h"

#include "app/commands.h"

#include <limits.h>
#include <string.h>

#define ON(command) (1u << COMMAND_##command)
#define EVERYWHERE ((1u << COMMAND_COUNT) - 1)
#define REDUCING (ON(REDUCE) | ON(RUN))
#define STORED (REDUCING | ON(SHOW) | ON(CHECK))
#define COUNTING (REDUCING | ON(TOKENS) | ON(BENCH) | ON(MANIFEST) | ON(SLICE))
#define MEASURED (REDUCING | ON(BENCH))

/* clang-format off */
const struct option_row option_rows[] = {
	/* What is kept. */
	{.id = OPT_BUDGET, .commands = REDUCING | ON(FILTERS) | ON(MANIFEST), .letter = 'b', .name = "budget", .metavar = "N", .kind = VALUE_BUDGET,
	 .min = 100, .max = 100000000, .setting = "budget",
	 .help = "Print at most N tokens, ctxcut's own marks included; N is at least 100. The word none lifts the limit. "
		 "Default: 4000."},
	{.id = OPT_BUDGET, .commands = ON(SLICE), .letter = 'b', .name = "budget", .metavar = "N", .kind = VALUE_BUDGET,
	 .min = 100, .max = 100000000, .setting = "budget",
	 .help = "Print at most N tokens, marks included; N is at least 100. What has no room is cut or only named. The word none "
		 "lifts the limit. Default: 4000."},
	{.id = OPT_PASS_BUDGET, .commands = ON(RUN), .letter = 'p', .name = "pass-budget", .metavar = "N",
	 .kind = VALUE_BUDGET, .min = 100, .max = 100000000, .setting = "pass-budget",
	 .help = "What the output of a command that succeeds is cut to when it does not fit into the budget whole. The word "
		 "none: no less than the budget. Default: 500, and none when --budget is given."},
	{.id = OPT_BUDGETS, .commands = ON(BENCH), .letter = 'b', .name = "budgets", .metavar = "N,...", .kind = VALUE_TEXT,
	 .help = "Measure at each of these budgets, in tokens from 100 on. Default: 4000, and 500,1000,2000,4000,8000 for html."},
	{.id = OPT_QUERY, .commands = MEASURED, .letter = 'q', .name = "query", .metavar = "WORDS", .kind = VALUE_TEXT,
	 .setting = "query",
	 .help = "Lines that match WORDS weigh more. /REGEX/ is a PCRE2 pattern. May be given more than once."},
	{.id = OPT_QUERY, .commands = ON(MANIFEST), .letter = 'q', .name = "query", .metavar = "WORDS", .kind = VALUE_TEXT,
	 .help = "Rank by WORDS: what they name comes first. - reads them from standard input: the text of an issue, say. May be "
		 "given more than once."},
	{.id = OPT_QUERY, .commands = ON(SLICE), .letter = 'q', .name = "query", .metavar = "WORDS", .kind = VALUE_TEXT,
	 .setting = "query",
	 .help = "Look for these words, even where a definition, a file or a folder has that name."},
	{.id = OPT_CALLERS, .commands = ON(SLICE), .letter = 'c', .name = "callers", .setting = "callers", .implies = "yes",
	 .help = "Also show who calls what was found, each around the calling line, then who only names it. By name alone: what "
		 "else has that name counts too."},
	{.id = OPT_TESTS, .commands = ON(SLICE), .letter = 't', .name = "tests", .setting = "tests", .implies = "yes",
	 .help = "Also show the tests that name what was found, each around that line."},
	{.id = OPT_IMPORTS, .commands = ON(SLICE), .letter = 'i', .name = "imports", .setting = "imports", .implies = "yes",
	 .help = "Also name the files that the file of what was found imports, and say what it imports from outside the tree."},
	/* Which files of a tree. */
	{.id = OPT_IGNORE, .commands = ON(MANIFEST) | ON(SLICE), .name = "no-ignore", .setting = "ignore", .implies = "no",
	 .help = "Also what git's ignore rules leave out."},
	{.id = OPT_HIDDEN, .commands = ON(MANIFEST) | ON(SLICE), .name = "hidden", .setting = "hidden", .implies = "yes",
	 .help = "Outside a git repository: also files and folders whose names begin with a dot. Inside one they come as git lists them."},
	{.id = OPT_GLOB, .commands = ON(MANIFEST) | ON(SLICE), .letter = 'g', .name = "glob", .metavar = "GLOB",
	 .kind = VALUE_TEXT, .setting = "glob",
	 .help = "Only files that match GLOB, written as in .gitignore; !GLOB leaves out. May be given more than once."},
	{.id = OPT_LANG, .commands = ON(MANIFEST), .letter = 'l', .name = "lang", .metavar = "NAME", .kind = VALUE_TEXT,
	 .setting = "lang", .help = "Only files of this language. May be given more than once."},
	{.id = OPT_CHANGED, .commands = ON(MANIFEST), .name = "changed", .metavar = "REV", .kind = VALUE_TEXT, .setting = "changed",
	 .help = "Only files that differ from this revision of git, HEAD say; new files count."},
	{.id = OPT_CHECK, .commands = ON(MANIFEST), .name = "check",
	 .help = "Print no manifest: the first PATH is one, written before as JSON, text or Markdown; list its references that moved, "
		 "changed or vanished. With --update FILE: that of FILE, and whether --update would change it. Nothing is written. "
		 "The exit status is 1 when there is something to list."},
	{.id = OPT_UPDATE, .commands = ON(MANIFEST), .letter = 'u', .name = "update", .metavar = "FILE", .kind = VALUE_FILE,
	 .help = "Write the manifest between the two marker lines of FILE (AGENTS.md, say), at its end when it has none, and touch "
		 "nothing else."},
	{.id = OPT_BASELINE, .commands = REDUCING, .name = "baseline", .metavar = "FILE", .kind = VALUE_FILE,
	 .help = "Compare with the log of a good run: what it says too weighs little, what it lacks weighs more."},
	{.id = OPT_LEVEL, .commands = REDUCING, .name = "level", .metavar = "LEVEL", .kind = VALUE_OFFERED,
	 .choices = "trace|debug|info|notice|warning|error|critical", .setting = "level",
	 .help = "Consider only lines of this level and worse."},
	{.id = OPT_SINCE, .commands = REDUCING, .name = "since", .metavar = "TIME", .kind = VALUE_TEXT, .setting = "since",
	 .help = "Consider only lines stamped at TIME or later, for example 2026-01-31T09:30 or 09:30."},
	{.id = OPT_UNTIL, .commands = REDUCING, .name = "until", .metavar = "TIME", .kind = VALUE_TEXT, .setting = "until",
	 .help = "Consider only lines stamped at TIME or earlier."},
	{.id = OPT_EXIT_STATUS, .commands = ON(REDUCE), .name = "exit-status", .metavar = "N", .kind = VALUE_NUMBER,
	 .min = 0, .max = 255, .setting = "exit-status",
	 .help = "Say that the command that wrote the input ended with status N. Without it the status is unknown."},
	{.id = OPT_SOURCE, .commands = REDUCING, .letter = 's', .name = "source", .metavar = "DIR", .kind = VALUE_FOLDER,
	 .setting = "source",
	 .help = "Look up the places that printed lines name (PATH:LINE) in this source tree: behind the line stands a reference to the "
		 "definition around it, each definition once. The budget holds them too."},
	{.id = OPT_CI, .commands = MEASURED, .name = "no-ci", .setting = "ci", .implies = "no",
	 .help = "Ignore the rules that know what a CI system prints."},
	{.id = OPT_FILTER, .commands = MEASURED | ON(FILTERS), .letter = 'F', .name = "filter", .metavar = "NAME", .kind = VALUE_TEXT,
	 .setting = "filter",
	 .help = "Use this filter from the first line to the last, whatever the lines say. NAME is one of ctxcut filters list, or "
		 "the path of a filter file. May be given more than once."},
	{.id = OPT_FILTERS, .commands = MEASURED | ON(FILTERS), .name = "no-filters", .setting = "filters", .implies = "no",
	 .help = "Use no filters: only the general rules."},
	/* What is measured. */
	{.id = OPT_LABELS, .commands = ON(BENCH), .letter = 'l', .name = "labels", .metavar = "FILE", .kind = VALUE_FILE,
	 .help = "Measure how many of the lines that FILE names survive: JSON such as {\"build.log\": [[12, 15], 40]}, names from "
		 "its folder on. A labels.json beside a log is used unasked."},
	{.id = OPT_MUST, .commands = ON(BENCH), .letter = 'm', .name = "must", .metavar = "PATTERN", .kind = VALUE_TEXT,
	 .help = "Measure how many of the lines that match this PCRE2 pattern survive."},
	{.id = OPT_LOST, .commands = ON(BENCH), .name = "lost", .metavar = "N", .kind = VALUE_NUMBER, .min = 0, .max = 1000000,
	 .help = "Also print the first N labelled lines of each log that did not survive. Default: 0, "
		 "in HTML 10."},
	{.id = OPT_AGAINST, .commands = ON(BENCH), .letter = 'a', .name = "against", .metavar = "CMD", .kind = VALUE_TEXT,
	 .help = "Also measure this command: {file} stands for the log, {budget} for the tokens that ctxcut printed. Its standard "
		 "input is the decoded log. It runs without a shell unless it needs one. May be given more than once."},
	{.id = OPT_TIMEOUT, .commands = ON(BENCH), .letter = 't', .name = "timeout", .metavar = "SECONDS", .kind = VALUE_NUMBER,
	 .min = 1, .max = 100000000,
	 .help = "End a command of --against that runs longer on one log; there it has failed then, and after the third time it "
		 "does not run again. Default: 60."},
	/* How the command runs. */
	{.id = OPT_TIMEOUT, .commands = ON(RUN), .letter = 't', .name = "timeout", .metavar = "SECONDS",
	 .kind = VALUE_NUMBER, .min = 1, .max = 100000000,
	 .help = "End a command that runs longer: SIGTERM, and SIGKILL 5 seconds later. The exit status is then 124."},
	{.id = OPT_LIVE, .commands = ON(RUN), .letter = 'l', .name = "live",
	 .help = "Also copy what the command prints to standard error, as it comes. What fits the budget whole is not printed again "
		 "on the same terminal."},
	{.id = OPT_PTY, .commands = ON(RUN), .name = "pty",
	 .help = "Run the command on a terminal of its own, for programs that print less or later into a pipe."},
	{.id = OPT_STREAMS, .commands = ON(RUN), .name = "streams", .metavar = "HOW", .kind = VALUE_CHOICE,
	 .choices = "merged|apart",
	 .help = "merged: standard output and error are one input, in the order in which they came. apart: they are two inputs, "
		 "each with its reference; how they interleaved is lost. Default: merged."},
	/* How it is printed. */
	{.id = OPT_ENCODING, .commands = COUNTING, .letter = 'e', .name = "encoding", .metavar = "NAME",
	 .kind = VALUE_CHOICE, .choices = "o200k_base|cl100k_base|claude", .setting = "encoding",
	 .help = "Count tokens in this vocabulary. claude is an estimate, marked as one. Default: o200k_base."},
	{.id = OPT_FORMAT, .commands = REDUCING | ON(SLICE), .letter = 'f', .name = "format", .metavar = "FORMAT", .kind = VALUE_CHOICE,
	 .choices = "text|json|markdown", .setting = "format", .help = "Print in this form. Default: text."},
	{.id = OPT_FORMAT, .commands = ON(TOKENS) | ON(TEMPLATES), .letter = 'f', .name = "format", .metavar = "FORMAT",
	 .kind = VALUE_CHOICE, .choices = "text|json",
	 .help = "Print in this form; json is one object per line. Default: text."},
	{.id = OPT_FORMAT, .commands = ON(BENCH), .letter = 'f', .name = "format", .metavar = "FORMAT", .kind = VALUE_CHOICE,
	 .choices = "table|json|csv|html",
	 .help = "Print in this form; html is one page with charts. Default: as the name after --output ends, else table."},
	{.id = OPT_FORMAT, .commands = ON(MANIFEST), .letter = 'f', .name = "format", .metavar = "FORMAT", .kind = VALUE_CHOICE,
	 .choices = "text|json|ctags|markdown", .setting = "format",
	 .help = "Print in this form: text and markdown within the budget; json (one object per line) and ctags (for editors) "
		 "whole. Default: text."},
	{.id = OPT_FORMAT, .commands = REDUCING | ON(SLICE) | ON(TOKENS) | ON(TEMPLATES) | ON(BENCH) | ON(MANIFEST), .letter = 'j',
	 .name = "json", .setting = "format", .implies = "json", .help = "The same as --format json."},
	{.id = OPT_IDS, .commands = ON(TEMPLATES), .name = "ids",
	 .help = "Print, for each line of the input, the id of its kind."},
	{.id = OPT_GREP, .commands = ON(SHOW), .letter = 'g', .name = "grep", .metavar = "PATTERN", .kind = VALUE_TEXT,
	 .help = "Show only the lines that match this PCRE2 pattern."},
	{.id = OPT_AROUND, .commands = ON(SHOW), .letter = 'a', .name = "around", .metavar = "LINE", .kind = VALUE_NUMBER,
	 .min = 1, .max = ULLONG_MAX, .help = "Show the lines around this line of each reference."},
	{.id = OPT_CONTEXT, .commands = ON(SHOW), .letter = 'C', .name = "context", .metavar = "N", .kind = VALUE_NUMBER,
	 .min = 0, .max = 1000000000,
	 .help = "How many lines to show before and after. Default: 0 with --grep, 10 with --around."},
	{.id = OPT_CONTEXT, .commands = ON(SLICE), .letter = 'C', .name = "context", .metavar = "N", .kind = VALUE_NUMBER,
	 .min = 0, .max = 1000000, .setting = "context",
	 .help = "How many lines to show before and after. Default: 0 for definitions, 10 for places outside of any, 2 around calls."},
	{.id = OPT_LINE_NUMBERS, .commands = ON(SLICE), .letter = 'n', .name = "line-numbers", .setting = "line-numbers",
	 .implies = "yes", .help = "Print a number before each line of the text form. Lines then are no longer the bytes of the file."},
	{.id = OPT_LINE_NUMBERS, .commands = REDUCING, .letter = 'n', .name = "line-numbers", .setting = "line-numbers",
	 .implies = "yes", .help = "Print a number before each line, not one range for each block."},
	{.id = OPT_LINE_NUMBERS, .commands = ON(SHOW), .letter = 'n', .name = "line-numbers",
	 .help = "Print its number before each line."},
	{.id = OPT_COLOR, .commands = REDUCING, .name = "color", .metavar = "WHEN", .kind = VALUE_CHOICE,
	 .choices = "auto|always|never",
	 .help = "Colour the text form. auto: on a terminal, unless NO_COLOR is set. Default: auto."},
	{.id = OPT_REDACT, .commands = REDUCING | ON(SHOW) | ON(SLICE), .name = "redact",
	 .help = "Mask secrets in what is printed: keys, tokens, passwords in URLs and assignments, private keys. Their number is "
		 "stated. Originals, in files and in the store, stay as they are, and so does what run --live copies."},
	{.id = OPT_REDACT, .commands = ON(TEMPLATES) | ON(FILTERS), .name = "redact",
	 .help = "Mask secrets in what is printed of a log, as in a reduction."},
	{.id = OPT_NO_REDACT, .commands = REDUCING | ON(SHOW) | ON(SLICE) | ON(TEMPLATES) | ON(FILTERS), .name = "no-redact",
	 .help = "Mask no secrets, even where CTXCUT_REDACT asks for it."},
	{.id = OPT_OUTPUT, .commands = MEASURED | ON(SHOW) | ON(SLICE) | ON(TEMPLATES) | ON(MANIFEST), .letter = 'o', .name = "output",
	 .metavar = "FILE", .kind = VALUE_FILE, .help = "Write to FILE, not to standard output."},
	{.id = OPT_THREADS, .commands = ON(MANIFEST), .name = "threads", .metavar = "N", .kind = VALUE_NUMBER, .min = 1, .max = 64,
	 .setting = "threads", .help = "Read with N threads. The result is the same. Default: as many as there are processors."},
	{.id = OPT_THREADS, .commands = ON(REDUCE) | ON(BENCH), .name = "threads", .metavar = "N", .kind = VALUE_NUMBER, .min = 1, .max = 64,
	 .setting = "threads",
	 .help = "Read large inputs with N threads; more than 3 are of no use. What is printed is the same. Default: 3 where there is more than "
		 "one processor."},
	{.id = OPT_CPU, .commands = ON(REDUCE), .name = "cpu", .metavar = "NAME", .kind = VALUE_CHOICE,
	 .choices = "plain|scalar|sse2|avx2|avx512|neon", .setting = "cpu",
	 .help = "Use this instruction set, where the processor has it. What is printed is the same. Default: the fastest there is."},
	{.id = OPT_CACHE, .commands = ON(MANIFEST), .name = "no-cache", .setting = "cache", .implies = "no",
	 .help = "Read every file, and remember nothing of it."},
	/* Originals. */
	{.id = OPT_STORE, .commands = REDUCING, .name = "no-store", .setting = "store", .implies = "no",
	 .help = "Keep no copy of what comes through a pipe; such input then has no reference."},
	{.id = OPT_STORE_DIR, .commands = STORED, .name = "store-dir", .metavar = "DIR", .kind = VALUE_FOLDER,
	 .setting = "store-dir", .help = "Keep originals in DIR. Default: see FILES in ctxcut(1)."},
	/* Everywhere. */
	{.id = OPT_HELP, .commands = EVERYWHERE, .letter = 'h', .name = "help", .help = "Print help and end."},
	{.id = OPT_VERSION, .commands = EVERYWHERE, .letter = 'V', .name = "version", .help = "Print the version and end."},
	{.id = OPT_GENERATE, .commands = ON(REDUCE), .hidden = true, .name = "generate", .metavar = "WHAT",
	 .kind = VALUE_CHOICE, .choices = "man|bash|zsh|fish",
	 .help = "Print the manual page or a shell's completion, made from this table. For the build."},
};
const size_t option_row_count = sizeof option_rows / sizeof *option_rows;

const struct command commands[COMMAND_COUNT] = {
	[COMMAND_REDUCE] = {COMMAND_REDUCE, NULL, "[FILE...]", "Cut logs down to the lines that matter.",
		"Reads logs and prints the lines that explain a failure, within a budget of tokens. Each printed line is "
		"verbatim and stands at its true number; each range that is left out stands in place as a gap, with what it "
		"held; a reference in the first line gets any of it back through ctxcut show. What fits the budget is passed "
		"through whole.\n"
		"Without FILE, or where FILE is -, standard input is read. Files compressed by zstd, gzip, xz, bzip2 or lz4 "
		"are read as they are. Options may stand after files; -- ends them. A FILE that is named like a command is "
		"written with its folder: ./show.",
		cmd_reduce},
	[COMMAND_RUN] = {COMMAND_RUN, "run", "[--] CMD [ARG...]", "Run a command and reduce what it prints.",
		"Runs CMD as it stands, with its standard output and error in one pipe, and prints what matters of both to standard "
		"output when it has ended: everything when that fits the budget; else the evidence after a failure, a summary "
		"after a success. The first word that is no option begins the command.\n"
		"The exit status is that of CMD; when a signal ends CMD, the same signal ends ctxcut. Signals that ctxcut gets are "
		"passed on to CMD; where no terminal controls ctxcut, those that are meant to end CMD reach all that it started "
		"too. Something that CMD leaves running and that holds its output open is waited for no longer than "
		"2 seconds after the end of CMD; what it writes later is lost to it.",
		cmd_run},
	[COMMAND_SHOW] = {COMMAND_SHOW, "show", "REF...", "Get originals back by reference.",
		"A reference is PATH or an id of the store, as a reduction printed it, with a range of lines if wanted: "
		"REF:A-B, REF:A-, REF:-B, REF:A, REF:A+N. Without --grep and --line-numbers the bytes are those of the "
		"original. A file that has changed since is shown as it is now, and that is said; the exit status is then 1.",
		cmd_show},
	[COMMAND_SLICE] = {COMMAND_SLICE, "slice", "[FOLDER...] [QUERY...]", "Slices of source trees: definitions, places, the frames of a trace.",
		"Each QUERY is one of: a name (handle, Cart.add, cart::add; its last parts are enough, all definitions that fit come, "
		"the best first); PATH:LINE or PATH:A-B, the definition around those lines; PATH, the file; PATH:NAME, a definition in that "
		"file; words, which rank all definitions; lines of a trace or of a compiler's output. - is such a text on standard "
		"input, and so is standard input when there is no QUERY: of each place that it names and that lies in the tree the "
		"definition around it is shown, with a mark before the line. The last parts of a PATH are enough, and paths from "
		"containers, build machines and Windows are matched by them.\n"
		"Operands that are folders are the trees to look in; without any it is the current folder. Ignore rules of git hold.\n"
		"The lines of a slice are the bytes of the file. Before them stands their reference, which ctxcut show and ctxcut check "
		"take; what is left out of a slice stands in place as a gap. Nothing found: the nearest names are said, and the exit "
		"status is 1.",
		cmd_slice},
	[COMMAND_CHECK] = {COMMAND_CHECK, "check", "REF...", "Tell whether references still hold.",
		"Prints ok, changed, missing or bad, a tab and the reference, one line for each; says more on standard error "
		"when it does not hold. The exit status is 0 when all hold.",
		cmd_check},
	[COMMAND_TOKENS] = {COMMAND_TOKENS, "tokens", "[FILE...]", "Count tokens exactly.",
		"Prints the tokens of each FILE and, for several, of all together. Without FILE, or where FILE is -, standard "
		"input is counted.",
		cmd_tokens},
	[COMMAND_TEMPLATES] = {COMMAND_TEMPLATES, "templates", "[FILE...]", "List the kinds of line.",
		"Prints each kind of line that the files hold together, the most frequent first: how many lines, the first "
		"of them, and the kind with <*> for what varies.",
		cmd_templates},
	[COMMAND_FILTERS] = {COMMAND_FILTERS, "filters", "[list|show|test|explain|new|trust] [OPERAND...]",
		"See, test and make filters.",
		"Filters tell what the lines of a tool mean; ctxcut-filter(5) describes them.\n"
		"list: the filters that apply here. show NAME: its text. test [FILE|NAME...]: runs its samples, or those of all. "
		"explain FILE:LINE: each rule that touched this line, and what became of it. new NAME: a skeleton, made from a log on "
		"standard input. trust FILE: from now on use this filter of a repository, as it is now; read it first.",
		cmd_filters},
	[COMMAND_BENCH] = {COMMAND_BENCH, "bench", "[CORPUS...]", "Measure on your own logs.",
		"Reduces each log of the files and folders, also below them and compressed, and prints its size, its exact tokens "
		"before and after and the time. In folders, names that begin with a dot and binary data are left out. Without CORPUS the "
		"current folder is measured.\n"
		"With labels, or --must, the share of labelled lines that survive is measured too, beside tail, head and tail "
		"together and grep -C 3 for severity words, at the number of tokens that ctxcut printed. A labelled line is kept when "
		"its first 160 characters are in the output, without escape sequences, white space folded, a leading time stamp of a CI "
		"system left out. recall: labels kept, of all or of 30. hit: recall is 0.8 or more. first: the first label is kept. With "
		"--must, every line counts for recall, and a hit has them all.\n"
		"Labels are JSON: {\"build.log\": [12, [15, 20], \"text of a line\"]}, lines from 1 on. Of {\"any\": [12, [15, 20]]} one is "
		"enough. A labels.json that is {\"lines\": [...]} or {\"texts\": [...]} is of the file log, or log.zst and so on, "
		"beside it, and nothing else in its folder is measured.\n"
		"The exit status is 1 when a log could not be read, a label is not in its log or a command of --against failed; the rest "
		"is measured all the same.",
		cmd_bench},
	[COMMAND_MANIFEST] = {COMMAND_MANIFEST, "manifest", "[PATH...]", "List a source tree's files and definitions as references.",
		"Prints the most useful files of a tree and what they define, each as a reference (PATH:A-B) that ctxcut show and slice "
		"take, within a budget of tokens; what is left out is counted by folder. Without PATH the current folder is taken. Files "
		"that git ignores are left out, also outside a repository.\n"
		"A name with control characters, quotes, backslashes or invalid UTF-8 is printed in double quotes with octal escapes, as git "
		"does it.\n"
		"As JSON everything is printed: each file with its language, nature, lines, bytes, exact tokens, hash, symbols and tests.\n"
		"The exit status is 1 when a file could not be read, and when --check found something.",
		cmd_manifest},
	[COMMAND_HELP] = {COMMAND_HELP, "help", "[COMMAND]", "Explain ctxcut or one command.",
		"Prints what --help prints.", cmd_help},
};
/* clang-format on */

const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].name && strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const struct option_row *option_named(enum command_id command, const char *name, size_t len)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		if (row->commands >> command & 1 && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

const struct option_row *option_lettered(enum command_id command, char letter)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].commands >> command & 1 && option_rows[i].letter == letter)
			return &option_rows[i];
	return NULL;
}

const struct option_row *option_next(enum command_id command, size_t *at)
{
	while (*at < option_row_count) {
		const struct option_row *row = &option_rows[(*at)++];
		if (row->commands >> command & 1 && !row->hidden)
			return row;
	}
	return NULL;
}

size_t choice_next(const char **choices, const char **choice)
{
	*choice = *choices;
	if (!*choices || !**choices)
		return 0;
	size_t len = strcspn(*choices, "|");
	*choices += len + ((*choices)[len] == '|');
	return len;
}
