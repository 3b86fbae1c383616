#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/trace.h"

/* Each line of a fixture starts with the role that it must get: H head, M message, F frame, f foreign frame, S source,
 * m more, '.' none; the line itself follows from the third character on. */
static void check(const char *fixture)
{
	static const char letters[] = ".HMFfSm";
	struct trace t;
	trace_init(&t);
	for (const char *p = fixture; *p;) {
		const char *end = strchr(p, '\n');
		size_t n = (size_t)(end - p) - 2;
		char *exact = malloc(n ? n : 1); /* so that the address sanitizer sees a read past the end */
		memcpy(exact, p + 2, n);
		enum trace_role role = trace_next(&t, span_of(exact, n));
		free(exact);
		if (letters[role] != *p)
			fail_msg("'%c', want '%c': %.*s", letters[role], *p, (int)n, p + 2);
		p = end + 1;
	}
}

static void python_frames_carry_their_source_and_end_in_a_message(void **state)
{
	(void)state;
	check(". ordinary line\n"
	      "H Traceback (most recent call last):\n"
	      "F   File \"/srv/shop/cart.py\", line 12, in add\n"
	      "S     return price[item]\n"
	      "S            ~~~~~^^^^^^\n"
	      "f   File \"/usr/lib/python3.11/json/__init__.py\", line 346, in loads\n"
	      "S     return _default_decoder.decode(s)\n"
	      "M KeyError: 'apple'\n"
	      ". \n"
	      "m During handling of the above exception, another exception occurred:\n"
	      ". \n"
	      "H Traceback (most recent call last):\n"
	      "F   File \"/srv/shop/main.py\", line 3, in <module>\n"
	      "S     add('apple')\n"
	      "m   [Previous line repeated 3 more times]\n"
	      "M shop.errors.CartError: no such item\n"
	      "M \titem was 'apple'\n"
	      ". ordinary line after\n");
}

static void exception_groups_are_drawn_with_bars(void **state)
{
	(void)state;
	check("H   + Exception Group Traceback (most recent call last):\n"
	      "F   |   File \"/srv/shop/group.py\", line 3, in <module>\n"
	      "S   |     raise ExceptionGroup(\"several\", errors)\n"
	      "M   | ExceptionGroup: several (2 sub-exceptions)\n"
	      "m   +-+---------------- 1 ----------------\n"
	      "H     | Traceback (most recent call last):\n"
	      "F     |   File \"/srv/shop/group.py\", line 9, in one\n"
	      "S     |     int(\"x\")\n"
	      "M     | ValueError: invalid literal\n"
	      "m     +---------------- 2 ----------------\n"
	      "M     | TypeError: two\n"
	      "m     +------------------------------------\n"
	      ". ordinary\n");
}

static void pytest_prints_functions_marks_and_places(void **state)
{
	(void)state;
	check(". =================================== FAILURES ===================================\n"
	      "H _________________________________ test_add_up __________________________________\n"
	      ". \n"
	      "m cart = <Cart 3>\n"
	      ". \n"
	      "S     def test_add_up(cart):\n"
	      "S         cart.add(1)\n"
	      "S >       assert cart.total() == 2\n"
	      "M E       assert 1 == 2\n"
	      "M E        +  where 1 = total()\n"
	      ". \n"
	      "F tests/test_cart.py:12: AssertionError\n"
	      ". ----------------------------- Captured stdout call -----------------------------\n"
	      ". hello\n"
	      "H _________________________________ test_two __________________________________\n"
	      "F tests/test_cart.py:20: in test_two\n"
	      "S     cart.fetch()\n"
	      "F shop/cart.py:5: in fetch\n"
	      "S     raise IOError(\"x\")\n"
	      "M E   OSError: x\n"
	      ". =========================== short test summary info ============================\n"
	      ". FAILED tests/test_cart.py::test_add_up - assert 1 == 2\n");
}

static void java_frames_are_told_from_the_platforms(void **state)
{
	(void)state;
	check(". 2024-01-02 03:04:05 ERROR [main] shop.Cart - broken\n"
	      "H java.lang.IllegalStateException: no such item\n"
	      "F \tat shop.cart.Cart.add(Cart.java:12)\n"
	      "f \tat shop.cart.Main$$Lambda$14/0x0000.run(Unknown Source)\n"
	      "f \tat java.base/java.lang.Thread.run(Thread.java:829)\n"
	      "f \tat org.junit.runners.ParentRunner.run(ParentRunner.java:3)\n"
	      "M \tSuppressed: java.io.IOException: closed\n"
	      "F \t\tat shop.cart.Cart.close(Cart.java:33)\n"
	      "m \t\t... 3 more\n"
	      "M Caused by: java.lang.NullPointerException\n"
	      "F \tat shop.cart.Price.of(Price.kt:7) ~[shop.jar:1.0]\n"
	      "F \tat app//shop.Other.run(Other.scala:1)\n"
	      "m \t... 12 common frames omitted\n"
	      ". next line\n"
	      "H Exception in thread \"main\" java.lang.Error: x\n"
	      "F \tat shop.Main.main(Main.java:1)\n"
	      ". CartTest > adds FAILED\n"
	      "H     org.opentest4j.AssertionFailedError: expected: <1> but was: <2>\n"
	      "F         at shop.CartTest.adds(CartTest.java:12)\n"
	      "H     java.lang.AssertionError at CartTest.java:12\n"
	      ". done\n");
}

static void javascript_errors_carry_fields_and_excerpts(void **state)
{
	(void)state;
	check("H TypeError: Cannot read properties of undefined (reading 'x')\n"
	      "F     at Cart.add (/srv/shop/cart.js:12:3)\n"
	      "F     at async /srv/shop/main.mjs:3:1\n"
	      "f     at Object.<anonymous> (/srv/shop/node_modules/mocha/lib/x.js:1:1)\n"
	      "f     at processTicksAndRejections (node:internal/process/task_queues:96:5)\n"
	      "f     at new Promise (<anonymous>)\n"
	      "f     at Module._compile (module.js:570:32) {\n"
	      "M   code: 'ERR_X',\n"
	      "M   errno: -2\n"
	      "m }\n"
	      ". plain\n"
	      "H   ● cart › adds\n"
	      ". \n"
	      "M     expect(received).toBe(expected) // Object.is equality\n"
	      ". \n"
	      "M     Expected: 2\n"
	      "M     Received: 1\n"
	      ". \n"
	      "S       10 |   it('adds', () => {\n"
	      "S     > 11 |     expect(cart()).toBe(2);\n"
	      "S          |                    ^\n"
	      "S       12 |   });\n"
	      ". \n"
	      "F       at Object.<anonymous> (cart.test.js:11:20)\n"
	      ". \n"
	      ". Test Suites: 1 failed\n"
	      "F /srv/shop/cart.js:12\n"
	      "S     throw new Error('x');\n"
	      "S     ^\n"
	      ". \n"
	      "H Error: x\n"
	      "F     at Object.<anonymous> (/srv/shop/cart.js:12:9)\n"
	      ". \n"
	      "m Node.js v18.0.0\n");
}

static void go_prints_a_frame_on_two_lines(void **state)
{
	(void)state;
	check("H panic: runtime error: index out of range [3] with length 2 [recovered]\n"
	      "H \tpanic: runtime error: index out of range [3]\n"
	      "M [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a]\n"
	      ". \n"
	      "m goroutine 7 [running]:\n"
	      "f testing.tRunner.func1.2({0x4f, 0x5})\n"
	      "f \t/usr/local/go/src/testing/testing.go:1545 +0x238\n"
	      "f panic({0x4f?, 0x5?})\n"
	      "f \t/usr/local/go/src/runtime/panic.go:914 +0x21f\n"
	      "F example.org/shop.(*Cart).Add(...)\n"
	      "F \t/home/u/shop/cart.go:12\n"
	      "F example.org/shop.TestAdd(0xc0001)\n"
	      "F \t/home/u/shop/cart_test.go:9 +0x1d\n"
	      "f created by testing.(*T).Run in goroutine 1\n"
	      "f \t/usr/local/go/src/testing/testing.go:1648 +0x3ad\n"
	      "m exit status 2\n"
	      ". FAIL\texample.org/shop\t0.005s\n");
}

static void go_tests_state_place_and_message(void **state)
{
	(void)state;
	check("H --- FAIL: TestAdd (0.00s)\n"
	      "F     cart_test.go:12: got 1, want 2\n"
	      "M         more text\n"
	      "H     --- FAIL: TestAdd/sub (0.00s)\n"
	      "F         cart_test.go:15:\n"
	      "M             \tError Trace:\tcart_test.go:15\n"
	      "M             \tError:      \tNot equal\n"
	      "M             \t            \texpected: 1\n"
	      ". FAIL\n");
}

static void go_races_show_both_sides(void **state)
{
	(void)state;
	check(". ==================\n"
	      "H WARNING: DATA RACE\n"
	      "M Read at 0x00c000 by goroutine 7:\n"
	      "F   main.main.func1()\n"
	      "F       /home/u/shop/main.go:7 +0x3c\n"
	      ". \n"
	      "M Previous write at 0x00c0 by main goroutine:\n"
	      "F   main.main()\n"
	      "F       /home/u/shop/main.go:9 +0x99\n"
	      ". ==================\n");
}

static void rust_panics_may_be_followed_by_a_backtrace(void **state)
{
	(void)state;
	check("H thread 'main' panicked at src/main.rs:2:5:\n"
	      "M assertion `left == right` failed: sums\n"
	      "M   left: 1\n"
	      "M  right: 2\n"
	      "m stack backtrace:\n"
	      "f    0: rust_begin_unwind\n"
	      "f              at /rustc/9fc6b4312/library/std/src/panicking.rs:617:5\n"
	      "f    1: core::panicking::panic_fmt\n"
	      "f              at /rustc/9fc6b4312/library/core/src/panicking.rs:67:14\n"
	      "F    2: shop::cart::add\n"
	      "F              at ./src/main.rs:2:5\n"
	      "F    3: shop::main\n"
	      "F              at ./src/main.rs:9:5\n"
	      "f    4: core::ops::function::FnOnce::call_once\n"
	      "f              at /rustc/9fc/library/core/src/ops/function.rs:250:5\n"
	      "m note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n"
	      "H thread 'cart::adds' panicked at 'no item', src/cart.rs:3:9\n"
	      "m note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
	      "H Error: could not load\n"
	      ". \n"
	      "m Caused by:\n"
	      "M     0: no such file\n"
	      "M     1: other\n"
	      ". after\n");
}

static void ruby_prints_frames_in_either_order(void **state)
{
	(void)state;
	check("H cart.rb:3:in `add': no such item (KeyError)\n"
	      "F \tfrom cart.rb:9:in `block in main'\n"
	      "f \tfrom /usr/lib/ruby/gems/2.7.0/gems/rake-13/lib/rake.rb:3:in `run'\n"
	      "F \tfrom main.rb:12:in `<main>'\n"
	      ". done\n"
	      "H Traceback (most recent call last):\n"
	      "F \t2: from main.rb:12:in `<main>'\n"
	      "F \t1: from cart.rb:9:in `block in main'\n"
	      "H cart.rb:3:in `add': no such item (KeyError)\n"
	      ". done\n"
	      ".   1) Cart adds\n"
	      "H      Failure/Error: expect(cart.total).to eq(2)\n"
	      ". \n"
	      "M        expected: 2\n"
	      "M             got: 1\n"
	      ". \n"
	      "M        (compared using ==)\n"
	      "F      # ./spec/cart_spec.rb:12:in `block (2 levels) in <top (required)>'\n"
	      "f      # /home/u/.rvm/gems/ruby-2.6/gems/rspec-3/x.rb:1:in `run'\n"
	      "F      # ./spec/cart_spec.rb:12\n"
	      ". \n");
}

static void php_numbers_its_frames(void **state)
{
	(void)state;
	check("H PHP Fatal error:  Uncaught RuntimeException: no item in /srv/shop/cart.php:12\n"
	      "m Stack trace:\n"
	      "F #0 /srv/shop/main.php(3): Cart->add('apple')\n"
	      "f #1 /srv/shop/vendor/phpunit/x.php(1): run()\n"
	      "f #2 [internal function]: f()\n"
	      "m #3 {main}\n"
	      "F   thrown in /srv/shop/cart.php on line 12\n"
	      ". ok\n");
}

static void perl_says_at_and_line(void **state)
{
	(void)state;
	check("H no such item at cart.pl line 3.\n"
	      "F \tmain::add(\"apple\") called at main.pl line 9\n"
	      "f \teval {...} called at /usr/share/perl5/Carp.pm line 9\n"
	      ". ok\n"
	      "H #   Failed test 'adds'\n"
	      "F #   at t/cart.t line 12.\n"
	      "M #          got: '1'\n"
	      "M #     expected: '2'\n"
	      ". ok\n");
}

static void elixir_frames_name_their_application(void **state)
{
	(void)state;
	check("H ** (RuntimeError) no such item\n"
	      "F     (shop 1.0.0) lib/cart.ex:3: Cart.add/1\n"
	      "f     (elixir 1.14.0) lib/enum.ex:1658: Enum.\"-map/2-lists^map/1-0-\"/2\n"
	      "F     lib/main.ex:9: Main.run/0\n"
	      "F     test/cart_test.exs:12: (test)\n"
	      "H   1) test adds (CartTest)\n"
	      "F      test/cart_test.exs:5\n"
	      "M      Assertion with == failed\n"
	      "M      code:  assert Cart.total() == 2\n"
	      "M      left:  1\n"
	      "M      right: 2\n"
	      "m      stacktrace:\n"
	      "F        test/cart_test.exs:8: (test)\n"
	      "f        (ex_unit) lib/ex_unit/runner.ex:1: ExUnit.Runner.exec_test/1\n"
	      ". \n"
	      ". .\n");
}

static void dotnet_frames_may_have_a_line(void **state)
{
	(void)state;
	check("H Unhandled exception. System.InvalidOperationException: no item\n"
	      "M  ---> System.ArgumentException: bad\n"
	      "F    at Shop.Cart.Add(Item i) in /src/Cart.cs:line 12\n"
	      "f    at System.Linq.Enumerable.First[T](IEnumerable`1 s)\n"
	      "m    --- End of inner exception stack trace ---\n"
	      "F    at Shop.Main.Run(String[] args)\n"
	      ". ok\n");
}

static void a_shell_names_its_line(void **state)
{
	(void)state;
	check("H build.sh: line 12: foo: command not found\n");
}

static void sanitizers_report_frames_and_memory(void **state)
{
	(void)state;
	check(". =================================================================\n"
	      "H ==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x4a\n"
	      "M READ of size 4 at 0x602000000010 thread T0\n"
	      "F     #0 0x4f1a2b in add(int*) /srv/shop/cart.c:12:3\n"
	      "F     #1 0x4f1c00 in main /srv/shop/main.c:9:3\n"
	      "f     #2 0x7f0b2a (/lib/x86_64-linux-gnu/libc.so.6+0x270b2)\n"
	      "f     #3 0x41d0 in _start (/srv/shop/a.out+0x41d0)\n"
	      ". \n"
	      "M 0x602000000010 is located 0 bytes inside of 4-byte region\n"
	      "M freed by thread T0 here:\n"
	      "f     #0 0x4a in free (/srv/shop/a.out+0x4a)\n"
	      ". \n"
	      "M SUMMARY: AddressSanitizer: heap-use-after-free /srv/shop/cart.c:12:3 in add(int*)\n"
	      "m Shadow bytes around the buggy address:\n"
	      "m   0x0c047fff7fb0: fa fa fa\n"
	      "m =>0x0c047fff8000: fa fa[fd]fa\n"
	      "m ==123==ABORTING\n"
	      ". done\n");
}

static void valgrind_puts_the_process_before_each_line(void **state)
{
	(void)state;
	check("H ==7== Invalid read of size 4\n"
	      "F ==7==    at 0x10916B: add (cart.c:12)\n"
	      "F ==7==    by 0x109180: main (main.c:9)\n"
	      "M ==7==  Address 0x4a is 0 bytes after a block\n"
	      "f ==7==    at 0x4C2FB0F: malloc (vg_replace_malloc.c:299)\n"
	      "f ==7==    by 0x4E9B: ??? (in /usr/lib/libx.so.6)\n"
	      "F ==7==    by 0x10916B: read (file.c:12)\n"
	      "m ==7==\n"
	      ". done\n"
	      "H cart.c:12:3: runtime error: signed integer overflow\n");
}

static void debuggers_aborts_and_crash_reports_are_known(void **state)
{
	(void)state;
	check("H Program received signal SIGSEGV, Segmentation fault.\n"
	      "F #0  add (x=1) at cart.c:12\n"
	      "f #1  0x00007ffff7 in __libc_start_main () from /lib/libc.so.6\n"
	      "F #2  0x0000555 in main () at main.c:9\n"
	      "H terminate called after throwing an instance of 'std::runtime_error'\n"
	      "M   what():  no item\n"
	      ". Aborted (core dumped)\n"
	      "H *** Error in `./a.out': double free or corruption (fasttop): 0x01 ***\n"
	      "m ======= Backtrace: =========\n"
	      "f /lib/x86_64-linux-gnu/libc.so.6(+0x777e5)[0x7f0b2a]\n"
	      "F ./a.out(main+0x12)[0x400abc]\n"
	      "m ======= Memory map: ========\n"
	      "m 00400000-00401000 r-xp 00000000 08:01 1 /srv/a.out\n"
	      "m 7f0000000-7f1000000 rw-p 00000000 00:00 0\n"
	      ". done\n"
	      ". #12 0.123 building\n"
	      ". #7 [stage 2/3] RUN make\n"
	      ". #5 DONE 0.1s\n"
	      "H Thread 0 Crashed:\n"
	      "f 0   libsystem_kernel.dylib  0x00007fff6a 0x7fff + 10\n"
	      "F 1   MyApp                   0x0000000100003f00 main + 32\n");
}

static void a_loggers_prefix_may_stand_before_each_line(void **state)
{
	(void)state;
	check("H Jan 02 03:04:05 host app[123]: Traceback (most recent call last):\n"
	      "F Jan 02 03:04:05 host app[123]:   File \"/srv/shop/cart.py\", line 12, in add\n"
	      "S Jan 02 03:04:06 host app[123]:     return price[item]\n"
	      "M Jan 02 03:04:06 host app[123]: KeyError: 'apple'\n"
	      ". Jan 02 03:04:07 host app[123]: going on\n"
	      "H [ERROR] java.lang.IllegalStateException: x\n"
	      "F [ERROR] \tat shop.Cart.add(Cart.java:12)\n"
	      "m [ERROR] \t... 3 more\n"
	      ". [ERROR] Failed to execute\n"
	      "H 2024-01-02 03:04:05 ERROR [main] shop.Cart - java.lang.IllegalStateException: x\n"
	      "F \tat shop.Cart.add(Cart.java:12)\n"
	      ". 2024-01-02 03:04:06 ERROR [main] shop.Cart - fine\n"
	      "H [   12.345678] BUG: unable to handle page fault for address: 00000000\n"
	      "F [   12.345679] RIP: 0010:cart_add+0x12/0x34 [shop]\n"
	      "H [   12.345680] Call Trace:\n"
	      "m [   12.345680]  <TASK>\n"
	      "F [   12.345681]  cart_add+0x12/0x34 [shop]\n"
	      "F [   12.345682]  ? do_syscall_64+0x12/0x34\n"
	      ". [   12.345683] going on\n"
	      "H INTERNALERROR> Traceback (most recent call last):\n"
	      "f INTERNALERROR>   File \"/srv/env/lib/python3.9/site-packages/_pytest/main.py\", line 268, in wrap_session\n"
	      "S INTERNALERROR>     session.exitstatus = doit(config, session) or 0\n"
	      "M INTERNALERROR> ValueError: x\n"
	      "H 12:00:01 panic: oh no\n"
	      ". 12:00:02 other\n");
}

static void erlang_reports_spread_their_terms(void **state)
{
	(void)state;
	check("H =CRASH REPORT==== 5-Jul-2024::07:41:12 ===\n"
	      "M   crasher:\n"
	      "M     initial call: cart:init/1\n"
	      "m     [{cart,add,\n"
	      "m              [1,2],\n"
	      "F              [{file,\"src/cart.erl\"},{line,12}]},\n"
	      "f      {gen_server,loop,7,[{file,\"gen_server.erl\"},{line,226}]}]\n"
	      ". going on\n"
	      "H ** Reason for termination ==\n"
	      "M ** {badmatch,3}\n"
	      ". going on\n");
}

static void other_test_frameworks_number_their_failures(void **state)
{
	(void)state;
	check("H 1) Shop\\CartTest::testAdds with data set \"two\" (1, 2)\n"
	      "M Failed asserting that 1 matches expected 2.\n"
	      ". \n"
	      "F /srv/shop/tests/CartTest.php:12\n"
	      "f /srv/shop/vendor/bin/x.php:3\n"
	      ". \n"
	      "H   1) Failure:\n"
	      "M CartTest#test_adds [/srv/shop/test/cart_test.rb:12]:\n"
	      ". \n"
	      ". 2) what to do next\n"
	      "H   Error Message:\n"
	      "M    Assert.Equal() Failure\n"
	      "m   Stack Trace:\n"
	      "F      at Shop.CartTest.Adds() in /src/CartTest.cs:line 12\n"
	      ". done\n");
}

static void browsers_have_forms_of_their_own(void **state)
{
	(void)state;
	check("H \tTypeError: Unable to get property 'x' of undefined\n"
	      "F \t   at add (http://localhost:9876/base/src/cart.js?3f2a:12:3)\n"
	      "f \t   at run (http://localhost:9876/base/node_modules/zone/zone.js:1:2)\n"
	      "f \t   at destroy (Unknown script code:77:48)\n"
	      "F add@http://localhost:9876/base/src/cart.js:12:3\n"
	      "f notify/<@node_modules/core/core.js:1:2\n"
	      ". ....................\n");
}

static void a_rust_message_may_have_many_lines(void **state)
{
	(void)state;
	check("H thread 'main' panicked at 'command failed: \"sh\" \"configure\"\n"
	      "M expected success, got: exit code: 77', build.rs:37:9\n"
	      "m stack backtrace:\n"
	      "f    0:     0x5597a5c1a753 - std::sys::unix::backtrace::unwind_backtrace::h6bfa65e4a0f076ef\n"
	      "f                                at src/libstd/sys/unix/backtrace.rs:39\n"
	      "F    7:     0x55ffe43736b3 - shop::run::h852c9d748e4dff52\n"
	      "F                                at src/main.rs:12\n"
	      ". done\n");
}

static void ordinary_lines_are_none(void **state)
{
	(void)state;
	check(". \n"
	      ". at least one item is missing\n"
	      ". at 12:30 the build began\n"
	      ". from typing import List\n"
	      ". src/cart.c:12:3: error: 'x' undeclared\n"
	      ". src/cart.py:12: error: Incompatible types\n"
	      ".   --> src/main.rs:1:2\n"
	      ".    12 |     let x = 1;\n"
	      ".  ---> 3f2a9c\n"
	      ".  ---> Using cache\n"
	      ". Step 3/7 : RUN make\n"
	      ". #12 fix the parser\n"
	      ". #7 0.389 building\n"
	      ". lint.....................................................................Failed\n"
	      ". Failure:\n"
	      ".   Failed:     0 Tests\n"
	      ". Error in the configuration\n"
	      ". import java.io.IOException;\n"
	      ". DeprecationWarning: old\n"
	      ". Use of uninitialized value $x in addition (+) at cart.pl line 3.\n"
	      ". checking whether it works: line 3: no\n"
	      ". 1) Cart adds\n"
	      ". [INFO] at 3 o'clock\n"
	      ". 2024-01-02 03:04:05 INFO started at main.go in 3 s\n"
	      ". _______________ coverage: platform linux, python 3.9 _______________\n"
	      ". E: Unable to locate package\n"
	      ". key = value\n"
	      ".     indented = text\n"
	      ". }\n");
}

static void an_ordinary_line_ends_a_trace(void **state)
{
	(void)state;
	check("H Traceback (most recent call last):\n"
	      ". going on as if nothing had been\n"
	      ".     indented line\n"
	      "H TypeError: x is not a function\n"
	      ". going on\n"
	      ".   12 | code\n"
	      "H panic: x\n"
	      ". going on\n"
	      ". main.add(1)\n"
	      "H Traceback (most recent call last):\n"
	      ". \n"
	      ". \n"
	      ". \n"
	      ".     indented line, three blank ones later\n");
}

static enum trace_role next(struct trace *t, const char *line) { return trace_next(t, span_of_str(line)); }

static void runs_without_a_form_of_their_own_are_limited(void **state)
{
	(void)state;
	static const struct {
		const char *head, *line;
	} runs[] = {
		{"  File \"/srv/shop/cart.py\", line 12, in add", "    source"},
		{"____________ test_add ____________", "    source"},
		{"    at f (/srv/a.js:1:2) {", "  field: 1,"},
		{"--- FAIL: TestAdd (0.00s)", "        message"},
		{"  \xe2\x97\x8f cart \xe2\x80\xba adds", "    message"},
		{"  \xe2\x97\x8f cart \xe2\x80\xba adds", "      12 | source"},
		{"=CRASH REPORT====", "      term"},
		{"#   Failed test 'x'", "# comment"},
		{"thread 'main' panicked at 'a", "message"},
		{"/srv/shop/cart.js:12", "source"},
		{"Caused by:", "  0: message"},
	};
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		struct trace t;
		trace_init(&t);
		assert_true(next(&t, runs[i].head) != TRACE_NONE);
		assert_true(next(&t, runs[i].line) != TRACE_NONE);
		int more = 0;
		while (next(&t, runs[i].line) != TRACE_NONE) {
			if (++more > 130)
				fail_msg("no end: %s", runs[i].head);
		}
		assert_true(next(&t, "going on") == TRACE_NONE);
		assert_int_equal(t.state, 0);
	}
}

/* Lines of the languages above, in a random order: whatever came before, three ordinary lines are ordinary. */
static void no_state_outlives_ordinary_lines(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"Traceback (most recent call last):",
		"  File \"/a/b.py\", line 1, in f",
		"    source",
		"ValueError: x",
		"",
		"E   x",
		">       x",
		"a/b.py:12: in f",
		"_____ test_a _____",
		"\tat a.b.C.d(E.java:1)",
		"Caused by: a.b.CError: x",
		"    at f (/a/b.js:1:2) {",
		"  code: 1",
		"}",
		"  \xe2\x97\x8f a \xe2\x80\xba b",
		"/a/b.js:12",
		"panic: x",
		"goroutine 1 [running]:",
		"main.f(0x1)",
		"\t/a/b.go:12 +0x1",
		"--- FAIL: TestA (0s)",
		"    b_test.go:1: x",
		"thread 'main' panicked at src/a.rs:1:2:",
		"thread 'a' panicked at 'x",
		"stack backtrace:",
		"   1: a::b",
		"     at src/a.rs:1:2",
		"a.rb:1:in `f': x (E)",
		"\tfrom a.rb:1:in `f'",
		"Failure/Error: x",
		"#0 /a/b.php(1): f()",
		"x at a.pl line 1.",
		"#   Failed test 'x'",
		"** (AError) x",
		"    (a 1.0) lib/a.ex:1: A.f/1",
		"  1) test a (B)",
		"==1==ERROR: AddressSanitizer: x",
		"    #0 0x123456 in f /a.c:1:2",
		"Call Trace:",
		" f+0x1/0x2",
		"Jan  2 03:04:05 host app[1]: Traceback (most recent call last):",
		"Jan  2 03:04:05 host app[1]:   File \"/a/b.py\", line 1, in f",
		"[ERROR] \tat a.b.C.d(E.java:1)",
	};
	uint32_t seed = 7;
	struct trace t;
	trace_init(&t);
	for (int round = 0; round < 20000; round++) {
		for (int i = 0; i < 6; i++) {
			seed = seed * 1664525u + 1013904223u;
			next(&t, lines[(seed >> 16) % (sizeof lines / sizeof *lines)]);
		}
		/* The first may be the message that a head announced. */
		enum trace_role first = next(&t, "going on as usual");
		assert_true(first == TRACE_NONE || first == TRACE_MESSAGE || first == TRACE_SOURCE);
		for (int i = 0; i < 100; i++) {
			if (next(&t, "going on as usual") == TRACE_NONE)
				break;
			assert_true(i < 90);
		}
		assert_int_equal(next(&t, "going on as usual"), TRACE_NONE);
		assert_int_equal(t.state, 0);
	}
}

static void any_bytes_and_any_cut_are_safe(void **state)
{
	(void)state;
	static const char *const pieces[] = {
		"at ",
		"File \"",
		", line ",
		"12",
		":",
		"3",
		"(",
		")",
		".java",
		".js",
		".go:",
		".py",
		" ",
		"\t",
		"    ",
		"#",
		"=",
		"0x1f",
		"+0x",
		"/",
		"Traceback (most recent call last)",
		"Error",
		": ",
		"E   ",
		">",
		"_ _ _ ",
		"| ",
		"+-",
		"{",
		"}",
		"[{file,\"",
		"in `",
		"'",
		"from ",
		"...",
		" more",
		"\xe2\x97\x8f ",
		"panic: ",
		"thread '",
		" panicked at ",
		"** (",
		"[ERROR] ",
		"==",
		"a",
		"A",
		"x",
		".",
		"-",
		"*",
		"1) ",
		"node_modules/",
		"java.",
		" line ",
		")[0x",
		"goroutine ",
	};
	uint32_t seed = 3;
	struct trace t;
	trace_init(&t);
	for (int round = 0; round < 200000; round++) {
		char text[256];
		size_t n = 0;
		seed = seed * 1664525u + 1013904223u;
		for (int i = (int)(seed >> 28); i > 0; i--) {
			seed = seed * 1664525u + 1013904223u;
			const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)];
			size_t len = strlen(piece);
			if (n + len > sizeof text)
				break;
			memcpy(text + n, piece, len);
			n += len;
		}
		char *exact = malloc(n ? n : 1);
		memcpy(exact, text, n);
		trace_next(&t, span_of(exact, n));
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python_frames_carry_their_source_and_end_in_a_message),
		cmocka_unit_test(exception_groups_are_drawn_with_bars),
		cmocka_unit_test(pytest_prints_functions_marks_and_places),
		cmocka_unit_test(java_frames_are_told_from_the_platforms),
		cmocka_unit_test(javascript_errors_carry_fields_and_excerpts),
		cmocka_unit_test(go_prints_a_frame_on_two_lines),
		cmocka_unit_test(go_tests_state_place_and_message),
		cmocka_unit_test(go_races_show_both_sides),
		cmocka_unit_test(rust_panics_may_be_followed_by_a_backtrace),
		cmocka_unit_test(ruby_prints_frames_in_either_order),
		cmocka_unit_test(php_numbers_its_frames),
		cmocka_unit_test(perl_says_at_and_line),
		cmocka_unit_test(elixir_frames_name_their_application),
		cmocka_unit_test(dotnet_frames_may_have_a_line),
		cmocka_unit_test(a_shell_names_its_line),
		cmocka_unit_test(sanitizers_report_frames_and_memory),
		cmocka_unit_test(valgrind_puts_the_process_before_each_line),
		cmocka_unit_test(debuggers_aborts_and_crash_reports_are_known),
		cmocka_unit_test(a_loggers_prefix_may_stand_before_each_line),
		cmocka_unit_test(erlang_reports_spread_their_terms),
		cmocka_unit_test(other_test_frameworks_number_their_failures),
		cmocka_unit_test(browsers_have_forms_of_their_own),
		cmocka_unit_test(a_rust_message_may_have_many_lines),
		cmocka_unit_test(ordinary_lines_are_none),
		cmocka_unit_test(an_ordinary_line_ends_a_trace),
		cmocka_unit_test(runs_without_a_form_of_their_own_are_limited),
		cmocka_unit_test(no_state_outlives_ordinary_lines),
		cmocka_unit_test(any_bytes_and_any_cut_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
