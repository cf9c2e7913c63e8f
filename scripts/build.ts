import { parseArgs } from 'node:util';
import { build } from './build/bundle.ts';

// usage: node scripts/build.ts [--out DIRECTORY]. Bundles the gateway into dist/, or into another directory.

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
await build(values.out);
