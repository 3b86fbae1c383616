// Definitions as the TypeScript compiler sees them (JavaScript, TypeScript, JSX, TSX), in the form of README.md.
// usage: node typescript.mjs < LIST-OF-PATHS      (node_modules with typescript: NODE_MODULES)
//
// `decl` is what a reader may or may not call a definition: signatures without a body, functions that are values of object
// literals, of assignments and of class fields.
import fs from 'fs';
import path from 'path';
import { createRequire } from 'module';

const require = createRequire(path.resolve(process.env.NODE_MODULES || 'node_modules', 'x.js'));
const ts = require('typescript');
const K = ts.SyntaxKind;

const isFunction = (n) => n && (n.kind === K.FunctionExpression || n.kind === K.ArrowFunction);
const bare = (n) => { while (n && (n.kind === K.ParenthesizedExpression || n.kind === K.AsExpression)) n = n.expression; return n; };

for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	let source;
	try { source = fs.readFileSync(file, 'utf8'); } catch { continue; }
	if (source.length > 4e6) continue;
	const kind = /\.tsx$/.test(file) ? ts.ScriptKind.TSX : /\.(ts|mts|cts)$/.test(file) ? ts.ScriptKind.TS : ts.ScriptKind.JSX;
	const sf = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, kind);
	const out = [`F\t${file}\t${sf.parseDiagnostics.length ? 'error' : 'ok'}`];
	// Lines end at LF only, as ours do; the compiler also counts CR and U+2028.
	const starts = [0];
	for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) starts.push(i + 1);
	const row = (pos) => {
		let lo = 0, hi = starts.length;
		while (hi - lo > 1) { const mid = (lo + hi) >> 1; if (starts[mid] <= pos) lo = mid; else hi = mid; }
		return lo + 1;
	};
	const begin = (n) => {
		for (const m of n.modifiers || []) if (m.kind !== K.Decorator) return m.getStart(sf);
		const decorators = (n.modifiers || []).filter((m) => m.kind === K.Decorator);
		if (!decorators.length) return n.getStart(sf);
		return ts.skipTrivia(source, decorators[decorators.length - 1].end);
	};
	const emit = (kind, name, nameNode, from, to, flags) => {
		if (!name) return;
		const f = flags.filter(Boolean).join(',') || '-';
		out.push(['D', file, kind, name.replace(/\s+/g, ' '), row(from), row(nameNode.getStart(sf)), row(to), f].join('\t'));
	};
	const nameOf = (n) => (n.name ? n.name.getText(sf).replace(/^["'](.*)["']$/, '$1') : '');
	const visit = (n, local) => {
		const l = local && 'local';
		let inside = local;
		switch (n.kind) {
		case K.FunctionDeclaration:
			if (n.name) emit('function', nameOf(n), n.name, begin(n), n.end, [l, !n.body && 'decl']);
			inside = true;
			break;
		case K.MethodDeclaration: case K.GetAccessor: case K.SetAccessor:
			emit('method', nameOf(n), n.name, begin(n), n.end, [l, (!n.body || n.parent.kind === K.ObjectLiteralExpression) && 'decl']);
			inside = true;
			break;
		case K.MethodSignature:
			emit('method', nameOf(n), n.name, begin(n), n.end, [l, 'decl']);
			break;
		case K.Constructor:
			emit('constructor', 'constructor', n, begin(n), n.end, [l, !n.body && 'decl']);
			inside = true;
			break;
		case K.ClassDeclaration: if (n.name) emit('class', nameOf(n), n.name, begin(n), n.end, [l]); break;
		case K.InterfaceDeclaration: emit('interface', nameOf(n), n.name, begin(n), n.end, [l]); break;
		case K.EnumDeclaration: emit('enum', nameOf(n), n.name, begin(n), n.end, [l]); break;
		case K.TypeAliasDeclaration: emit('type', nameOf(n), n.name, begin(n), n.end, [l]); break;
		case K.ModuleDeclaration: emit('namespace', nameOf(n), n.name, begin(n), n.end, [l]); break;
		case K.VariableDeclaration: {
			const v = bare(n.initializer);
			if (v && n.name.kind === K.Identifier && (isFunction(v) || v.kind === K.ClassExpression)) {
				const list = n.parent, statement = list.parent;
				const first = list.declarations && list.declarations[0] === n && statement.kind === K.VariableStatement;
				const last = list.declarations && list.declarations.length === 1 && statement.kind === K.VariableStatement;
				emit(isFunction(v) ? 'function' : 'class', nameOf(n), n.name, first ? begin(statement) : n.getStart(sf), last ? statement.end : n.end, [l]);
			}
			break;
		}
		case K.PropertyDeclaration: {
			const v = bare(n.initializer);
			if (isFunction(v)) emit('method', nameOf(n), n.name, begin(n), n.end, [l, 'decl']);
			break;
		}
		case K.PropertyAssignment:
			if (isFunction(bare(n.initializer))) emit('function', nameOf(n), n.name, n.getStart(sf), n.end, [l, 'decl']);
			break;
		case K.BinaryExpression:
			if (n.operatorToken.kind === K.EqualsToken && (isFunction(bare(n.right)) || bare(n.right).kind === K.ClassExpression)) {
				const target = n.left.kind === K.PropertyAccessExpression ? n.left.name : n.left.kind === K.Identifier ? n.left : null;
				const statement = n.parent.kind === K.ExpressionStatement ? n.parent : n;
				if (target) emit(isFunction(bare(n.right)) ? 'function' : 'class', target.getText(sf), target, statement.getStart(sf), statement.end, [l, 'decl']);
			}
			break;
		case K.FunctionExpression: case K.ArrowFunction:
			inside = true;
			break;
		}
		ts.forEachChild(n, (x) => visit(x, inside));
	};
	visit(sf, false);
	fs.writeSync(1, out.join('\n') + '\n');
}
