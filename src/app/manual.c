#include "app/manual.h"

/* clang-format off */
const struct manual_entry manual_exit_status[] = {
	{"0", "All went well. Also when whoever read the output went away before its end."},
	{"1", "An input could not be read, or not to its end; the rest was reduced. Of show, check and manifest --check: a "
	      "reference does not hold, because what it names is missing or has changed."},
	{"2", "The command line is wrong: an unknown option, a bad value, a reference that is none, or no input."},
	{"3", "The output could not be written, or the store could not be read or written. In the second case the reduction "
	      "is complete all the same, and prints no reference that it cannot honour."},
	{"124 to 127", "Of run: 124 the command was ended by --timeout; 125 it could not be started, for want of a pipe, a process or a "
		       "terminal; 126 it is not executable; 127 there is no such command. Otherwise run has the command's own "
		       "status. It is 3 only when the command succeeded and its output could not be written; trouble with the "
		       "store is told on standard error alone."},
	{"128+N", "Signal N (130: SIGINT, 143: SIGTERM) came while input was read. What had been read by then is reduced and "
		  "printed, and marked as incomplete. A second signal ends ctxcut at once."},
	{0},
};

const struct manual_entry manual_environment[] = {
	{"CTXCUT_STORE", "The folder of the store, in place of the default; --store-dir goes before it."},
	{"CTXCUT_REDACT", "When set to anything but 0 and the empty word: as with --redact."},
	{"CTXCUT_NO_STORE", "When set to anything but 0 and the empty word: as with --no-store."},
	{"CTXCUT_STORE_CAP", "The most bytes that the store may take on disk. Default: 1 GiB."},
	{"CTXCUT_CACHE_CAP", "The most bytes that the cache of source trees may take on disk; 0: there is none. Default: 4 GiB."},
	{"XDG_CACHE_HOME", "The cache of source trees is in its folder ctxcut/trees."},
	{"XDG_STATE_HOME", "The store is in its folder ctxcut when neither of the above names another."},
	{"NO_COLOR", "When set to anything but the empty word: --color auto means never."},
	{"TERM", "When it is dumb: --color auto means never."},
	{"TMPDIR", "Where a stream that is not stored is spooled while it is read."},
	{0},
};

const struct manual_entry manual_files[] = {
	{"$XDG_STATE_HOME/ctxcut, ~/.local/state/ctxcut",
	 "The store: originals of what came through a pipe, compressed, by the hash of their content. Only its owner can read "
	 "it. Files that are given by name are not copied: their reference is the path and the hash of the content."},
	{"$XDG_CACHE_HOME/ctxcut/trees, ~/.cache/ctxcut/trees",
	 "What was found out about the files of source trees, so that only what changed is read again. It can be removed at any "
	 "time."},
	{"$XDG_CONFIG_HOME/ctxcut/filters/*.yaml, ~/.config/ctxcut/filters/*.yaml",
	 "Filters of your own; see ctxcut-filter(5)."},
	{".ctxcut/filters/*.yaml",
	 "Filters of the work tree around the current folder, as far as ctxcut filters trust was called for them."},
	{0},
};

const struct manual_entry manual_examples[] = {
	{"make 2>&1 | ctxcut", "Build, and print what matters of what the build said in at most 4000 tokens."},
	{"ctxcut run -- make test", "The same with the exit status of make, which a pipe hides."},
	{"ctxcut run --timeout 600 --live -- npm test", "Watch the tests, and end them after ten minutes."},
	{"ctxcut --budget 1000 build.log.zst", "Reduce a compressed log to a thousand tokens."},
	{"ctxcut --baseline good.log bad.log", "Show what the bad run says that the good run does not."},
	{"ctxcut --query 'checkout timeout' app.log", "Give lines about a checkout or a timeout more weight."},
	{"ctxcut --since 09:30 --until 09:45 --level warning app.log",
	 "Consider only warnings and worse of a quarter of an hour."},
	{"ctxcut show build.log:1200-1260", "Print lines 1200 to 1260 as they are."},
	{"ctxcut show --grep 'undefined reference' -C 2 build.log", "Search the original, with two lines around each match."},
	{"ctxcut manifest --budget 2000", "List the most useful files and definitions of the source tree here, as references."},
	{"ctxcut manifest --query - <issue.txt", "The same, ranked by what an issue says."},
	{"ctxcut manifest --json src | jq -c 'select(.tests)'", "Everything that is known of each file, as JSON."},
	{"ctxcut manifest --update AGENTS.md --check", "In CI: fail when the manifest in AGENTS.md names lines that moved."},
	{"ctxcut tokens *.log", "Count the tokens of each log and of all together."},
	{"ctxcut bench --must 'ERROR|panic' -o report.html logs/", "Measure on a folder of logs, beside tail and grep; as a page with charts."},
	{"ctxcut templates --json app.log", "List the kinds of line as JSON, one object per line."},
	{0},
};
