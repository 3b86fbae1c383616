// Tokens by npm's counters: node tokens.mjs MODULE ENCODING FILE prints the count and the seconds that counting alone took,
// the median of three after one that warms up. NODE_MODULES_IN names the folder that has node_modules, else the current one.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const require = createRequire((process.env.NODE_MODULES_IN || process.cwd()) + "/");
const [module, encoding, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
let count;
if (module === "tiktoken") {
  const vocabulary = require("tiktoken").get_encoding(encoding);
  count = () => vocabulary.encode_ordinary(text).length;
} else {
  const { countTokens } = require(`gpt-tokenizer/encoding/${encoding}`);
  count = () => countTokens(text, { disallowedSpecial: new Set() });
}
const tokens = count();
const seconds = [];
for (let i = 0; i < 3; i++) {
  const begin = process.hrtime.bigint();
  count();
  seconds.push(Number(process.hrtime.bigint() - begin) / 1e9);
}
seconds.sort((a, b) => a - b);
console.log(JSON.stringify({ tokens, seconds: seconds[1] }));
