/* Words that the exact mask knows the meaning of. */
#include "log/mask.h"
#include "log/mask_bytes.h"
#include "log/mask_lex.h"

/* clang-format off */
#define W(text) {text, sizeof(text) - 1}
#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool word_in(struct span word, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].len == word.len && memcmp(list[i].ptr, word.ptr, word.len) == 0)
			return true;
	return false;
}

static bool word_in_any_case(struct span word, const struct span *list, size_t count)
{
	char lower[16];
	if (word.len >= sizeof lower)
		return false;
	for (size_t i = 0; i < word.len; i++)
		lower[i] = (char)(is_upper(word.ptr[i]) ? word.ptr[i] - 'A' + 'a' : word.ptr[i]);
	return word_in(span_of(lower, word.len), list, count);
}

bool mask_is_alphabetic(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!is_letter(word.ptr[i]))
			return false;
	return word.len > 0;
}

bool mask_is_level(struct span word)
{
	static const struct span levels[] = {
		W("trace"), W("debug"), W("dbg"), W("verbose"), W("info"), W("information"), W("notice"),
		W("warn"), W("warning"), W("error"), W("err"), W("severe"), W("fatal"), W("critical"),
		W("crit"), W("alert"), W("emerg"), W("emergency"), W("panic"), W("failure"), W("fine"),
		W("finer"), W("finest"), W("config"), W("v"), W("d"), W("i"), W("w"), W("e"), W("f"),
	};
	return word_in_any_case(word, levels, COUNT(levels));
}

bool mask_is_unit(struct span word)
{
	static const struct span units[] = {
		W("B"), W("kB"), W("KB"), W("MB"), W("GB"), W("TB"), W("KiB"), W("MiB"), W("GiB"), W("TiB"),
		W("byte"), W("bytes"), W("kb"), W("mb"), W("gb"), W("B/s"), W("kB/s"), W("KB/s"), W("MB/s"),
		W("GB/s"), W("KiB/s"), W("MiB/s"), W("GiB/s"), W("bps"), W("kbps"), W("Kbps"), W("Mbps"),
		W("Gbps"), W("ns"), W("us"), W("ms"), W("s"), W("sec"), W("secs"), W("second"), W("seconds"),
		W("min"), W("mins"), W("minute"), W("minutes"), W("hour"), W("hours"), W("Hz"), W("kHz"),
		W("KHz"), W("MHz"), W("GHz"), W("AM"), W("PM"),
	};
	return word_in(word, units, COUNT(units));
}

bool mask_is_month_or_day(struct span word)
{
	static const struct span names[] = {
		W("Jan"), W("Feb"), W("Mar"), W("Apr"), W("May"), W("Jun"), W("Jul"), W("Aug"), W("Sep"),
		W("Oct"), W("Nov"), W("Dec"), W("January"), W("February"), W("March"), W("April"), W("June"),
		W("July"), W("August"), W("September"), W("October"), W("November"), W("December"), W("Mon"),
		W("Tue"), W("Wed"), W("Thu"), W("Fri"), W("Sat"), W("Sun"), W("Monday"), W("Tuesday"),
		W("Wednesday"), W("Thursday"), W("Friday"), W("Saturday"), W("Sunday"),
	};
	return word_in(word, names, COUNT(names));
}

bool mask_is_null(struct span word)
{
	static const struct span nulls[] = {
		W("null"), W("none"), W("nil"), W("undefined"),
	};
	return word_in_any_case(word, nulls, COUNT(nulls));
}

/* Keys whose value is the message itself: masking it would make every line of a structured log the same. */
bool mask_is_message_key(struct span key)
{
	static const struct span keys[] = {
		W("msg"), W("message"), W("@message"), W("@m"), W("@mt"), W("short_message"), W("event"),
		W("error"), W("err"), W("exception"), W("reason"), W("log"), W("text"), W("title"),
		W("action"), W("type"),
	};
	return word_in_any_case(key, keys, COUNT(keys));
}

/* What follows these is often a name: prepositions, the nouns that go before names, and signs that open a value. */
bool mask_is_opener(struct span word)
{
	static const struct span openers[] = {
		W("for"), W("from"), W("by"), W("to"), W("on"), W("at"), W("in"), W("of"), W("with"), W("via"),
		W("into"), W("as"), W("under"), W("user"), W("host"), W("file"), W("device"), W("node"),
		W("server"), W("client"), W("service"), W("process"), W("job"), W("task"), W("thread"),
		W("module"), W("package"), W("plugin"), W("database"), W("table"), W("queue"), W("topic"),
		W("container"), W("pod"), W("image"), W("key"), W("name"), W("id"), W("interface"), W("class"),
		W("method"), W("function"), W("test"), W("group"), W("="), W("["), W("("), W("\""), W("'"),
		W("`"),
	};
	return word_in_any_case(word, openers, COUNT(openers));
}

bool mask_is_boolean(struct span word)
{
	static const struct span booleans[] = {W("true"), W("false"), W("yes"), W("no")};
	return word_in_any_case(word, booleans, COUNT(booleans));
}

bool mask_is_identifier(struct span word)
{
	for (size_t i = 1; i < word.len; i++) {
		char c = word.ptr[i];
		if (i + 1 < word.len && (c == '_' || c == '-' || c == '.' || c == '$' || c == '/'))
			return true;
		if (is_upper(c) && is_lower(word.ptr[i - 1]))
			return true;
	}
	return false;
}
/* clang-format on */
