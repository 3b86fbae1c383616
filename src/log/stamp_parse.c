/* The number of digits at the start, or the month's name, decides which forms are possible. All parsing is by hand and
 * over a few bytes. */
#include "log/stamp_parse.h"

enum {
	NO_YEAR = 1972, /* a leap year, so that 29 February is a day */
	YEAR_MIN = 1900,
	YEAR_MAX = 2261, /* what nanoseconds in 64 bits reach */
};

#define EPOCH_MIN INT64_C(946684800)  /* 2000: smaller numbers are rather sizes */
#define EPOCH_MAX INT64_C(4102444800) /* 2100 */

struct parts {
	int year, month, day; /* month 0: no date; year 0: none */
	int hour, minute, second, nano;
	int64_t step_ns;
	int32_t zone_s;
	bool has_time, has_zone;
};

/* Nothing of a longer word or number follows. */
static inline bool at_edge(const struct cursor *c) { return !is_digit(peek(c, 0)) && !is_letter(peek(c, 0)); }

static bool take(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

/* Exactly n digits, whatever follows; -1 when there are fewer. */
static int digits(struct cursor *c, int n)
{
	int value = 0;
	for (int i = 0; i < n; i++) {
		if (!is_digit(peek(c, (size_t)i)))
			return -1;
		value = value * 10 + (c->p[i] - '0');
	}
	c->p += n;
	return value;
}

/* One or two digits, no third. */
static int small_number(struct cursor *c)
{
	int run = digit_run(c);
	return run == 1 || run == 2 ? digits(c, run) : -1;
}

/* ---- calendar ---- */

static bool is_leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }

static bool valid_date(const struct parts *t)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = t->year ? t->year : NO_YEAR;
	return year >= YEAR_MIN && year <= YEAR_MAX && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
	       t->day <= days[t->month - 1] + (t->month == 2 && is_leap(year));
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year. */
static int64_t days_from_date(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* Two-digit years as POSIX reads them. */
static int full_year(int yy) { return yy < 69 ? 2000 + yy : 1900 + yy; }

/* The name, short (three letters) or in full, without case; true and passed when no letter follows. */
static bool take_name(struct cursor *c, const char *name)
{
	size_t n = 0;
	while (name[n] && (peek(c, n) | 0x20) == name[n])
		n++;
	if ((n != 3 && name[n]) || n < 3 || is_letter(peek(c, n)))
		return false;
	c->p += n;
	return true;
}

/* 1 to 12, or 0. */
static int take_month(struct cursor *c)
{
	static const char names[12][10] = {"january", "february", "march", "april", "may", "june", "july", "august",
					   "september", "october", "november", "december"};
	for (int m = 0; m < 12; m++) {
		if ((peek(c, 0) | 0x20) == names[m][0] && take_name(c, names[m]))
			return m + 1;
	}
	return 0;
}

static bool take_day_name(struct cursor *c)
{
	static const char names[7][10] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
	for (int d = 0; d < 7; d++) {
		if ((peek(c, 0) | 0x20) == names[d][0] && take_name(c, names[d]))
			return true;
	}
	return false;
}

/* ---- time of day ---- */

/* A zone right behind the time, or behind one blank. Named zones other than UTC are ambiguous and not read. */
static void take_zone(struct cursor *c, struct parts *t)
{
	struct cursor z = *c;
	bool blank = take(&z, ' ');
	char sign = peek(&z, 0);
	if ((sign == 'Z' || sign == 'z') && !blank) {
		z.p++;
	} else if (z.end - z.p >= 3 && (memcmp(z.p, "UTC", 3) == 0 || memcmp(z.p, "GMT", 3) == 0)) {
		z.p += 3;
	} else if (sign == '+' || sign == '-') {
		z.p++;
		int run = digit_run(&z), minutes = 0;
		bool colon = run == 2 && peek(&z, 2) == ':';
		int hours = run == 4 || run == 2 ? digits(&z, 2) : -1;
		if (hours < 0 || hours > 15 || (blank && run == 2 && !colon))
			return;
		if (colon)
			z.p++;
		if (run == 4 || colon)
			minutes = digits(&z, 2);
		if (minutes < 0 || minutes > 59)
			return;
		t->zone_s = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	} else {
		return;
	}
	if (!at_edge(&z)) {
		t->zone_s = 0;
		return;
	}
	t->has_zone = true;
	*c = z;
}

/* ".678", ",678": to nine digits, more are passed over. */
static void take_fraction(struct cursor *c, struct parts *t)
{
	char mark = peek(c, 0);
	if ((mark != '.' && mark != ',' && mark != ':') || !is_digit(peek(c, 1)))
		return;
	struct cursor f = *c;
	f.p++;
	int run = digit_run(&f);
	if (mark == ':' && run != 3) /* "22:15:29:606" */
		return;
	int taken = run < 9 ? run : 9;
	t->nano = digits(&f, taken);
	t->step_ns = 1;
	for (int i = taken; i < 9; i++) {
		t->nano *= 10;
		t->step_ns *= 10;
	}
	f.p += run - taken;
	*c = f;
}

static void take_half(struct cursor *c, struct parts *t)
{
	struct cursor h = *c;
	take(&h, ' ');
	char half = (char)(peek(&h, 0) | 0x20);
	if ((half != 'a' && half != 'p') || (peek(&h, 1) | 0x20) != 'm' || is_letter(peek(&h, 2)) || t->hour < 1 ||
	    t->hour > 12)
		return;
	h.p += 2;
	t->hour = t->hour % 12 + (half == 'p' ? 12 : 0);
	*c = h;
}

/* "03:04:05.678+01:00", "3:04:05 PM", "030405", with dots for colons when `dots`. */
static bool take_time(struct cursor *c, struct parts *t, bool dots)
{
	struct cursor w = *c;
	struct parts n = *t;
	int run = digit_run(&w);
	n.step_ns = NS_PER_S;
	if (run == 6) {
		n.hour = digits(&w, 2);
		n.minute = digits(&w, 2);
		n.second = digits(&w, 2);
		take_fraction(&w, &n);
	} else if (run == 1 || run == 2) {
		n.hour = digits(&w, run);
		char sep = peek(&w, 0);
		if (sep != ':' && !(dots && sep == '.'))
			return false;
		w.p++;
		n.minute = digits(&w, 2);
		if (n.minute < 0)
			return false;
		if (peek(&w, 0) == sep && is_digit(peek(&w, 1))) {
			w.p++;
			n.second = digits(&w, 2);
			if (n.second < 0)
				return false;
			take_fraction(&w, &n);
		} else if (n.month || c->argument) {
			n.step_ns = NS_PER_MIN;
		} else {
			return false;
		}
		take_half(&w, &n);
	} else {
		return false;
	}
	if (n.hour > 23 || n.minute > 59 || n.second > 60)
		return false;
	/* Edges: a longer word, a longer row of pairs (a hardware address). */
	take_zone(&w, &n);
	if (!at_edge(&w) || (peek(&w, 0) == ':' && (is_digit(peek(&w, 1)) || is_letter(peek(&w, 1))) && !n.month))
		return false;
	n.has_time = true;
	*t = n;
	*c = w;
	return true;
}

/* What may stand between a date and its time. */
static bool take_joint(struct cursor *c)
{
	char sep = peek(c, 0);
	if ((sep == ',' && peek(c, 1) == ' ') || (sep == ':' && peek(c, 1) == ':')) /* the latter is Erlang's */
		c->p++;
	else if (sep != 'T' && sep != 't' && sep != ' ' && sep != '_' && sep != '-' && sep != ':' && sep != '/')
		return false;
	c->p++;
	while (sep == ' ' && peek(c, 0) == ' ')
		c->p++;
	return is_digit(peek(c, 0));
}

/* The time behind a date that was just read; an argument may be a date alone. */
static bool take_time_after_date(struct cursor *c, struct parts *t)
{
	struct cursor w = *c;
	if (!valid_date(t))
		return false;
	if (take_joint(&w) && take_time(&w, t, true)) {
		*c = w;
		return true;
	}
	t->step_ns = NS_PER_DAY;
	return c->argument && at_edge(c);
}

/* ---- forms by their first part ---- */

/* 2024-01-02, 2024/01/02, 2024.01.02, 2024-Jan-02, 2024 Jan  2; Chromium's 0102/030405.678 */
static bool from_four_digits(struct cursor *c, struct parts *t)
{
	struct cursor w = *c;
	t->year = digits(&w, 4);
	char sep = peek(&w, 0);
	if (sep == '/' && is_digit(peek(&w, 1)) && is_digit(peek(&w, 5)) && is_digit(peek(&w, 6))) {
		t->month = t->year / 100;
		t->day = t->year % 100;
		t->year = 0;
		w.p++;
		*c = w;
		return valid_date(t) && digit_run(&w) == 6 && take_time(c, t, false);
	}
	if ((sep != '-' && sep != '/' && sep != '.' && sep != ' ') || t->year == 0)
		return false;
	w.p++;
	t->month = is_letter(peek(&w, 0)) ? take_month(&w) : sep == ' ' ? 0 : small_number(&w);
	if (t->month <= 0 || !take(&w, sep))
		return false;
	while (sep == ' ' && peek(&w, 0) == ' ')
		w.p++;
	t->day = small_number(&w);
	*c = w;
	return t->day > 0 && take_time_after_date(c, t);
}

/* 02/Jan/2024:03:04:05 +0100, 02-Jan-2024 03:04:05, 2 Jan 2024 03:04:05 */
static bool from_day_and_month_name(struct cursor *c, struct parts *t, int day, char sep)
{
	t->day = day;
	t->month = take_month(c);
	if (t->month == 0 || !take(c, sep))
		return false;
	if (digit_run(c) == 4) {
		t->year = digits(c, 4);
		return take_time_after_date(c, t);
	}
	/* "02 Jan 03:04:05": no year. The blank is already passed. */
	if (sep != ' ' || !valid_date(t))
		return false;
	return take_time(c, t, false);
}

/* Day, month and year in the order that their separator and their values suggest. */
static void set_date(struct parts *t, int a, int b, int year, bool day_first)
{
	if ((day_first && b <= 12) || a > 12) {
		t->day = a;
		t->month = b;
	} else {
		t->month = a;
		t->day = b;
	}
	t->year = year;
}

/* 03:04:05; 24/01/02, 01/02/2024 (US), 02.01.2024, 02-01-2024; 01-02 03:04:05 (logcat); 02/Jan/2024 */
static bool from_small_number(struct cursor *c, struct parts *t)
{
	struct cursor w = *c;
	int a = digits(&w, digit_run(&w));
	char sep = peek(&w, 0);
	if (sep == ':')
		return take_time(c, t, false);
	if (sep != '/' && sep != '-' && sep != '.' && sep != ' ')
		return false;
	w.p++;
	while (sep == ' ' && peek(&w, 0) == ' ')
		w.p++;
	if (is_letter(peek(&w, 0))) {
		*c = w;
		return sep != '.' && from_day_and_month_name(c, t, a, sep);
	}
	int b = sep == ' ' ? -1 : small_number(&w);
	if (b < 0)
		return false;
	if (peek(&w, 0) == sep) {
		w.p++;
		int run = digit_run(&w);
		if (run == 4) {
			set_date(t, a, b, digits(&w, 4), sep != '/');
		} else if (run == 2 && sep == '/') {
			int last = digits(&w, 2);
			*t = (struct parts){.year = full_year(a), .month = b, .day = last};
			if (!valid_date(t))
				set_date(t, a, b, full_year(last), false);
		} else {
			return false;
		}
		*c = w;
		return take_time_after_date(c, t);
	}
	/* Month and day alone need their time behind a blank. */
	if (sep == '.' || peek(&w, 0) != ' ')
		return false;
	t->month = a;
	t->day = b;
	*c = w;
	return valid_date(t) && take_joint(c) && take_time(c, t, false);
}

/* 20240102T030405Z, 20240102-22:15:29:606, 20240102030405, 240102 030405 */
static bool from_compact(struct cursor *c, struct parts *t, int run)
{
	t->year = run == 6 ? full_year(digits(c, 2)) : digits(c, 4);
	t->month = digits(c, 2);
	t->day = digits(c, 2);
	if (!valid_date(t) || t->year < 1970 || t->year > 2100)
		return false;
	if (run == 14)
		return take_time(c, t, false);
	char sep = peek(c, 0);
	if (run == 6 && sep != ' ')
		return false;
	return take_time_after_date(c, t);
}

/* 1700000000, 1700000000.123, 1700000000123 and on to nanoseconds */
static bool from_epoch(struct cursor *c, struct stamp *out, int run)
{
	int64_t value = 0, unit = NS_PER_S;
	struct parts t = {.step_ns = NS_PER_S};
	if (*c->p > '4') /* beyond 2100, and 19 digits of it beyond 64 bits */
		return false;
	for (int i = 0; i < run; i++)
		value = value * 10 + (c->p[i] - '0');
	for (int i = 10; i < run; i++)
		unit /= 10;
	if (value / (NS_PER_S / unit) < EPOCH_MIN || value / (NS_PER_S / unit) >= EPOCH_MAX)
		return false;
	c->p += run;
	t.step_ns = unit;
	if (run == 10 && peek(c, 0) == '.')
		take_fraction(c, &t);
	if (!at_edge(c))
		return false;
	*out = (struct stamp){.time_ns = value * unit + t.nano,
			      .step_ns = t.step_ns,
			      .has_date = true,
			      .has_year = true,
			      .has_zone = true,
			      .has_time = true};
	return true;
}

/* Jan  2 03:04:05; Jan 02, 2024 3:04:05 AM; Sun Dec  4 04:47:44 2005; Mon, 02 Jan 2024 03:04:05 GMT; E0102 03:04:05
 * (klog) */
static bool from_letter(struct cursor *c, struct parts *t)
{
	char letter = peek(c, 0);
	int run = 0;
	while (run < 9 && is_digit(peek(c, (size_t)run + 1)))
		run++;
	if (run == 4 || run == 8) {
		if (!strchr("IWEFD", letter) || peek(c, (size_t)run + 1) != ' ')
			return false;
		c->p++;
		t->year = run == 8 ? digits(c, 4) : 0;
		t->month = digits(c, 2);
		t->day = digits(c, 2);
		c->p++;
		return valid_date(t) && take_time(c, t, false);
	}
	if (run > 0)
		return false;
	bool week_day = take_day_name(c);
	if (week_day) {
		take(c, ',');
		if (!take(c, ' '))
			return false;
		while (take(c, ' '))
			;
		run = digit_run(c);
		if (run == 1 || run == 2)
			return from_small_number(c, t);
		if (run == 4)
			return from_four_digits(c, t);
	}
	t->month = take_month(c);
	if (t->month == 0 || !take(c, ' '))
		return false;
	while (take(c, ' '))
		;
	t->day = small_number(c);
	if (t->day < 1 || !valid_date(t))
		return false;
	struct cursor w = *c;
	take(&w, ',');
	if (take(&w, ' ') && digit_run(&w) == 4) {
		t->year = digits(&w, 4);
		*c = w;
		return take_time_after_date(c, t);
	}
	if (!take_time_after_date(c, t))
		return false;
	/* asctime and date(1) put the year last, the latter behind a zone. */
	w = *c;
	if (!week_day || !take(&w, ' '))
		return true;
	size_t zone = 0;
	while (peek(&w, zone) >= 'A' && peek(&w, zone) <= 'Z')
		zone++;
	if (zone >= 3 && zone <= 5 && peek(&w, zone) == ' ')
		w.p += zone + 1;
	if (digit_run(&w) == 4) {
		t->year = digits(&w, 4);
		*c = w;
		return valid_date(t) && at_edge(c);
	}
	return true;
}

static void fill(struct stamp *out, const struct parts *t)
{
	int64_t days = t->month ? days_from_date(t->year ? t->year : NO_YEAR, t->month, t->day) : 0;
	int64_t seconds = t->hour * 3600 + t->minute * 60 + t->second - t->zone_s;
	*out = (struct stamp){.time_ns = (days * 86400 + seconds) * NS_PER_S + t->nano, .step_ns = t->step_ns,
			      .zone_s = t->zone_s, .has_date = t->month != 0, .has_year = t->year != 0,
			      .has_zone = t->has_zone, .has_time = t->has_time};
}

bool stamp_parse(struct cursor *c, struct stamp *out, bool epoch)
{
	struct parts t = {0};
	int run = digit_run(c);
	bool found;
	if (run == 0)
		found = is_letter(peek(c, 0)) && from_letter(c, &t);
	else if (run <= 2)
		found = from_small_number(c, &t);
	else if (run == 4)
		found = from_four_digits(c, &t);
	else if (run == 6 || run == 8 || run == 14)
		found = from_compact(c, &t, run);
	else if (epoch && (run == 10 || run == 13 || run == 16 || run == 19))
		return from_epoch(c, out, run);
	else
		return false;
	if (found)
		fill(out, &t);
	return found;
}
