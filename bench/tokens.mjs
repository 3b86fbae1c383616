// Tokens by npm's counters: node tokens.mjs MODULE ENCODING FILE prints the count and the seconds of CPU that counting alone
// took, after counting a part to warm up. NODE_MODULES_IN names the folder that has node_modules, else it is the current one.
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
const begin = process.cpuUsage();
const tokens = count(text);
const took = process.cpuUsage(begin);
console.log(JSON.stringify({ tokens, cpu: (took.user + took.system) / 1e6 }));
