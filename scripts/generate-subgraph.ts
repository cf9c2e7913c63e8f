import { readFile, writeFile } from 'node:fs/promises';
import { subgraphSdl } from '../src/schema/index.ts';

/** The schema that federation routers compose, for those that cannot ask `_service`. With --check it is only compared. */
const FILE = new URL('../subgraph.graphql', import.meta.url);

const printed = `${subgraphSdl()}\n`;
if (!process.argv.includes('--check')) {
  await writeFile(FILE, printed);
} else if (printed !== (await readFile(FILE, 'utf8'))) {
  process.stderr.write('subgraph.graphql is stale. Run npm run codegen.\n');
  process.exitCode = 1;
}
