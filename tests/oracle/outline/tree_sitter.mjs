// Definitions as the tree-sitter grammars see them, in the form of README.md.
// usage: node tree_sitter.mjs LANGUAGE < LIST-OF-PATHS      (node_modules with web-tree-sitter and the grammars: NODE_MODULES)
// A grammar's own package is preferred to the (often older) one of tree-sitter-wasms.
import fs from 'fs';
import path from 'path';
import { createRequire } from 'module';

const modules = process.env.NODE_MODULES || 'node_modules';
const require = createRequire(path.resolve(modules, 'x.js'));
const { Parser, Language } = require('web-tree-sitter');

const field = (n, f) => n.childForFieldName(f);
const text = (n) => (n ? n.text : '');
const childOf = (n, ...types) => n.namedChildren.find((c) => types.includes(c.type));

// The name inside a C declarator: through pointers, arrays, parentheses and parameters.
function declared(n) {
	while (n) {
		if (/^(identifier|field_identifier|type_identifier|destructor_name|operator_name|operator_cast|qualified_identifier|template_function|primitive_type)$/.test(n.type)) {
			if (n.type === 'template_function') { n = field(n, 'name'); continue; }
			if (n.type === 'qualified_identifier') { n = field(n, 'name') || null; continue; }
			if (n.type === 'operator_cast') return { text: 'operator ' + text(field(n, 'type')), node: n };
			return { text: n.text, node: n };
		}
		n = field(n, 'declarator') || n.namedChildren.filter((c) => /declarator|identifier|name|operator/.test(c.type))[0];
	}
	return null;
}
const isFunction = (n) => {
	for (let d = field(n, 'declarator'); d; d = field(d, 'declarator') || d.namedChildren.find((c) => /declarator/.test(c.type)))
		if (d.type === 'function_declarator') return true;
	return field(n, 'declarator')?.type === 'operator_cast';
};

const named = (kind, more = {}) => (n) => {
	const m = field(n, 'name');
	return m && { kind, name: m.text, at: m, ...more };
};
const byType = (kind, ...types) => (n) => {
	const m = childOf(n, ...types);
	return m && { kind, name: m.text, at: m };
};
const decl = (n) => !field(n, 'body');

const c = {
	skip: ['attribute_declaration'],
	defs: {
		function_definition: (n) => {
			if (!isFunction(n)) return null;
			const d = declared(field(n, 'declarator'));
			const byDefault = childOf(n, 'default_method_clause', 'delete_method_clause');
			// TEST(a, b) { … }: a macro; what it defines has another name.
			const macro = d && !field(n, 'type') && /^[A-Z][A-Z0-9_]*$/.test(d.text);
			return d && { kind: 'function', name: d.text, at: d.node, decl: !!byDefault || macro };
		},
		type_definition: (n) => {
			const ds = n.childrenForFieldName('declarator');
			return ds.map((x) => declared(x)).filter(Boolean).map((d) => ({ kind: 'type', name: d.text, at: d.node }));
		},
		...Object.fromEntries(['struct', 'union', 'class', 'enum'].map((k) => [k + '_specifier', (n) => {
			const m = field(n, 'name');
			if (!m || !field(n, 'body')) return null;
			return { kind: k, name: m.type === 'template_type' ? text(field(m, 'name')) : m.text, at: m };
		}])),
	},
	locals: ['compound_statement'],
};
const LANGUAGES = {
	c: { wasm: 'c', ...c },
	'c++': { wasm: 'cpp', ...c, outer: ['template_declaration'], defs: { ...c.defs,
		alias_declaration: named('type'),
		namespace_definition: named('namespace'),
	} },
	rust: { wasm: 'rust', skip: ['attribute_item', 'inner_attribute_item'], locals: ['block'], defs: {
		function_item: named('function'), function_signature_item: named('function', { decl: true }),
		struct_item: named('struct'), enum_item: named('enum'), union_item: named('union'), trait_item: named('trait'),
		type_item: (n) => ({ ...named('type')(n), decl: n.parent.type === 'declaration_list' && n.parent.parent.type !== 'mod_item' }),
		mod_item: (n) => (field(n, 'body') ? named('module')(n) : null),
	} },
	go: { wasm: 'go', locals: ['block'], defs: {
		function_declaration: (n) => ({ ...named('function')(n), decl: decl(n) }), method_declaration: named('method'),
		type_spec: named('type'), type_alias: named('type'),
	}, outerIf: (n) => n.parent.type === 'type_declaration' && !n.parent.children.some((x) => x.type === '(') },
	java: { wasm: 'java', skip: ['annotation', 'marker_annotation'], into: ['modifiers'], locals: ['block', 'constructor_body'], defs: {
		class_declaration: named('class'), interface_declaration: named('interface'), enum_declaration: named('enum'),
		record_declaration: named('record'), annotation_type_declaration: named('interface'),
		method_declaration: (n) => ({ ...named('method')(n), decl: decl(n) }), constructor_declaration: named('constructor'),
		compact_constructor_declaration: named('constructor'),
	} },
	php: { wasm: 'php', skip: ['attribute_list'], locals: ['compound_statement'], defs: {
		function_definition: named('function'), method_declaration: (n) => ({ ...named('method')(n), decl: decl(n) }),
		class_declaration: named('class'), interface_declaration: named('interface'), trait_declaration: named('trait'),
		enum_declaration: named('enum'),
	} },
	'c#': { wasm: 'c_sharp', skip: ['attribute_list'], locals: ['block'], defs: {
		class_declaration: named('class'), struct_declaration: named('struct'), interface_declaration: named('interface'),
		enum_declaration: named('enum'), record_declaration: named('record'), record_struct_declaration: named('record'),
		delegate_declaration: named('type'), method_declaration: (n) => ({ ...named('method')(n), decl: decl(n) }),
		constructor_declaration: named('constructor'), local_function_statement: named('function'),
		destructor_declaration: (n) => ({ kind: 'method', name: '~' + text(field(n, 'name')), at: field(n, 'name') }),
		conversion_operator_declaration: (n) => ({ kind: 'method', name: 'operator ' + text(field(n, 'type')), at: field(n, 'type') || n }),
		operator_declaration: (n) => ({ kind: 'method', name: 'operator' + text(field(n, 'operator')), at: field(n, 'operator') || n, decl: decl(n) }),
	} },
	kotlin: { wasm: 'kotlin', skip: ['annotation'], into: ['modifiers'], locals: ['function_body', 'lambda_literal', 'control_structure_body'], defs: {
		class_declaration: byType('class', 'type_identifier', 'identifier'),
		object_declaration: byType('object', 'type_identifier', 'identifier'),
		companion_object: (n) => { const m = childOf(n, 'type_identifier', 'identifier'); return m && { kind: 'object', name: m.text, at: m }; },
		function_declaration: (n) => { const m = childOf(n, 'simple_identifier', 'identifier'); return m && { kind: 'function', name: m.text, at: m, decl: !childOf(n, 'function_body') }; },
		type_alias: byType('type', 'type_identifier', 'identifier'),
		secondary_constructor: (n) => ({ kind: 'constructor', name: 'constructor', at: n, atToken: 'constructor' }),
	} },
	swift: { wasm: 'swift', skip: ['attribute'], into: ['modifiers'], locals: ['function_body', 'lambda_literal', 'statements'], defs: {
		class_declaration: (n) => { const m = field(n, 'name'); const k = text(field(n, 'declaration_kind')); return m && { kind: k === 'actor' ? 'class' : k, name: m.text, at: m }; },
		protocol_declaration: named('protocol'), function_declaration: named('function'),
		init_declaration: (n) => ({ kind: 'constructor', name: 'init', at: n, atToken: 'init', decl: decl(n) }),
		deinit_declaration: (n) => ({ kind: 'method', name: 'deinit', at: n, atToken: 'deinit', decl: true }),
		subscript_declaration: (n) => ({ kind: 'method', name: 'subscript', at: n, atToken: 'subscript' }),
		protocol_function_declaration: named('function', { decl: true }), typealias_declaration: named('type'),
	} },
	scala: { wasm: 'scala', skip: ['annotation'], into: [], locals: ['block', 'indented_block'], defs: {
		class_definition: named('class'), object_definition: named('object'), package_object: named('object'), trait_definition: named('trait'), enum_definition: named('enum'),
		function_definition: named('function'), function_declaration: named('function', { decl: true }),
		type_definition: (n) => ({ ...named('type')(n), decl: true }),
	} },
	lua: { wasm: 'lua', locals: ['function_definition', 'function_declaration'], defs: {
		function_declaration: named('function'),
		function_definition: (n) => { // x = function … end
			if (n.parent?.type === 'field') {
				const m = field(n.parent, 'name');
				return m && { kind: 'function', name: m.text, at: m, decl: true, from: n.parent };
			}
			let set = n.parent?.parent;
			if (set?.type !== 'assignment_statement' || n.parent.namedChildren.length !== 1) return null;
			const names = childOf(set, 'variable_list'); // a field of a table is below
			if (set.parent.type === 'variable_declaration') set = set.parent;
			return names && { kind: 'function', name: names.text, at: names, decl: true, from: set };
		},
	} },
	shell: { wasm: 'bash', locals: [], defs: { function_definition: named('function') } },
	elixir: { wasm: 'elixir', locals: [], defs: { call: (n) => {
		const target = text(field(n, 'target'));
		const kind = { def: 'function', defp: 'function', defmacro: 'function', defmacrop: 'function', defguard: 'function', defguardp: 'function', defmodule: 'module', defprotocol: 'protocol' }[target];
		let a = kind && childOf(n, 'arguments')?.namedChildren[0];
		if (!a) return null;
		if (a.type === 'binary_operator' && text(field(a, 'operator')) === 'when') a = field(a, 'left');
		if (a.type === 'call') a = field(a, 'target');
		if (!/^(identifier|alias)$/.test(a.type)) return null;
		return { kind, name: a.text, at: a };
	} } },
	zig: { wasm: 'zig', locals: ['block'], defs: {
		function_declaration: (n) => { const m = field(n, 'name'); return m && { kind: 'function', name: m.text, at: m, decl: !field(n, 'body') }; },
		variable_declaration: (n) => {
			const m = childOf(n, 'identifier'); const v = childOf(n, 'struct_declaration', 'enum_declaration', 'union_declaration', 'opaque_declaration');
			return m && v && { kind: v.type.split('_')[0], name: m.text, at: m };
		},
	} },
	terraform: { wasm: 'terraform', locals: [], defs: { block: (n) => {
		if (n.parent.type !== 'body' || n.parent.parent.type !== 'config_file') return null;
		const words = n.namedChildren.filter((x) => /^(identifier|string_lit)$/.test(x.type)).map((x) => x.text.replace(/"/g, ''));
		return { kind: 'resource', name: words.slice(words.length > 1 ? 1 : 0).join('.'), at: n };
	} } },
	// A signature and the equations of the same name that follow it are one function.
	haskell: { wasm: 'haskell', locals: ['local_binds', 'let'], merge: true, defs: {
		function: named('function'), bind: (n) => { const m = field(n, 'name'); return m && { kind: 'function', name: m.text, at: m }; },
		signature: (n) => { const m = field(n, 'name'); return m && { kind: 'function', name: m.text, at: m, signature: true }; },
		data_type: named('type'), newtype: named('type'), class: named('class'), type_synomym: named('type'),
	} },
	ruby: { wasm: 'ruby', locals: [], defs: {
		method: named('method'), singleton_method: named('method'), class: named('class'), module: named('module'),
		assignment: (n) => { // Point = Struct.new(:x) do … end
			const l = field(n, 'left'), r = field(n, 'right');
			return l?.type === 'constant' && r?.type === 'call' && { kind: 'class', name: l.text, at: l, decl: true };
		},
	} },
	python: { wasm: 'python', locals: [], defs: { function_definition: named('function'), class_definition: named('class') } },
	dart: { wasm: 'dart', locals: ['block'], defs: { class_definition: named('class'), enum_declaration: named('enum') } },
};

// First token's row, decorators and annotations left out.
function firstRow(n, spec) {
	for (const x of n.children) {
		if ((spec.skip || []).includes(x.type) || /comment|^preproc/.test(x.type)) continue;
		if ((spec.into || []).includes(x.type)) {
			const r = firstRow(x, spec);
			if (r !== null) return r;
			continue;
		}
		return x.startPosition.row;
	}
	return n.children.length ? null : n.startPosition.row;
}
function tokenRow(n, token) {
	const t = n.children.find((x) => x.type === token);
	return (t || n).startPosition.row;
}
function lastRow(n) {
	// Some grammars let a node reach over the comments behind it.
	for (let c; (c = n.children.filter((x) => !/comment/.test(x.type) && x.endIndex > x.startIndex).pop()); ) n = c;
	const e = n.endPosition;
	return e.column === 0 && e.row > n.startPosition.row ? e.row - 1 : e.row;
}

// The last definition continues the one before it when that has the same name.
const parents = new Map();
function merge(out, signature, parent) {
	parents.set(out.length - 1, parent);
	const b = out[out.length - 1].split('\t');
	let i = out.length - 2; // over what is local to the one before
	while (i > 0 && !b[7].includes('local') && out[i].split('\t')[7].includes('local')) i--;
	const a = out[i]?.split('\t');
	if (a?.[0] === 'D' && !signature && parents.get(i) === parent && a[2] === b[2] && a[3] === b[3] && a[7] === b[7]) {
		a[6] = b[6];
		out[i] = a.join('\t');
		out.pop();
	}
}

await Parser.init();
const language = process.argv[2];
const spec = LANGUAGES[language];
if (!spec) {
	console.error('languages: ' + Object.keys(LANGUAGES).join(' '));
	process.exit(2);
}
const dash = spec.wasm.replace('_', '-');
const file = [`tree-sitter-${dash}`, `@tree-sitter-grammars/tree-sitter-${dash}`, 'tree-sitter-wasms/out', '@tree-sitter-grammars/tree-sitter-hcl']
	.map((d) => path.join(modules, d, `tree-sitter-${spec.wasm}.wasm`)).find((f) => fs.existsSync(f));
const grammar = await Language.load(file);
const parser = new Parser();
parser.setLanguage(grammar);
for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	let source;
	try { source = fs.readFileSync(file, 'utf8'); } catch { continue; }
	if (source.length > 2e6) continue;
	let tree = null;
	try { tree = parser.parse(source); } catch { }
	if (!tree) continue;
	const out = [`F\t${file}\t${tree.rootNode.hasError ? 'error' : 'ok'}`];
	const emit = (n, d, local) => {
		let whole = d.from || n;
		for (let p = whole.parent; p && (spec.outer || []).includes(p.type); p = p.parent) whole = p;
		if (spec.outerIf && n.type.startsWith('type_') && spec.outerIf(n)) whole = n.parent;
		const first = (firstRow(whole, spec) ?? whole.startPosition.row) + 1;
		const at = (d.atToken ? tokenRow(n, d.atToken) : d.at.startPosition.row) + 1;
		const flags = [local && 'local', d.decl && 'decl', n.hasError && 'error'].filter(Boolean).join(',') || '-';
		out.push(['D', file, d.kind, d.name.replace(/\s+/g, ' '), first, at, lastRow(n) + 1, flags].join('\t'));
	};
	const visit = (n, local) => {
		const f = spec.defs[n.type];
		if (f) {
			const d = f(n);
			const before = out.length;
			for (const x of Array.isArray(d) ? d : d && d.name !== undefined ? [d] : []) emit(n, x, local);
			if (spec.merge && out.length > before) merge(out, d.signature, `${n.parent.startIndex}-${n.parent.endIndex}`);
		}
		const inside = local || spec.locals.includes(n.type);
		for (const x of n.namedChildren) visit(x, inside);
	};
	try { visit(tree.rootNode, false); } catch (e) { out[0] = `F\t${file}\terror`; if (!(e instanceof RangeError)) throw e; }
	tree.delete();
	fs.writeSync(1, out.join('\n') + '\n');
}
