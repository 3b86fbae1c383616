// Definitions as the GraphQL reference implementation (npm: graphql) sees them, in the form of README.md.
// usage: node graphql.mjs graphql < LIST-OF-PATHS
import fs from 'fs';
import path from 'path';
import { createRequire } from 'module';

const require = createRequire(path.resolve(process.env.NODE_MODULES || 'node_modules', 'x.js'));
const { parse } = require('graphql');
const KINDS = {
	ObjectTypeDefinition: 'type', InterfaceTypeDefinition: 'interface', UnionTypeDefinition: 'union', EnumTypeDefinition: 'enum',
	InputObjectTypeDefinition: 'type', ScalarTypeDefinition: 'type', OperationDefinition: 'function', FragmentDefinition: 'function',
};
for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	const source = fs.readFileSync(file, 'utf8');
	const row = (pos) => source.slice(0, pos).split('\n').length;
	let doc;
	try { doc = parse(source); } catch { console.log(`F\t${file}\terror`); continue; }
	console.log(`F\t${file}\tok`);
	for (const d of doc.definitions) {
		if (!KINDS[d.kind] || !d.name) continue;
		const first = d.description ? d.loc.startToken.next : d.loc.startToken;
		console.log(['D', file, KINDS[d.kind], d.name.value, first.line, row(d.name.loc.start), row(d.loc.end - 1), '-'].join('\t'));
	}
}
