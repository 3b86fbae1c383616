// Rebuilds data/<encoding>.zst from the rank files of npm tiktoken and checks both ways: the ranks must have the published
// SHA-256 in their .tiktoken form, and what was written must give that form back.
// Usage: TIKTOKEN_DIR=<folder where npm installed tiktoken> node data/rebuild.mjs [--check]
// --check writes nothing and only holds the files that are there against the published sums.
import { createRequire } from "node:module";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const published = {
  o200k_base: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
  cl100k_base: "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
};

// Tokens as latin1 strings (one character a byte), so that they can be keys.
const tiktokenForm = (tokens) => tokens.map((t, rank) => `${Buffer.from(t, "latin1").toString("base64")} ${rank}\n`).join("");
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function fromPackage(name) {
  const require = createRequire((process.env.TIKTOKEN_DIR || process.cwd()) + "/");
  const tokens = [];
  for (const line of require(`tiktoken/encoders/${name}.json`).bpe_ranks.split("\n")) {
    const [, first, ...words] = line.split(" ");
    words.forEach((word, i) => (tokens[Number(first) + i] = Buffer.from(word, "base64").toString("latin1")));
  }
  return tokens;
}

// The two earlier tokens whose joining made this one: what byte-pair merging with the earlier ranks leaves of it.
function partsOf(token, rank, rankOf) {
  const parts = [...token];
  while (parts.length > 2) {
    let best = rank, at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const r = rankOf.get(parts[i] + parts[i + 1]);
      if (r !== undefined && r < best) [best, at] = [r, i];
    }
    if (at < 0) throw new Error(`token ${rank} is not the joining of two`);
    parts.splice(at, 2, parts[at] + parts[at + 1]);
  }
  return parts.map((p) => rankOf.get(p));
}

function pack(tokens) {
  const rankOf = new Map(tokens.map((t, rank) => [t, rank]));
  const joined = tokens.slice(256).map((t, i) => partsOf(t, 256 + i, rankOf));
  const count = Buffer.alloc(4);
  count.writeUInt32LE(tokens.length);
  const planes = [0, 1].flatMap((side) => [0, 8, 16].map((shift) => Buffer.from(joined.map((p) => (p[side] >> shift) & 255))));
  return Buffer.concat([count, Buffer.from(tokens.slice(0, 256).join(""), "latin1"), ...planes]);
}

function unpack(raw) {
  const tokens = [...raw.subarray(4, 260).toString("latin1")], n = raw.readUInt32LE(0) - 256;
  const part = (side, i) => [0, 1, 2].reduce((v, b) => v + raw[260 + (side * 3 + b) * n + i] * 256 ** b, 0);
  for (let i = 0; i < n; i++) tokens.push(tokens[part(0, i)] + tokens[part(1, i)]);
  return tokens;
}

for (const [name, sum] of Object.entries(published)) {
  const file = join(here, `${name}.zst`);
  if (!process.argv.includes("--check")) {
    const tokens = fromPackage(name);
    if (sha256(tiktokenForm(tokens)) !== sum) throw new Error(`${name}: the package's ranks are not the published ones`);
    writeFileSync(file, execFileSync("zstd", ["--ultra", "-22", "-c"], { input: pack(tokens), maxBuffer: 1 << 26 }));
  }
  const raw = execFileSync("zstd", ["-dc", file], { maxBuffer: 1 << 26 });
  if (sha256(tiktokenForm(unpack(raw))) !== sum) throw new Error(`${file} does not give the published ranks`);
  console.log(`${name}: ${readFileSync(file).length} bytes, ranks have SHA-256 ${sum}`);
}
