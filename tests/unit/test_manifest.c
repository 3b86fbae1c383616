/* Manifests of small trees made here, through the public header; and the parts that can be looked at alone. */
#include "tree_fixture.h"

#include "base/buf.h"
#include "base/mem.h"
#include "ctxcut.h"
#include "json_schema.h"
#include "render/json_text.h"
#include "render/manifest.h"
#include "text/json.h"
#include "tree/file.h"
#include "tree/hold.h"
#include "tree/nature.h"
#include "tree/packed.h"
#include "tree/testing.h"
#include "tree/words.h"

static int collect(void *user, const char *bytes, size_t len)
{
	buf_add(user, bytes, len);
	return 0;
}

/* Options as "name=value", NULL at the end. Runs in `scratch`. */
static struct ctxcut_manifest *scanned(const char *const *options)
{
	struct ctxcut_manifest *m = ctxcut_manifest_new();
	assert_int_equal(chdir(scratch), 0);
	assert_int_equal(ctxcut_manifest_set(m, "cache", "no"), CTXCUT_OK);
	for (; options && *options; options++) {
		char name[64];
		const char *value = strchr(*options, '=') + 1;
		snprintf(name, sizeof name, "%.*s", (int)(value - 1 - *options), *options);
		assert_int_equal(strcmp(name, "document") == 0 ? ctxcut_manifest_document(m, value) : ctxcut_manifest_set(m, name, value),
		                 CTXCUT_OK);
	}
	assert_true(ctxcut_manifest_scan(m) <= CTXCUT_INPUT);
	return m;
}

static struct buf rendered(const char *const *options)
{
	struct buf out = {0};
	struct ctxcut_manifest *m = scanned(options);
	assert_true(ctxcut_manifest_render(m, collect, &out) <= CTXCUT_INPUT);
	ctxcut_manifest_free(m);
	return out;
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The record of a path, or NULL. */
static json_t *record_of(struct span lines, const char *path)
{
	for (const char *end; lines.len; lines = span_from(lines, (size_t)(end - lines.ptr) + 1)) {
		end = memchr(lines.ptr, '\n', lines.len);
		assert_non_null(end);
		json_t *record = json_loadb(lines.ptr, (size_t)(end - lines.ptr), 0, NULL);
		assert_non_null(record);
		const char *name = json_string_value(json_object_get(record, "path"));
		if (path ? name && strcmp(name, path) == 0 : !name)
			return record;
		json_decref(record);
	}
	return NULL;
}

static void write_tree(void)
{
	sh("mkdir -p shop tests vendor/lib docs && "
	   "printf '\"\"\"A cart.\"\"\"\\nimport json\\n\\n\\nclass ShoppingCart:\\n    def add_item(self, item):\\n        return item\\n\\n"
	   "    def checkout_total(self):\\n        return 1\\n\\n\\ndef load_cart(path):\\n    return json.load(path)\\n' >shop/cart.py && "
	   "printf 'def format_price(amount):\\n    return amount\\n' >shop/price.py && "
	   "printf 'from shop.cart import ShoppingCart\\n\\n\\ndef test_add():\\n    assert ShoppingCart().add_item(1)\\n' >tests/test_cart.py && "
	   "printf 'int pay(int amount)\\n{\\n\\treturn amount;\\n}\\n' >pay.c && "
	   "printf '# Shop\\n\\nSells.\\n' >README.md && "
	   "printf 'int copied(void) { return 1; }\\n' >vendor/lib/copied.c && "
	   "printf '\\000\\001\\002\\003\\004\\005\\006\\016\\017' >logo.bin && "
	   ": >empty.py && ln -s pay.c link.c");
}

/* ---- paths -------------------------------------------------------------------------------------------------------- */

static void tests_are_told_by_their_paths(void **state)
{
	(void)state;
	static const char *const tests[] = {"tests/a.py", "pkg/__tests__/x.js", "test_a.py", "a_test.go", "ATest.java", "a.spec.ts",
	                                    "spec/models/user_spec.rb", "src/Foo.Tests/Bar.cs", "conftest.py", "x.test.jsx", "TestPay.kt"};
	static const char *const others[] = {"a.py", "src/latest.c", "contest.py", "t_string.c", "attest/a.go", "Testing.md", "greatest.rs"};
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (!path_is_test(span_of_str(tests[i])))
			fail_msg("%s is a test", tests[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (path_is_test(span_of_str(others[i])))
			fail_msg("%s is no test", others[i]);
}

static void a_tests_name_names_its_subject(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"tests/test_wallet.py", "wallet"}, {"wallet_test.go", "wallet"}, {"WalletTest.java", "Wallet"},
	                                       {"wallet.spec.ts", "wallet"}, {"wallet-test.js", "wallet"}, {"TestWallet.cs", "Wallet"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		bool by_name;
		struct span subject = test_subject(span_of_str(pairs[i][0]), &by_name);
		assert_true(by_name);
		assert_true(span_eq(subject, span_of_str(pairs[i][1])));
	}
	bool by_name;
	test_subject(SPAN("tests/wallet.py"), &by_name);
	assert_false(by_name);
}

static void paths_in_text_come_back_as_they_were(void **state)
{
	(void)state;
	static const char *const paths[] = {"a.c", "with blank.c", " leading", "new\nline", "tab\t", "quote\"d", "back\\slash", "\xff\xfe",
	                                    "\xc3\xa4.c", "\xe2\x80\xae.exe", "a:1-2", "\x01", "100%", "%41\xff"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct buf text = {0}, back = {0}, json = {0};
		struct span path = span_of_str(paths[i]);
		text_add_path(&text, path);
		for (size_t k = 0; k < text.len; k++)
			assert_true((unsigned char)text.ptr[k] >= 0x20);
		buf_add_str(&text, ":1-9 rest");
		struct span rest = buf_span(&text);
		if (rest.ptr[0] == '"') {
			assert_true(text_take_path(&rest, "", &back));
			assert_true(span_eq(rest, SPAN(":1-9 rest")));
			assert_true(span_eq(buf_span(&back), path));
		} else {
			assert_true(span_starts(rest, path));
		}
		buf_add_char(&json, '{');
		json_add_path(&json, path);
		buf_add_char(&json, '}');
		json_t *object = json_loadb(json.ptr, json.len, 0, NULL);
		assert_non_null(object);
		buf_clear(&back);
		struct span got = span_of_str(json_string_value(json_object_get(object, "path")));
		if (json_object_get(object, "path_encoding"))
			path_from_percent(&back, got);
		else
			buf_add_span(&back, got);
		assert_true(span_eq(buf_span(&back), path));
		json_decref(object);
		buf_release(&text);
		buf_release(&back);
		buf_release(&json);
	}
}

/* ---- natures ------------------------------------------------------------------------------------------------------ */

static void generated_files_say_so_in_a_comment(void **state)
{
	(void)state;
	assert_true(nature_says_generated(SPAN("// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a\n")));
	assert_true(nature_says_generated(SPAN("# -*- coding: utf-8 -*-\n# Generated by the protocol compiler.  DO NOT EDIT!\n")));
	assert_true(nature_says_generated(SPAN("/*\n * This file was generated by x.\n *\n * Do not edit it by hand.\n */\n")));
	assert_true(nature_says_generated(SPAN("/* @generated */\n")));
	assert_true(nature_says_generated(SPAN("<!-- automatically generated by x -->\n")));
	assert_false(nature_says_generated(SPAN("int main(void) { puts(\"generated, do not edit\"); }\n")));
	assert_false(nature_says_generated(SPAN("# Do not edit this on Fridays.\nx = 1\n")));
	assert_false(nature_says_generated(SPAN("/* Keys are generated here. */\n")));
	assert_false(nature_says_generated(SPAN("")));
}

static void signs_of_a_generator_are_found_wherever_they_stand(void **state)
{
	(void)state;
	static const char *const signs[] = {"GENERATED by x, DO NOT EDIT", "Autogen: do not modify", "Created BY x. Don't edit", "@generated"};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		for (size_t before = 0; before < 80; before++) {
			struct buf head = {0};
			buf_add_str(&head, "// ");
			for (size_t k = 0; k < before; k++)
				buf_add_char(&head, k % 10 ? 'x' : ' ');
			buf_add_str(&head, signs[i]);
			/* A copy of the exact size, so that a sanitizer sees a read past the end. */
			char *copy = mem_alloc(head.len);
			memcpy(copy, head.ptr, head.len);
			assert_true(nature_says_generated(span_of(copy, head.len)));
			assert_false(nature_says_generated(span_of(copy, head.len - strlen(signs[i]) + 5)));
			free(copy);
			buf_release(&head);
		}
}

static void newlines_are_counted_in_texts_of_any_length(void **state)
{
	(void)state;
	enum { LONGEST = 5000 };
	char *text = mem_alloc(LONGEST);
	uint64_t plain = 0;
	for (size_t i = 0; i < LONGEST; i++)
		text[i] = i % 3000 < 2500 && i % 7 ? '\n' : (char)(i % 11 ? 0x0b : 0x8a); /* near an LF in the bits */
	for (size_t len = 0; len <= LONGEST; len++) {
		/* The text's end, so that every alignment comes. */
		assert_int_equal(file_count_newlines(span_of(text + LONGEST - len, len)), plain);
		if (len < LONGEST)
			plain += text[LONGEST - len - 1] == '\n';
	}
	free(text);
}

static void lock_files_and_others_code_are_told_by_name(void **state)
{
	(void)state;
	assert_true(nature_is_lock_file(SPAN("package-lock.json")));
	assert_true(nature_is_lock_file(SPAN("go.sum")));
	assert_false(nature_is_lock_file(SPAN("lock.c")));
	assert_true(nature_is_vendored(SPAN("a/node_modules/b/c.js")));
	assert_true(nature_is_vendored(SPAN("deps/lua/lua.c")));
	assert_false(nature_is_vendored(SPAN("src/deps/graph.c")));
	assert_false(nature_is_vendored(SPAN("vendor.c")));
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

static void words_are_distinct_and_sorted_however_many(void **state)
{
	(void)state;
	struct words *w = words_new();
	struct buf text = {0};
	const uint32_t *list;
	for (int i = 0; i < 60000; i++)
		buf_addf(&text, "name_%d name_%d;", i, i / 2);
	size_t count = words_of(w, buf_span(&text), &list);
	assert_in_range(count, 59990, 60000); /* two words may share a hash */
	for (size_t i = 1; i < count; i++)
		assert_true(list[i - 1] < list[i]);
	assert_int_equal(words_of(w, SPAN("foo(bar, 12ab, x, foo) \xc3\xa4\xc3\xb6\xc3\xbc"), &list), 3);
	bool found = false;
	for (size_t i = 0; i < 3; i++)
		found |= list[i] == word_hash(SPAN("bar"));
	assert_true(found);
	assert_true(word_is_telling(SPAN("parse_frame")));
	assert_true(word_is_telling(SPAN("parseFrame")));
	assert_false(word_is_telling(SPAN("update")));
	words_free(w);
	buf_release(&text);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static void scan_text(struct file_facts *facts, struct span text)
{
	struct outliner *o = outliner_new();
	*facts = (struct file_facts){.language = language_named(SPAN("python")), .bytes = text.len, .lines = 7, .tokens = 99};
	facts->hash = hash128_of(text.ptr, text.len);
	assert_non_null(facts->language);
	outline_scan(o, facts->language, text, &facts->outline);
	outliner_free(o);
}

static void a_packed_row_gives_everything_back(void **state)
{
	(void)state;
	struct file_facts in, out = {0};
	struct buf row = {0}, words = {0};
	static const uint32_t list[] = {0, 5, 6, 4000000000u};
	scan_text(&in, SPAN("import os\n\n\n@wraps\nclass A(B):\n    def f(self, a=1):\n        pass\n\n\ndef g():\n    return A\n"));
	assert_true(in.outline.count >= 3);
	packed_write(&in, list, 4, &row);
	assert_true(packed_read(buf_span(&row), &out, &words));
	assert_int_equal(out.tokens, 99);
	assert_true(hash128_eq(in.hash, out.hash));
	assert_ptr_equal(in.language, out.language);
	assert_int_equal(out.outline.count, in.outline.count);
	assert_true(span_eq(buf_span(&in.outline.imports), buf_span(&out.outline.imports)));
	for (size_t i = 0; i < in.outline.count; i++) {
		const struct symbol *a = &in.outline.symbols[i], *b = &out.outline.symbols[i];
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->parent, b->parent);
		assert_int_equal(a->lead_line, b->lead_line);
		assert_int_equal(a->first_line, b->first_line);
		assert_int_equal(a->name_line, b->name_line);
		assert_int_equal(a->last_line, b->last_line);
		assert_int_equal(a->exported, b->exported);
		assert_int_equal(a->recovered, b->recovered);
		assert_true(span_eq(symbol_name(&in.outline, a), symbol_name(&out.outline, b)));
		assert_true(span_eq(symbol_signature(&in.outline, a), symbol_signature(&out.outline, b)));
	}
	assert_int_equal(words.len, sizeof list);
	assert_memory_equal(words.ptr, list, sizeof list);
	uint32_t count;
	assert_true(packed_read_head(buf_span(&row), &out, &count));
	assert_int_equal(count, in.outline.count);
	file_facts_release(&in);
	file_facts_release(&out);
	buf_release(&row);
	buf_release(&words);
}

static void a_damaged_row_is_refused_or_harmless(void **state)
{
	(void)state;
	struct file_facts in, out = {0};
	struct buf row = {0}, words = {0};
	static const uint32_t list[] = {1, 2};
	scan_text(&in, SPAN("class A:\n    def f(self):\n        pass\n"));
	packed_write(&in, list, 2, &row);
	for (size_t cut = 0; cut < row.len; cut++)
		assert_false(packed_read(span_of(row.ptr, cut), &out, &words));
	for (size_t i = 0; i < row.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			row.ptr[i] = (char)(row.ptr[i] ^ 1 << bit);
			if (packed_read(buf_span(&row), &out, &words))
				for (size_t k = 0; k < out.outline.count; k++) {
					assert_true(out.outline.symbols[k].parent == SYMBOL_NO_PARENT || out.outline.symbols[k].parent < k);
					assert_true(out.outline.symbols[k].name_off + out.outline.symbols[k].name_len <= out.outline.text.len);
				}
			row.ptr[i] = (char)(row.ptr[i] ^ 1 << bit);
		}
	file_facts_release(&in);
	file_facts_release(&out);
	buf_release(&row);
	buf_release(&words);
}

static void what_is_held_comes_back_from_memory_and_disk(void **state)
{
	(void)state;
	struct hold *h = hold_new(300 * 1024);
	struct hold_writer w = {.hold = h};
	struct hold_ref refs[400];
	struct buf row = {0}, read_into = {0};
	for (unsigned i = 0; i < 400; i++) {
		buf_clear(&row);
		for (unsigned k = 0; k < i * 20 + 1; k++)
			buf_addf(&row, "%u,", i ^ k);
		refs[i] = hold_add(&w, buf_span(&row));
	}
	for (unsigned i = 400; i-- > 0;) {
		buf_clear(&row);
		for (unsigned k = 0; k < i * 20 + 1; k++)
			buf_addf(&row, "%u,", i ^ k);
		assert_true(span_eq(hold_read(h, refs[i], &read_into), buf_span(&row)));
	}
	hold_free(h);
	buf_release(&row);
	buf_release(&read_into);
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static void json_is_read_and_bad_json_is_refused(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct json_value *v;
	struct err err;
	assert_int_equal(json_read(&v, &arena, SPAN(" {\"a\":[1,-2.5e1,true,null],\"b\":\"x\\n\\u00e4\\ud83d\\ude00\",\"n\":7} "), &err), ERR_OK);
	assert_true(span_eq(json_text(v, "b"), SPAN("x\n\xc3\xa4\xf0\x9f\x98\x80")));
	assert_int_equal(json_whole(v, "n"), 7);
	const struct json_value *list = json_member(v, "a", JSON_LIST);
	assert_non_null(list);
	assert_true(list->first->next->number == -25);
	assert_null(json_member(v, "a", JSON_TEXT));
	static const char *const bad[] = {"", "{", "[1,]", "{\"a\"}", "\"\\x\"", "\"\\ud800\"", "1 2", "\"", "nul", "{a:1}", "[\"\n\"]", "-"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (json_read(&v, &arena, span_of_str(bad[i]), &err) == ERR_OK)
			fail_msg("%s was taken", bad[i]);
	struct buf deep = {0};
	for (int i = 0; i < 1000; i++)
		buf_add_char(&deep, '[');
	assert_int_equal(json_read(&v, &arena, buf_span(&deep), &err), ERR_USAGE);
	buf_release(&deep);
	arena_release(&arena);
}

/* ---- records ------------------------------------------------------------------------------------------------------ */

static void every_record_is_as_the_schema_says(void **state)
{
	(void)state;
	write_tree();
	sh("printf x >'bad\377name.py'; printf 'def f(:\\n  (\\n' >broken.py; mkfifo pipe");
	struct buf out = rendered(OPTIONS("format=json"));
	size_t records = 0;
	for (struct span rest = buf_span(&out); rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		assert_non_null(end);
		json_t *record = json_loadb(rest.ptr, (size_t)(end - rest.ptr), JSON_REJECT_DUPLICATES, NULL);
		if (!record || !is_valid(record, schema_root))
			fail_msg("%.*s", (int)(end - rest.ptr), rest.ptr);
		json_decref(record);
		rest = span_from(rest, (size_t)(end - rest.ptr) + 1);
		records++;
	}
	assert_int_equal(records, 13);
	buf_release(&out);
}

static void a_record_tells_lines_bytes_tokens_hash_and_symbols(void **state)
{
	(void)state;
	write_tree();
	struct buf out = rendered(OPTIONS("format=json"));
	json_t *r = record_of(buf_span(&out), "pay.c"), *symbol = json_array_get(json_object_get(r, "symbols"), 0);
	static const char text[] = "int pay(int amount)\n{\n\treturn amount;\n}\n";
	char hex[33];
	hash128_hex(hash128_of(text, sizeof text - 1), hex);
	assert_string_equal(json_string_value(json_object_get(r, "language")), "c");
	assert_string_equal(json_string_value(json_object_get(r, "xxh3")), hex);
	assert_int_equal(json_integer_value(json_object_get(r, "lines")), 4);
	assert_int_equal(json_integer_value(json_object_get(r, "bytes")), sizeof text - 1);
	assert_int_equal(json_integer_value(json_object_get(r, "tokens")), ctxcut_tokens("o200k_base", text, sizeof text - 1));
	assert_string_equal(json_string_value(json_object_get(symbol, "name")), "pay");
	assert_string_equal(json_string_value(json_object_get(symbol, "signature")), "int pay(int amount)");
	assert_int_equal(json_integer_value(json_object_get(symbol, "first")), 1);
	assert_int_equal(json_integer_value(json_object_get(symbol, "last")), 4);
	json_decref(r);
	r = record_of(buf_span(&out), "vendor/lib/copied.c");
	assert_string_equal(json_string_value(json_object_get(r, "nature")), "vendored");
	assert_null(json_object_get(r, "symbols"));
	json_decref(r);
	r = record_of(buf_span(&out), "link.c");
	assert_string_equal(json_string_value(json_object_get(r, "kind")), "link");
	json_decref(r);
	r = record_of(buf_span(&out), "logo.bin");
	assert_string_equal(json_string_value(json_object_get(r, "nature")), "binary");
	json_decref(r);
	r = record_of(buf_span(&out), NULL);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(r, "summary"), "files")), 8);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(r, "summary"), "links")), 1);
	json_decref(r);
	buf_release(&out);
}

static void a_test_and_its_subject_know_one_another(void **state)
{
	(void)state;
	write_tree();
	struct buf out = rendered(OPTIONS("format=json"));
	json_t *r = record_of(buf_span(&out), "shop/cart.py"), *link = json_array_get(json_object_get(r, "tests"), 0);
	assert_string_equal(json_string_value(json_object_get(link, "path")), "tests/test_cart.py");
	assert_int_equal(json_array_size(json_object_get(link, "reasons")), 3);
	assert_true(json_number_value(json_object_get(link, "confidence")) > 0.95);
	json_decref(r);
	r = record_of(buf_span(&out), "tests/test_cart.py");
	link = json_array_get(json_object_get(r, "tests_of"), 0);
	assert_string_equal(json_string_value(json_object_get(link, "path")), "shop/cart.py");
	assert_true(json_is_true(json_object_get(r, "is_test")));
	json_decref(r);
	r = record_of(buf_span(&out), "shop/price.py");
	assert_null(json_object_get(r, "tests"));
	json_decref(r);
	buf_release(&out);
}

static void hidden_characters_are_escaped_in_json(void **state)
{
	(void)state;
	struct buf out = {0};
	put_json_string(&out, SPAN("a\"\\\n\x7f\xc2\x85\xe2\x80\xae\xf3\xa0\x80\x81\xff\xc3\xa4"));
	assert_string_equal(out.ptr, "\"a\\\"\\\\\\n\\u007f\\u0085\\u202e\\udb40\\udc01\xef\xbf\xbd\xc3\xa4\"");
	buf_release(&out);
}

static void imports_find_files_by_the_rules_of_paths(void **state)
{
	(void)state;
	sh("mkdir -p app/net lib/net include/x web/ui && for f in app/net/pool.py app/net/__init__.py lib/net/pool.py app/main.py include/x/y.h y.c "
	   "web/a.js web/ui/index.js web/ui/b.js; do echo >$f; done");
	struct tree_index *x;
	struct index_options options = {.threads = 1};
	const char *root = ".";
	assert_int_equal(chdir(scratch), 0);
	assert_int_equal(tree_index_build(&x, &root, 1, &options, NULL), ERR_OK);
	struct import_map *m = import_map_new(x);
	static const char *const cases[][3] = {
		{"app/main.py", "app.net.pool", "app/net/pool.py"}, {"app/main.py", "lib.net.pool", "lib/net/pool.py"},
		{"app/net/pool.py", ".", NULL}, {"app/main.py", ".net.pool", "app/net/pool.py"}, {"app/main.py", "app.net.pool.Pool", "app/net/pool.py"},
		{"app/main.py", "app.net", "app/net/__init__.py"}, {"app/main.py", "os", NULL}, {"app/main.py", "json.decoder", NULL},
		{"y.c", "x/y.h", "include/x/y.h"}, {"y.c", "<x/y.h>", "include/x/y.h"}, {"y.c", "stdio.h", NULL},
		{"web/a.js", "./ui", "web/ui/index.js"}, {"web/a.js", "./ui/b", "web/ui/b.js"}, {"web/a.js", "./ui/b.js", "web/ui/b.js"},
		{"web/ui/b.js", "../a", "web/a.js"}, {"web/a.js", "./b", NULL}, {"web/a.js", "react", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t from = tree_index_find(x, span_of_str(cases[i][0])), to;
		assert_int_not_equal(from, SIZE_MAX);
		to = import_resolve(m, from, span_of_str(cases[i][1]));
		struct span got = to == SIZE_MAX ? span_of("", 0) : tree_index_file(x, to)->path;
		if (!span_eq(got, cases[i][2] ? span_of_str(cases[i][2]) : span_of("", 0)))
			fail_msg("%s imports %s: got %.*s", cases[i][0], cases[i][1], (int)got.len, got.ptr);
	}
	import_map_free(m);
	tree_index_free(x);
}

static bool has_record(const struct buf *out, const char *path)
{
	json_t *r = record_of(buf_span(out), path);
	json_decref(r);
	return r != NULL;
}

static void options_choose_the_files(void **state)
{
	(void)state;
	write_tree();
	struct buf out = rendered(OPTIONS("format=json", "lang=python"));
	assert_false(has_record(&out, "pay.c"));
	assert_true(has_record(&out, "shop/cart.py"));
	buf_release(&out);
	out = rendered(OPTIONS("format=json", "glob=*.c", "glob=!vendor"));
	assert_true(has_record(&out, "pay.c"));
	assert_false(has_record(&out, "vendor/lib/copied.c"));
	assert_false(has_record(&out, "shop/cart.py"));
	buf_release(&out);
	struct ctxcut_manifest *m = ctxcut_manifest_new();
	assert_int_equal(ctxcut_manifest_set(m, "lang", "klingon"), CTXCUT_USAGE);
	assert_int_equal(ctxcut_manifest_set(m, "nothing", "x"), CTXCUT_USAGE);
	assert_int_equal(ctxcut_manifest_set(m, "budget", "99"), CTXCUT_USAGE);
	assert_int_equal(ctxcut_manifest_render(m, collect, &out), CTXCUT_USAGE);
	ctxcut_manifest_free(m);
}

static void the_cache_changes_nothing_but_the_time(void **state)
{
	(void)state;
	write_tree();
	sh("touch -d '2 days ago' shop/*.py"); /* the time of change stays fresh; results come only later */
	struct buf plain = rendered(OPTIONS("format=json")), first = rendered(OPTIONS("format=json", "cache=yes")),
		   again = rendered(OPTIONS("format=json", "cache=yes"));
	assert_true(span_eq(buf_span(&plain), buf_span(&first)));
	assert_true(span_eq(buf_span(&plain), buf_span(&again)));
	sh("echo 'def added(): pass' >>shop/price.py");
	buf_release(&plain);
	buf_release(&again);
	plain = rendered(OPTIONS("format=json"));
	again = rendered(OPTIONS("format=json", "cache=yes"));
	assert_true(span_eq(buf_span(&plain), buf_span(&again)));
	assert_false(span_eq(buf_span(&plain), buf_span(&first)));
	buf_release(&plain);
	buf_release(&first);
	buf_release(&again);
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

static void what_fits_is_shown_whole_and_a_query_comes_first(void **state)
{
	(void)state;
	write_tree();
	struct buf out = rendered(OPTIONS("format=text"));
	assert_int_equal(span_find(buf_span(&out), SPAN("[not shown")), SIZE_MAX);
	assert_int_not_equal(span_find(buf_span(&out), SPAN(":5-10 class ShoppingCart")), SIZE_MAX);
	assert_int_not_equal(span_find(buf_span(&out), SPAN("\nvendor/lib/copied.c:1 vendored")), SIZE_MAX);
	buf_release(&out);
	out = rendered(OPTIONS("format=text", "query=format the price of an amount"));
	const char *second = (const char *)memchr(out.ptr, '\n', out.len) + 1;
	assert_true(span_starts(span_of(second, out.len - (size_t)(second - out.ptr)), SPAN("shop/price.py:1-2")));
	buf_release(&out);
}

/* ---- checking ----------------------------------------------------------------------------------------------------- */

static enum ctxcut_status checked(const struct buf *manifest, struct buf *list)
{
	struct ctxcut_manifest *m = scanned(NULL);
	buf_clear(list);
	enum ctxcut_status status = ctxcut_manifest_check(m, manifest->ptr, manifest->len, collect, list);
	ctxcut_manifest_free(m);
	return status;
}

static void a_check_tells_what_moved_changed_and_vanished(void **state)
{
	(void)state;
	static const char *const formats[] = {"format=json", "format=text", "format=markdown"};
	struct buf list = {0};
	for (size_t i = 0; i < 3; i++) {
		sh("rm -rf shop tests vendor docs *.c *.py *.md *.bin");
		write_tree();
		struct buf manifest = rendered(OPTIONS(formats[i]));
		if (checked(&manifest, &list) != CTXCUT_OK)
			fail_msg("%s\n%s", manifest.ptr, list.ptr);
		assert_int_not_equal(span_find(buf_span(&list), SPAN(" 0 moved, 0 changed, 0 vanished")), SIZE_MAX);
		sh("sed -i '1i # new' shop/price.py && sed -i 's/int pay(int amount)/long pay(long amount)/' pay.c && "
		   "sed -i '/def load_cart/,$d' shop/cart.py && rm README.md");
		assert_int_equal(checked(&manifest, &list), CTXCUT_CHANGED);
		struct span got = buf_span(&list);
		assert_int_not_equal(span_find(got, SPAN("moved\tshop/price.py:1-2\tshop/price.py:2-3\tdef format_price(amount)")), SIZE_MAX);
		assert_int_not_equal(span_find(got, SPAN("changed\tpay.c:1-4\tpay.c:1-4\tlong pay(long amount)")), SIZE_MAX);
		assert_int_not_equal(span_find(got, SPAN("vanished\tshop/cart.py:13-14\t\tdef load_cart(path)")), SIZE_MAX);
		assert_int_not_equal(span_find(got, SPAN("vanished\tREADME.md\t\t\n")), SIZE_MAX);
		buf_release(&manifest);
	}
	struct buf none = {0};
	buf_add_str(&none, "nothing of that kind\n");
	assert_int_equal(checked(&none, &list), CTXCUT_USAGE);
	buf_clear(&none);
	buf_add_str(&none, "{\"path\":\n");
	assert_int_equal(checked(&none, &list), CTXCUT_USAGE);
	buf_release(&none);
	buf_release(&list);
}

/* ---- documents ---------------------------------------------------------------------------------------------------- */

static enum ctxcut_status updated(const char *document, int *changed, char *said)
{
	struct ctxcut_manifest *m = scanned(OPTIONS(document));
	enum ctxcut_status status = ctxcut_manifest_update(m, changed);
	strcpy(said, ctxcut_manifest_error(m));
	ctxcut_manifest_free(m);
	return status;
}

static enum ctxcut_status stale(const char *document, struct buf *list)
{
	struct ctxcut_manifest *m = scanned(OPTIONS(document));
	buf_clear(list);
	enum ctxcut_status status = ctxcut_manifest_stale(m, collect, list);
	ctxcut_manifest_free(m);
	return status;
}

static void a_document_keeps_all_but_the_block(void **state)
{
	(void)state;
	int changed;
	char said[512];
	struct buf list = {0};
	write_tree();
	sh("printf '# Agents\\r\\n\\r\\nBe kind.' >AGENTS.md; chmod 640 AGENTS.md; ln -s AGENTS.md CLAUDE.md");
	assert_int_equal(stale("document=AGENTS.md", &list), CTXCUT_CHANGED);
	assert_int_equal(updated("document=CLAUDE.md", &changed, said), CTXCUT_OK);
	assert_true(changed);
	assert_non_null(strstr(said, "no markers"));
	assert_int_equal(stale("document=AGENTS.md", &list), CTXCUT_OK);
	assert_int_equal(sh("test -L CLAUDE.md && test \"$(stat -c %%a AGENTS.md)\" = 640"), 0);
	assert_int_equal(sh("test \"$(head -c 20 AGENTS.md | od -c)\" = \"$(printf '# Agents\\r\\n\\r\\nBe kind.' | od -c)\""), 0);
	assert_int_equal(sh("test \"$(tr -dc '\\r' <AGENTS.md | wc -c)\" = \"$(wc -l <AGENTS.md)\""), 0);
	assert_int_equal(sh("grep -q '^shop/cart.py:1-14 ' AGENTS.md && ! grep -q '^AGENTS.md' AGENTS.md"), 0);
	assert_int_equal(updated("document=AGENTS.md", &changed, said), CTXCUT_OK);
	assert_false(changed);
	assert_string_equal(said, "");
	sh("printf 'After.\\r\\n' >>AGENTS.md; sed -i '1i # new' shop/price.py");
	assert_int_equal(stale("document=AGENTS.md", &list), CTXCUT_CHANGED);
	assert_int_not_equal(span_find(buf_span(&list), SPAN("moved\tshop/price.py:1-2\tshop/price.py:2-3")), SIZE_MAX);
	assert_int_equal(updated("document=AGENTS.md", &changed, said), CTXCUT_OK);
	assert_true(changed);
	assert_int_equal(sh("tail -n 1 AGENTS.md | tr -d '\\r' | grep -qx After. && test \"$(ls | grep -c ctxcut)\" = 0"), 0);
	assert_int_equal(stale("document=AGENTS.md", &list), CTXCUT_OK);
	buf_release(&list);
}

static void broken_markers_are_an_error_with_their_place(void **state)
{
	(void)state;
	int changed;
	char said[512];
	static const char *const documents[][2] = {
		{"<!-- ctxcut manifest: begin -->\\nx\\n", ":1: a begin marker without an end"},
		{"a\\n<!-- ctxcut manifest: end -->\\n", ":2: an end marker without a begin"},
		{"<!-- ctxcut manifest: begin -->\\n<!-- ctxcut manifest: begin -->\\n", ":2: a second begin marker"},
		{"<!-- ctxcut manifest: begin -->\\n<!-- ctxcut manifest: end -->\\n<!-- ctxcut manifest: begin -->\\n", ":3: a second begin marker"},
	};
	write_tree();
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		sh("printf '%s' >D.md; cp D.md before", documents[i][0]);
		assert_int_equal(updated("document=D.md", &changed, said), CTXCUT_INPUT);
		if (!strstr(said, documents[i][1]))
			fail_msg("it says: %s", said);
		assert_int_equal(sh("cmp -s D.md before"), 0);
	}
	sh("printf 'Like this:\\n```\\n<!-- ctxcut manifest: begin -->\\n```\\n' >D.md");
	assert_int_equal(updated("document=D.md", &changed, said), CTXCUT_OK);
}

/* ---- odd files ---------------------------------------------------------------------------------------------------- */

static void a_huge_file_is_counted_in_windows_and_exactly(void **state)
{
	(void)state;
	sh("yes 'int x = 1; /* filler of a line */' | head -c 17000000 >huge.c");
	struct buf out = rendered(OPTIONS("format=json"));
	json_t *r = record_of(buf_span(&out), "huge.c");
	uint64_t tokens, lines, bytes;
	char error[256];
	assert_int_equal(ctxcut_tokens_file("o200k_base", below("huge.c"), &tokens, &lines, &bytes, error, sizeof error), CTXCUT_OK);
	assert_string_equal(json_string_value(json_object_get(r, "nature")), "huge");
	assert_int_equal(json_integer_value(json_object_get(r, "tokens")), tokens);
	assert_int_equal(json_integer_value(json_object_get(r, "lines")), lines);
	assert_int_equal(json_integer_value(json_object_get(r, "bytes")), 17000000);
	json_decref(r);
	buf_release(&out);
}

static void an_unreadable_file_is_told_of_and_the_rest_is_read(void **state)
{
	(void)state;
	if (geteuid() == 0) /* root reads everything */
		return;
	write_tree();
	sh("chmod 0 pay.c");
	struct ctxcut_manifest *m = scanned(OPTIONS("format=json"));
	assert_int_equal(ctxcut_manifest_message_count(m), 1);
	assert_non_null(strstr(ctxcut_manifest_message(m, 0), "pay.c: "));
	ctxcut_manifest_free(m);
}

static void a_starting_point_that_is_not_there_is_told_of(void **state)
{
	(void)state;
	write_tree();
	struct ctxcut_manifest *m = ctxcut_manifest_new();
	struct buf out = {0};
	assert_int_equal(chdir(scratch), 0);
	assert_int_equal(ctxcut_manifest_add_path(m, "nowhere"), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_add_path(m, "shop/"), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_add_path(m, "./shop/cart.py"), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_set(m, "format", "json"), CTXCUT_OK);
	assert_int_equal(ctxcut_manifest_scan(m), CTXCUT_INPUT);
	assert_int_equal(ctxcut_manifest_render(m, collect, &out), CTXCUT_INPUT);
	json_t *last = record_of(buf_span(&out), NULL);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(last, "summary"), "files")), 2); /* cart.py once */
	json_decref(last);
	ctxcut_manifest_free(m);
	buf_release(&out);
}

static int load_schema(void **state)
{
	(void)state;
	schema_root = json_load_file("src/render/manifest.schema.json", JSON_REJECT_DUPLICATES, NULL);
	return schema_root ? 0 : -1;
}

static int drop_schema(void **state)
{
	(void)state;
	json_decref(schema_root);
	return 0;
}

static int leave_scratch(void **state) { return chdir("/") != 0 || drop_scratch(state); }

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, leave_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tests_are_told_by_their_paths),
		cmocka_unit_test(a_tests_name_names_its_subject),
		cmocka_unit_test(paths_in_text_come_back_as_they_were),
		cmocka_unit_test(generated_files_say_so_in_a_comment),
		cmocka_unit_test(signs_of_a_generator_are_found_wherever_they_stand),
		cmocka_unit_test(newlines_are_counted_in_texts_of_any_length),
		cmocka_unit_test(lock_files_and_others_code_are_told_by_name),
		cmocka_unit_test(words_are_distinct_and_sorted_however_many),
		cmocka_unit_test(a_packed_row_gives_everything_back),
		cmocka_unit_test(a_damaged_row_is_refused_or_harmless),
		cmocka_unit_test(what_is_held_comes_back_from_memory_and_disk),
		cmocka_unit_test(hidden_characters_are_escaped_in_json),
		cmocka_unit_test(json_is_read_and_bad_json_is_refused),
		IN_SCRATCH(every_record_is_as_the_schema_says),
		IN_SCRATCH(a_record_tells_lines_bytes_tokens_hash_and_symbols),
		IN_SCRATCH(a_test_and_its_subject_know_one_another),
		IN_SCRATCH(imports_find_files_by_the_rules_of_paths),
		IN_SCRATCH(options_choose_the_files),
		IN_SCRATCH(the_cache_changes_nothing_but_the_time),
		IN_SCRATCH(what_fits_is_shown_whole_and_a_query_comes_first),
		IN_SCRATCH(a_check_tells_what_moved_changed_and_vanished),
		IN_SCRATCH(a_document_keeps_all_but_the_block),
		IN_SCRATCH(broken_markers_are_an_error_with_their_place),
		IN_SCRATCH(a_huge_file_is_counted_in_windows_and_exactly),
		IN_SCRATCH(an_unreadable_file_is_told_of_and_the_rest_is_read),
		IN_SCRATCH(a_starting_point_that_is_not_there_is_told_of),
	};
	return cmocka_run_group_tests(tests, load_schema, drop_schema);
}
