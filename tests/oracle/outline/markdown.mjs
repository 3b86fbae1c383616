// Headings as the CommonMark reference implementation (npm: commonmark) sees them, in the form of README.md.
// A heading's symbol lasts until the line before the next heading of the same or a higher level: that is worked out here.
// usage: node markdown.mjs markdown < LIST-OF-PATHS
import fs from 'fs';
import path from 'path';
import { createRequire } from 'module';

const require = createRequire(path.resolve(process.env.NODE_MODULES || 'node_modules', 'x.js'));
const { Parser } = require('commonmark');

// As written: markup inside stays.
const text = (node, lines) => {
	const [[first], [last]] = node.sourcepos;
	const written = lines[first - 1].replace(/^ {0,3}#{1,6}(\s+|$)/, '');
	if (written !== lines[first - 1]) return written.replace(/(^|\s+)#+\s*$/, '').trim();
	return lines.slice(first - 1, Math.max(first, last - 1)).join(' ').trim();
};
for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	const source = fs.readFileSync(file, 'utf8');
	const lines = source.split('\n');
	const count = source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
	const headings = [];
	for (let n = new Parser().parse(source).firstChild; n; n = n.next)
		if (n.type === 'heading') headings.push({ level: n.level, first: n.sourcepos[0][0], name: text(n, lines) });
	const out = [`F\t${file}\tok`];
	headings.forEach((h, i) => {
		const next = headings.slice(i + 1).find((x) => x.level <= h.level);
		let last = next ? next.first - 1 : count;
		while (last > h.first && !lines[last - 1].trim()) last--; // blank lines at the end belong to none
		if (h.name) out.push(['D', file, 'heading', h.name.replace(/\s+/g, ' '), h.first, h.first, last, '-'].join('\t'));
	});
	fs.writeSync(1, out.join('\n') + '\n');
}
