// Tokens by npm's counters: node tokens.mjs MODULE ENCODING FILE prints the count and the seconds that counting alone took,
// after counting a part to warm up. NODE_MODULES_IN names the folder that has node_modules, else it is the current one.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const require = createRequire((process.env.NODE_MODULES_IN || process.cwd()) + "/");
const [module, encoding, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
let count;
if (module === "tiktoken") {
  const vocabulary = require("tiktoken").get_encoding(encoding);
  count = (text) => vocabulary.encode_ordinary(text).length;
} else {
  const { countTokens } = require(`gpt-tokenizer/encoding/${encoding}`);
  count = (text) => countTokens(text, { disallowedSpecial: new Set() });
}
count(text.slice(0, text.length / 8));
const begin = process.hrtime.bigint();
const tokens = count(text);
console.log(JSON.stringify({ tokens, seconds: Number(process.hrtime.bigint() - begin) / 1e9 }));
