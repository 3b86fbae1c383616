// Holds ctxcut's token counts against npm tiktoken. Nothing of it runs in `make check`: it needs npm.
//
//   npm install --prefix DIR tiktoken && make build/unit/test_tokens
//   TIKTOKEN_DIR=DIR node tests/oracle/tokens.mjs files PATH…        every file whole, and line by line
//   TIKTOKEN_DIR=DIR node tests/oracle/tokens.mjs fuzz [ROUNDS [SEED]]
//   TIKTOKEN_DIR=DIR node tests/oracle/tokens.mjs code-points        every code point, in several surroundings
//   TIKTOKEN_DIR=DIR node tests/oracle/tokens.mjs cases > tests/unit/tokens_cases.def
//
// COUNTER names another binary than build/unit/test_tokens. The status is 1 when a count differs.
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
const require = createRequire((process.env.TIKTOKEN_DIR || process.cwd()) + "/");
const { get_encoding } = require("tiktoken");

const names = ["o200k_base", "cl100k_base"];
const reference = names.map((name) => get_encoding(name));
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const counter = process.env.COUNTER || "build/unit/test_tokens";

// Our counts of many byte strings: each goes in with its length (4 bytes, little-endian), each count comes out as a line.
function ours(name, strings) {
  return new Promise((resolve, reject) => {
    const child = spawn(counter, ["--count", name], { stdio: ["pipe", "pipe", "inherit"] });
    const out = [];
    child.stdout.on("data", (d) => out.push(d));
    child.on("error", reject);
    child.on("close", (code) => {
      const counts = Buffer.concat(out).toString().trim().split("\n").map(Number);
      if (code !== 0 || counts.length !== strings.length) reject(new Error(`${counter}: status ${code}, ${counts.length} counts`));
      else resolve(counts);
    });
    const parts = [];
    for (const s of strings) {
      const len = Buffer.alloc(4);
      len.writeUInt32LE(s.length);
      parts.push(len, s);
    }
    child.stdin.end(Buffer.concat(parts));
  });
}

let compared = 0, bytes = 0, differences = 0;
async function compare(strings, label) {
  for (const [i, name] of names.entries()) {
    const got = await ours(name, strings);
    strings.forEach((s, k) => {
      const want = reference[i].encode_ordinary(decoder.decode(s)).length;
      compared++;
      bytes += s.length;
      if (want === got[k]) return;
      if (++differences <= 20)
        console.log(`${name} ${label} #${k}: reference ${want}, ours ${got[k]}: ${JSON.stringify(s.toString("latin1").slice(0, 200))}`);
    });
  }
}

function* filesBelow(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isDirectory()) for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name));
  else if (info?.isFile() && info.size > 0) yield path;
}

function linesOf(data) {
  const lines = [];
  for (let from = 0; from < data.length; ) {
    const at = data.indexOf(10, from);
    const to = at < 0 ? data.length : at + 1;
    lines.push(data.subarray(from, to));
    from = to;
  }
  return lines;
}

async function compareFiles(paths) {
  for (const path of paths)
    for (const file of filesBelow(path)) {
      const data = readFileSync(file);
      await compare([data], file);
      await compare(linesOf(data), `${file}, line`);
    }
}

// A small generator with a seed, so that a difference can be had again (xorshift32).
let state = 1;
function random(n) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
}
const pick = (list) => list[random(list.length)];
const many = (max, make) => Array.from({ length: random(max + 1) }, make);
const range = (from, to) => String.fromCodePoint(from + random(to - from + 1));
const anyCodePoint = () => {
  for (;;) {
    const cp = random(0x110000);
    if (cp < 0xd800 || cp > 0xdfff) return String.fromCodePoint(cp);
  }
};

const words = "the error Error ERROR failed at build src/main.c index.js node_modules undefined http://example.org/a?b=c&d " +
  "camelCase XMLHttpRequest snake_case_name CONSTANT_NAME 0x7fff5fbff8c0 2026-11-22T13:23:34.123Z 127.0.0.1:8080 e3b0c442 " +
  "don't I'll WE'VE they're naïve Straße ΑΒΓ дом 東京 ไทย हिन्दी עברית العربية ǅungla ʰʲ ªº";
const scripts = [
  () => range(0x20, 0x7e), () => range(0x61, 0x7a), () => range(0x41, 0x5a), () => range(0x30, 0x39), () => range(0, 0x1f),
  () => range(0x80, 0xff), () => range(0x100, 0x24f), () => range(0x250, 0x2ff), () => range(0x300, 0x36f), () => range(0x370, 0x3ff),
  () => range(0x400, 0x4ff), () => range(0x590, 0x6ff), () => range(0x900, 0x97f), () => range(0xe00, 0xe7f), () => range(0x10a0, 0x10ff),
  () => range(0x1c80, 0x1cbf), () => range(0x1e00, 0x1fff), () => range(0x2000, 0x206f), () => range(0x20d0, 0x21ff),
  () => range(0x2460, 0x24ff), () => range(0x3000, 0x30ff), () => range(0x4e00, 0x9fff), () => range(0xa640, 0xa7ff), () => range(0xac00, 0xd7a3),
  () => range(0xfe00, 0xfe0f), () => range(0xff00, 0xffef), () => range(0x10400, 0x1044f), () => range(0x1d400, 0x1d7ff), () => range(0x1f300, 0x1faff),
  () => range(0xe0000, 0xe01ff), () => range(0xf0000, 0x10ffff), anyCodePoint, () => pick(words.split(" ")),
  () => pick([" ", "  ", "\t", "\n", "\r\n", "\n\n", " \n", "\u00a0", "\u0085", "\u2028", "\u3000", "\v", "\f"]),
  () => pick(["'s", "'S", "'ſ", "'t", "'T", "'re", "'RE", "'rE", "'ve", "'Ve", "'m", "'ll", "'lL", "'d", "'", "''", "'\u212a", "'l", "'r", "’s"]),
  () => pick(["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷", "1️⃣", "☎️", "😀😀😀"]),
  () => pick(["٠١٢٣٤", "०१२", "１２３４５", "Ⅷ", "½¾", "²³¹", "𝟘𝟙𝟚", "〇一二"]),
  () => pick(["//", "/\n/", "*/\n", "\n/", "!\r\n//\n", "://", "</", "/>\n\n/"]),
  () => pick(["-", "=", "*", "#", ".", "_", "a", "A", "\0", " ", "\n", "é", "ʰ", "\u0301"]).repeat(1 + random(120)),
];
const stray = [() => [random(256)], () => [0x80 + random(128)], () => [0xe2, 0x82], () => [0xf0, 0x9f, 0x98], () => [0xed, 0xa0, 0x80],
  () => [0xc0, 0x80], () => [0xf4, 0x90, 0x80, 0x80], () => [0xef, 0xbf, 0xbd], () => [0xff]];

function fuzzed() {
  switch (random(6)) {
  case 0: // random bytes
    return Buffer.from(many(80, () => random(256)));
  case 1: // one or two scripts
  case 2: {
    const kinds = [pick(scripts), pick(scripts)];
    return Buffer.from(many(40, () => pick(kinds)()).join(""));
  }
  case 3: // all of them
    return Buffer.from(many(60, () => pick(scripts)()).join(""));
  case 4: // text with invalid bytes in it
    return Buffer.concat(many(20, () => (random(3) ? Buffer.from(pick(scripts)()) : Buffer.from(pick(stray)()))));
  default: // long pieces without a break, for the merging
    return Buffer.from(Array.from({ length: 100 + random(1500) }, pick([() => range(0x61, 0x7a), () => range(0x61, 0x63), () => pick("-=*#~"),
      () => range(0x430, 0x44f), () => range(0x4e00, 0x4fff), () => range(0x1f600, 0x1f64f)])).join(""));
  }
}

function* codePointSurroundings(cp) {
  const c = String.fromCodePoint(cp);
  yield* [c, c + c, `a${c}`, `A${c}`, `${c}a`, `${c}A`, `${c}${c}b`, ` ${c}`, `  ${c}`, `1${c}2`, `!${c}!`, `\n${c}`, `${c}\n`, ` ${c}A's`, `'${c}`, `x'${c}`];
}

const cases = [
  "", "a", "hello world", "Hello, World!", "don't DON'T I'LL we'Ve they'RE x'ſ x'S 'tis 'll 'em", "ABCdef ABCDef aBcDeF HTTPServer XMLHttpRequest2",
  "123 1234 12345 0x7fff5fbff8c0 3.14159 1e-9", "2026-11-22T13:23:34.123456Z INFO  [main] c.e.App: started in 3.21 s", "    indented\n\tand\ttabs\n\n\n  end  ",
  "a  b   c    d\n \n  \n   x", "trailing spaces   ", "   ", "\n\n\n", "\r\n\r\n", " \n \r\n x", "\t\n\t", "\u00a0\u00a0x", "\u0085x \u2028y\u3000z",
  "https://example.org/path/to//file?x=1&y=%20#frag", "// comment\n/* x */\n//\n/path", "!\n/\r\n/a", "#include <stdio.h>\nint main(void)\n{\n\treturn 0;\n}\n",
  "--------------------------------------------------------------------------------", "=".repeat(200), " ".repeat(300) + "x", "\0".repeat(50), "a\0\0b", "\0",
  "naïve café Straße ǅungla ʰʲ ªº", "e\u0301a\u0300 \u0301 \u0301A \u0301a !\u0301", "ДОМ дом Дом дОм", "東京都は日本の首都です。", "ไทยแลนด์", "हिन्दी में", "עברית العربية",
  "٠١٢٣٤ ०१२ １２３４５ Ⅷ½²", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 1️⃣", "𝟘𝟙𝟚 𝒜𝒷", "\ufeffbom", "\ufffd \ufffd\ufffd", "<|endoftext|> <|fim_prefix|>",
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "SGVsbG8gV29ybGQhIFRoaXMgaXMgYmFzZTY0IHRleHQ=", "qwxzjvkpqwxzjvkpqwxzjvkp".repeat(10), "a".repeat(1000), "abc".repeat(700),
].map((s) => Buffer.from(s)).concat([
  [0xff], [0x80, 0x80], [0x61, 0xff, 0x62], [0xe2, 0x82, 0x20], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xc0, 0xaf, 0x0a], [0x20, 0xf4, 0x90, 0x80, 0x80],
  [0x27, 0xc5], [0x78, 0x27, 0xc5, 0xbf], [0x0a, 0xbf, 0x2f], [0x61, 0xcc, 0x81, 0xcc],
].map((b) => Buffer.from(b)));

// Octal, always three digits: what follows cannot become part of it, and no trigraph can arise.
const cString = (s) => [...s].map((b) => (b >= 0x20 && b < 0x7f && b !== 0x22 && b !== 0x5c && b !== 0x3f ? String.fromCharCode(b) : "\\" + b.toString(8).padStart(3, "0"))).join("");

function printCases() {
  console.log("/* Generated by tests/oracle/tokens.mjs: CASE(bytes, tokens in o200k_base, tokens in cl100k_base). */");
  for (const s of cases) {
    const counts = reference.map((r) => r.encode_ordinary(decoder.decode(s)).length).join(", ");
    const pieces = cString(s).match(/(?:\\[0-7]{3}|[^\\]){1,25}/g) || [""];
    const rows = [];
    for (let i = 0; i < pieces.length; i += 1) rows.push(pieces[i]);
    const text = [];
    for (const piece of rows)
      if (text.length && text[text.length - 1].length + piece.length <= 100) text[text.length - 1] += piece;
      else text.push(piece);
    console.log(`CASE("${text.join('"\n     "')}", ${counts})`);
  }
}

const [mode, ...args] = process.argv.slice(2);
if (mode === "files" && args.length) await compareFiles(args);
else if (mode === "fuzz") {
  const rounds = Number(args[0] || 100000);
  state = Number(args[1] || 1) * 2654435761 | 1;
  for (let done = 0; done < rounds; done += 5000)
    await compare(Array.from({ length: Math.min(5000, rounds - done) }, fuzzed), `fuzz ${done}+`);
  const long = ["a", "=", " ", "\n", "\0", "é", "東", "ab"].map((s) => Buffer.from(s.repeat(20000)));
  await compare([...cases, ...long], "case");
} else if (mode === "code-points") {
  for (let from = 0; from < 0x110000; from += 8192) {
    const strings = [];
    for (let cp = from; cp < from + 8192; cp++)
      if (cp < 0xd800 || cp > 0xdfff) for (const s of codePointSurroundings(cp)) strings.push(Buffer.from(s));
    await compare(strings, `U+${from.toString(16)}+`);
  }
} else if (mode === "cases") printCases();
else throw new Error("usage: tokens.mjs files PATH… | fuzz [ROUNDS [SEED]] | code-points | cases");
if (mode !== "cases") {
  console.log(`${compared} counts over ${bytes} bytes, ${differences} differences`);
  process.exitCode = differences ? 1 : 0;
}
