/* Forms of Elixir and Erlang. */
#include "log/trace_form.h"

#define STARTS(s, literal) span_starts((s), SPAN(literal))

/* "(app 1.2.3) lib/cart.ex:12: Cart.add/1", "(stdlib) gen_server.erl:12: :gen_server.loop/6" */
bool trace_form_beam_app(struct span s, struct trace_form *out)
{
	const char *close = memchr(s.ptr, ')', s.len < 60 ? s.len : 60);
	if (!close || close - s.ptr < 2)
		return false;
	struct span app = span_of(s.ptr + 1, (size_t)(close - s.ptr) - 1);
	struct span rest, place = trace_skip_blanks(span_from(s, app.len + 2));
	if (memchr(app.ptr, ' ', app.len))
		app = trace_before(app, SPAN(" "));
	struct span path = trace_place_at_start(place, &rest);
	bool code = span_ends(path, SPAN(".ex")) || span_ends(path, SPAN(".exs")) || span_ends(path, SPAN(".erl"));
	if (!code) { /* without a place: "(elixir) Elixir.Foo.bar/1" */
		size_t n = place.len;
		while (n > 0 && trace_digit(place.ptr[n - 1]))
			n--;
		if (path.len || n == place.len || n < 2 || place.ptr[n - 1] != '/' || memchr(place.ptr, ' ', place.len))
			return false;
	}
	bool bare = span_ends(path, SPAN(".erl")) && !memchr(path.ptr, '/', path.len); /* see trace_form_beam_term */
	return trace_frame(out, LANG_BEAM,
			   bare || trace_foreign_symbol(LANG_BEAM, app) || trace_foreign_path(LANG_BEAM, path),
			   AFTER_FRAMES);
}

/* A term of Erlang's: "{cart,add,1,[{file,\"src/cart.erl\"},{line,12}]}". The standard library was compiled without
 * folders in its names. */
bool trace_form_beam_term(struct span s, struct trace_form *out)
{
	size_t file = span_find(s, SPAN("[{file,\""));
	if (file == SIZE_MAX || !trace_has(s, SPAN("{line,")))
		return false;
	struct span path = span_from(s, file + 8);
	const char *quote = memchr(path.ptr, '"', path.len);
	path = quote ? span_head(path, (size_t)(quote - path.ptr)) : path;
	return trace_frame(out, LANG_BEAM, !memchr(path.ptr, '/', path.len) || trace_foreign_path(LANG_BEAM, path),
			   AFTER_REPORT);
}

bool trace_form_beam_place(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	struct span rest, path = trace_place_at_start(s, &rest);
	if (path.len == 0 && t->language == LANG_BEAM && indent > 0) { /* ExUnit: "     test/cart_test.exs:12" */
		path = trace_place_at_end(s);
		if (path.len && (span_ends(path, SPAN(".exs")) || span_ends(path, SPAN(".ex"))) &&
		    !memchr(path.ptr, ' ', path.len))
			return trace_frame(out, LANG_BEAM, trace_foreign_path(LANG_BEAM, path), AFTER_DEEPER);
		return false;
	}
	if (indent == 0 ||
	    !(span_ends(path, SPAN(".ex")) || span_ends(path, SPAN(".exs")) || span_ends(path, SPAN(".erl"))))
		return false;
	rest = span_trim(rest);
	/* "f/1" or "(test)" or "anonymous fn/1 in f/2", never a compiler's "warning: …" */
	if (rest.len == 0 || memchr(rest.ptr, ':', rest.len) == rest.ptr + rest.len - 1)
		return false;
	if (rest.ptr[rest.len - 1] != ')' && !(trace_digit(rest.ptr[rest.len - 1]) && memchr(rest.ptr, '/', rest.len)))
		return false;
	return trace_frame(out, LANG_BEAM, trace_foreign_path(LANG_BEAM, path), AFTER_FRAMES);
}
