import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// What must be settled before anything else is loaded. JavaScript, as for TypeScript Node would load a compiler before
// this could tell it where to find what it has compiled already: a tenth of the time that a start takes. The size of the
// young generation is told in package.json, as V8 takes it from the command line alone.

// One core is what a gateway usually has: four threads that collect young garbage on it, as V8 would have it, pause it
// for 11 ms, one thread for 3.
setFlagsFromString('--no-parallel-scavenge');

// V8 would let old garbage gather to four times what lives: the process would grow until about 150,000 requests. At
// twice, it is as large as it gets after 50,000, and a sixth smaller.
setFlagsFromString('--heap-growing-percent=100');

// What V8 takes for long-lived it would make among the old at once. Here all ends with its request, and a dead object
// among the old keeps alive what it points to: with 50 meetings a query, young garbage took three times as long.
setFlagsFromString('--no-allocation-site-pretenuring');

// What V8 has compiled once it need not compile at the next start. A place of our own, as what others could write
// would be run.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));

await import('./main.ts');
