import { join } from 'node:path';
import './node-version.js';

// JavaScript, as Node would load a TypeScript compiler for any other entry point before the cache is known: a tenth of
// the time of a start. The options of V8 are in package.json: they must be set before it starts.

// Not imported above: an older Node, which has no such export, would fail before its version is checked.
const { enableCompileCache } = await import('node:module');

// Compiled code is reused at the next start. The directory is our own, as code that others could write there would be run.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));

await import('./main.ts');
