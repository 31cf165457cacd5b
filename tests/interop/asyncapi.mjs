// Says what AsyncAPI's own parser makes of a document: a line for each diagnostic, exit 1 for errors.
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
const grave = diagnostics.filter((one) => one.severity < 2);
for (const one of grave) console.log(one.path.join('.'), one.message);
console.log(document ? `valid ${document.version()}` : 'invalid');
process.exit(document && grave.length === 0 ? 0 : 1);
