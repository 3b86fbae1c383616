#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tree/mention.h"

/* What a text names, one place per line: "path:line[:column][ function]". */
static void names(const char *text, const char *want)
{
	struct buf got = {0};
	struct mention_reader r = {0};
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");
		char *exact = malloc(n ? n : 1); /* so that the address sanitizer sees a read past the end */
		memcpy(exact, p, n);
		struct mention m;
		mention_reader_line(&r, span_of(exact, n));
		while (mention_reader_next(&r, &m)) {
			if (got.len)
				buf_add_char(&got, '\n');
			buf_add_span(&got, m.path);
			buf_addf(&got, ":%llu", (unsigned long long)m.line);
			if (m.column)
				buf_addf(&got, ":%llu", (unsigned long long)m.column);
			if (m.function.len) {
				buf_add_char(&got, ' ');
				buf_add_span(&got, m.function);
			}
		}
		free(exact);
		p += n + (p[n] == '\n');
	}
	buf_add_char(&got, '\0');
	if (strcmp(got.ptr, want) != 0)
		fail_msg("\n%s\nnames\n%s\nwant\n%s", text, got.ptr, want);
	buf_release(&got);
	mention_reader_release(&r);
}

static void nothing(const char *text) { names(text, ""); }

static void python_and_pytest(void **state)
{
	(void)state;
	names("  File \"/srv/shop/cart.py\", line 12, in add", "/srv/shop/cart.py:12 add");
	names("  File \"cart.py\", line 3", "cart.py:3");
	names("  File \"/srv/my shop/cart.py\", line 7, in <module>", "/srv/my shop/cart.py:7 <module>");
	names("tests/test_cart.py:41: AssertionError", "tests/test_cart.py:41");
	names("cart.py:9: DeprecationWarning: old", "cart.py:9");
	names("src/cart.py:3:1: F401 'os' imported but unused", "src/cart.py:3:1");
	names("src/cart.py:12: error: Incompatible types  [arg-type]", "src/cart.py:12");
	names("FAILED tests/test_cart.py::test_add - assert 1 == 2", "");
	names("  in \"conf/app.yml\", line 3, column 5", "conf/app.yml:3:5");
}

static void java_kotlin_and_scala(void **state)
{
	(void)state;
	names("\tat com.shop.Cart.add(Cart.java:12)", "Cart.java:12 com.shop.Cart.add");
	names("\tat com.shop.Cart$Line.<init>(Cart.java:7) ~[shop.jar:1.0]", "Cart.java:7 com.shop.Cart$Line.<init>");
	names("\tat app//com.shop.Cart.lambda$add$0(Cart.java:3)", "Cart.java:3 app//com.shop.Cart.lambda$add$0");
	names("src/main/java/com/shop/Cart.java:12: error: ';' expected", "src/main/java/com/shop/Cart.java:12");
	names("[ERROR] /build/shop/src/Cart.java:[12,5] cannot find symbol", "/build/shop/src/Cart.java:12:5");
	names("e: file:///build/shop/src/Cart.kt:12:5 Unresolved reference: x", "/build/shop/src/Cart.kt:12:5");
	names("e: /build/shop/src/Cart.kt: (12, 5): Unresolved reference: x", "/build/shop/src/Cart.kt:12:5");
	names("[error] /build/shop/src/Cart.scala:12:5: not found: value x", "/build/shop/src/Cart.scala:12:5");
	nothing("\tat java.base/java.lang.Thread.run(Native Method)");
	nothing("\tat com.shop.Cart.add(Unknown Source)");
}

static void javascript_in_node_browsers_and_bundlers(void **state)
{
	(void)state;
	names("    at Cart.add (/srv/shop/src/cart.js:12:5)", "/srv/shop/src/cart.js:12:5 Cart.add");
	names("    at async Cart.add (/srv/shop/src/cart.js:12:5)", "/srv/shop/src/cart.js:12:5 Cart.add");
	names("    at Object.get [as total] (/srv/shop/src/cart.js:12:5)", "/srv/shop/src/cart.js:12:5 Object.get");
	names("    at /srv/shop/src/cart.js:12:5", "/srv/shop/src/cart.js:12:5");
	names("    at file:///srv/shop/src/cart.mjs:12:5", "/srv/shop/src/cart.mjs:12:5");
	names("    at add (file:///C:/shop/src/cart.mjs:12:5)", "C:/shop/src/cart.mjs:12:5 add");
	names("    at add (C:\\shop\\src\\cart.js:12:5)", "C:\\shop\\src\\cart.js:12:5 add");
	names("    at add (webpack://shop/./src/cart.js:12:5)", "src/cart.js:12:5 add");
	names("    at add (webpack:///src/cart.js:12:5)", "src/cart.js:12:5 add");
	names("    at Page (webpack-internal:///(rsc)/./app/[slug]/page.tsx:12:5)", "app/[slug]/page.tsx:12:5 Page");
	names("    at add (http://localhost:3000/static/js/cart.js?v=31:12:5)", "static/js/cart.js:12:5 add");
	names("add@http://localhost:3000/static/js/cart.js:12:5", "static/js/cart.js:12:5 add");
	names("add@/srv/shop/cart.js:12:5", "/srv/shop/cart.js:12:5 add");
	names("    at x (/srv/node_modules/@shop/cart/index.js:3:1)", "/srv/node_modules/@shop/cart/index.js:3:1 x");
	names("    at y (/srv/node_modules/.pnpm/c@1.2.3/index.js:3:1)", "/srv/node_modules/.pnpm/c@1.2.3/index.js:3:1 y");
	names("ERROR in ./src/cart.ts 12:5-20", "./src/cart.ts:12:5");
	names("src/cart.ts(12,5): error TS2304: Cannot find name 'x'.", "src/cart.ts:12:5");
	names("src/cart.ts:12:5 - error TS2304: Cannot find name 'x'.", "src/cart.ts:12:5");
	names("src/cart.ts (12,5): Cannot find name 'x'. (2304)", "src/cart.ts:12:5");
	names("WARNING: src/cart.ts[12, 5]: get is deprecated", "src/cart.ts:12:5");
	names("use a container instead (cart.ts@12:5)", "cart.ts:12:5");
	names("[9976:0502/212456.414533:ERROR:gpu/bus.cc(427)] Failed to connect", "gpu/bus.cc:427");
	nothing("    at node:internal/modules/cjs/loader:1105:14");
	nothing("    at Module._compile (node:internal/modules/cjs/loader:1105:14)");
	nothing("    at <anonymous>");
}

static void a_heading_gives_the_path_of_what_stands_below(void **state)
{
	(void)state;
	names("/srv/shop/src/cart.js\n"
	      "  12:5   error    'x' is not defined   no-undef\n"
	      "  14:1   warning  Missing semicolon    semi\n"
	      "\n"
	      "  99:1  error  of no file\n"
	      "src/order.js\n"
	      "  3:9  error  'y' is not defined  no-undef\n",
	      "/srv/shop/src/cart.js:12:5\n/srv/shop/src/cart.js:14:1\nsrc/order.js:3:9");
	names("FILE: /srv/shop/src/Cart.php\n"
	      "------------------------------------\n"
	      "FOUND 1 ERROR AFFECTING 1 LINE\n"
	      "------------------------------------\n"
	      " 12 | ERROR | Missing doc comment\n",
	      "/srv/shop/src/Cart.php:12");
	names(" ------ ---------------------------\n"
	      "  Line   src/Cart.php\n"
	      " ------ ---------------------------\n"
	      "  12     Undefined variable: $x\n",
	      "src/Cart.php:12");
	names("conf/app.yml\n  3:1       error    too many blank lines  (empty-lines)", "conf/app.yml:3:1");
}

static void go_names_the_function_in_the_line_above(void **state)
{
	(void)state;
	names("goroutine 1 [running]:\n"
	      "shop/cart.(*Cart).Add(0xc000010250, 0x3)\n"
	      "\t/srv/shop/cart/cart.go:12 +0x1d\n"
	      "main.main()\n"
	      "\t/srv/shop/main.go:7 +0x85\n"
	      "created by net/http.(*Server).Serve in goroutine 1\n"
	      "\t/usr/lib/go/src/net/http/server.go:3086 +0x5cb\n",
	      "/srv/shop/cart/cart.go:12 shop/cart.(*Cart).Add\n/srv/shop/main.go:7 main.main\n"
	      "/usr/lib/go/src/net/http/server.go:3086 net/http.(*Server).Serve");
	names("./cart.go:12:3: undefined: x", "./cart.go:12:3");
	names("    cart_test.go:12: got 3, want 4", "cart_test.go:12");
	names("vet: ./cart.go:12:3: undefined: x", "./cart.go:12:3");
}

static void rust_by_panic_backtrace_and_diagnostic(void **state)
{
	(void)state;
	names("thread 'main' panicked at src/cart.rs:12:5:", "src/cart.rs:12:5");
	names("thread 'main' panicked at 'boom', src/cart.rs:12:5", "src/cart.rs:12:5");
	names("  --> src/cart.rs:12:5", "src/cart.rs:12:5");
	names("   ::: src/order.rs:3:1", "src/order.rs:3:1");
	names("   4: shop::cart::add\n             at ./src/cart.rs:12:5\n", "./src/cart.rs:12:5 shop::cart::add");
	names("   4: 0x55d0 - <shop::Cart as core::ops::Add>::add\n             at ./src/cart.rs:12:5\n",
	      "./src/cart.rs:12:5 <shop::Cart as core::ops::Add>::add");
}

static void compilers_and_debuggers_of_c(void **state)
{
	(void)state;
	names("src/cart.c:12:5: error: 'x' undeclared", "src/cart.c:12:5");
	names("In file included from src/cart.h:3,\n                 from src/cart.c:1:", "src/cart.h:3\nsrc/cart.c:1");
	names("src/cart.c:12: undefined reference to `total'", "src/cart.c:12");
	names("#3  0x00005555 in cart_add (c=0x0, n=3) at src/cart.c:12", "src/cart.c:12 cart_add");
	names("#0  cart_add (c=0x0) at src/cart.c:12", "src/cart.c:12 cart_add");
	names("    #1 0x4f5a in cart_add /build/src/cart.c:12:5", "/build/src/cart.c:12:5 cart_add");
	names("    #1 0x4f5a in ns::cart::add(int, char const*) /build/src/cart.cc:12:5", "/build/src/cart.cc:12:5 ns::cart::add");
	names("==7==    at 0x1091: cart_add (cart.c:12)", "cart.c:12 cart_add");
	names("Breakpoint 1 at 0x1139: file src/cart.c, line 12.", "src/cart.c:12");
	names("c:\\shop\\src\\cart.cpp(12): error C2065: 'x': undeclared identifier", "c:\\shop\\src\\cart.cpp:12");
	names("C:\\shop\\src\\cart.cpp(12,5): error C2065: 'x'", "C:\\shop\\src\\cart.cpp:12:5");
	names("a.out: src/cart.c:12: cart_add: Assertion `n > 0' failed.", "src/cart.c:12");
	names("WARNING: CPU: 0 PID: 1 at kernel/sched/core.c:12 schedule+0x1/0x2", "kernel/sched/core.c:12");
	names("make: *** [Makefile:12: all] Error 1", "Makefile:12");
	names("CMake Error at CMakeLists.txt:12 (find_package):", "CMakeLists.txt:12");
	names("../src/app dir/cart.c:12:5: error: x", "dir/cart.c:12:5");
}

static void ruby_php_perl_dotnet_elixir_haskell_and_shells(void **state)
{
	(void)state;
	names("\tfrom /srv/shop/lib/cart.rb:12:in `add'", "/srv/shop/lib/cart.rb:12 add");
	names("/srv/shop/lib/cart.rb:12:in 'Cart#add': boom (RuntimeError)", "/srv/shop/lib/cart.rb:12 Cart#add");
	names("lib/cart.rb:12:in `block in add'", "lib/cart.rb:12 add");
	names("rspec ./spec/cart_spec.rb:12 # Cart adds", "./spec/cart_spec.rb:12");
	names("#0 /srv/shop/src/Cart.php(12): Shop\\Cart->add()", "/srv/shop/src/Cart.php:12");
	names("PHP Fatal error:  Uncaught Error: boom in /srv/shop/src/Cart.php:12", "/srv/shop/src/Cart.php:12");
	names("PHP Warning:  Undefined variable $x in /srv/shop/src/Cart.php on line 12", "/srv/shop/src/Cart.php:12");
	names("Can't locate X.pm at lib/Cart.pm line 12, <STDIN> line 5.", "lib/Cart.pm:12");
	names("   at Shop.Cart.Add(String s, Int32 n) in C:\\shop\\src\\Cart.cs:line 12", "C:\\shop\\src\\Cart.cs:12 Shop.Cart.Add");
	names("   at Shop.Cart.Add() in /build/src/Cart.cs:line 12", "/build/src/Cart.cs:12 Shop.Cart.Add");
	names("/build/src/Cart.cs(12,5): error CS0103: The name 'x' does not exist [/build/shop.csproj]", "/build/src/Cart.cs:12:5");
	names("    (shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.add/2", "lib/shop/cart.ex:12 Shop.Cart.add");
	names("src/Cart.hs:12:5: error: Variable not in scope: x", "src/Cart.hs:12:5");
	names("src/Cart.hs:(12,5)-(14,9): Non-exhaustive patterns", "src/Cart.hs:12:5");
	names("  error, called at src/Cart.hs:12:5 in main:Main", "src/Cart.hs:12:5");
	names("bin/deploy.sh: line 12: foo: command not found", "bin/deploy.sh:12");
	names("bin/deploy.sh: 12: foo: not found", "bin/deploy.sh:12");
	names("lib/Cart.pm: Two-argument \"open\" used at line 2, column 27.  (Severity: 5)", "lib/Cart.pm:2:27");
	names("lua: src/cart.lua:12: attempt to index a nil value", "src/cart.lua:12");
	names("File \"src/cart.ml\", line 12, characters 4-9:", "src/cart.ml:12:5");
	names("  on main.tf line 12, in resource \"aws_instance\" \"web\":", "main.tf:12");
	names("psql:db/schema.sql:12: ERROR:  syntax error", "db/schema.sql:12");
	names("#1      Cart.add (package:shop/cart.dart:12:5)", "shop/cart.dart:12:5 Cart.add");
	names("/srv/shop/cart.nim(12, 5) Error: undeclared identifier: 'x'", "/srv/shop/cart.nim:12:5");
}

static void names_with_blanks_are_had_back_in_quotes_or_as_the_wide_form(void **state)
{
	(void)state;
	struct mention m;
	size_t at = 0;
	names("\"my shop/cart.c\":12: error", "my shop/cart.c:12");
	assert_true(mention_next(SPAN("my shop/cart.c:12:5: error: x"), &at, &m));
	assert_true(span_eq(m.path, SPAN("shop/cart.c")));
	assert_true(span_eq(m.wide, SPAN("my shop/cart.c")));
	at = 0;
	assert_true(mention_next(SPAN("    at add (C:\\my shop\\cart.js:12:5)"), &at, &m));
	assert_true(span_eq(m.wide, SPAN("C:\\my shop\\cart.js")));
	at = 0;
	assert_true(mention_next(SPAN("   at Shop.Add() in C:\\my shop\\cart.cs:line 12"), &at, &m));
	assert_true(span_eq(m.wide, SPAN("C:\\my shop\\cart.cs")));
}

static void what_only_looks_like_a_place_is_none(void **state)
{
	(void)state;
	nothing("2026-01-31T09:30:45.123Z starting");
	nothing("[09:30:45] building");
	nothing("listening on http://10.0.0.1:8080/");
	nothing("connect to 10.0.0.1:8080 failed");
	nothing("GET http://shop.test:8080/cart.html HTTP/1.1");
	nothing("ratio 3:4, error: 12 of 15");
	nothing("retry(3) after sleep(10)");
	nothing("error on line 5");
	nothing("");
	nothing(":12:");
	nothing("(12)");
	nothing("12:5");
	nothing("foo.c:0: zero");
	nothing("foo.c:99999999999: too large");
}

static void several_in_one_line_come_in_order(void **state)
{
	(void)state;
	names("a/b.c:1: see c/d.c:2:3 and \"e f.py\", line 4", "a/b.c:1\nc/d.c:2:3\ne f.py:4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python_and_pytest),
		cmocka_unit_test(java_kotlin_and_scala),
		cmocka_unit_test(javascript_in_node_browsers_and_bundlers),
		cmocka_unit_test(a_heading_gives_the_path_of_what_stands_below),
		cmocka_unit_test(go_names_the_function_in_the_line_above),
		cmocka_unit_test(rust_by_panic_backtrace_and_diagnostic),
		cmocka_unit_test(compilers_and_debuggers_of_c),
		cmocka_unit_test(ruby_php_perl_dotnet_elixir_haskell_and_shells),
		cmocka_unit_test(names_with_blanks_are_had_back_in_quotes_or_as_the_wide_form),
		cmocka_unit_test(what_only_looks_like_a_place_is_none),
		cmocka_unit_test(several_in_one_line_come_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
