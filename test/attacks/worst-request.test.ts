import fc from 'fast-check';
import { beforeAll, it } from 'vitest';
import type { World } from '../support/world.ts';
import type { Attack } from './generator.ts';
import { attacks, BROKEN } from './generator.ts';
import { expectBearable, openTarget } from './measure.ts';

let world: World;
beforeAll(async () => {
  world = await openTarget();
  return () => world[Symbol.asyncDispose]();
});

const IDS = 'query ($ids: [UUID!]!)';
const one = (query: string, variables: object = {}, how: Partial<Attack> = {}): Attack => ({
  operations: [{ query, variables }],
  byHash: false,
  signedIn: true,
  rehearsals: 0,
  ...how,
});
const repeated = (count: number, write: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => write(n)).join(' ');
const doubled = repeated(50, n => `fragment F${n} on ZoomMeeting { ...F${n + 1} ...F${n + 1} }`);
const nested = '__schema { types { name fields { type { name fields { type { name } } } } } }';

/** What once stopped the process for seconds or minutes, or was answered by 1,000 times what was sent. */
const KNOWN: readonly (readonly [string, Attack])[] = [
  [
    'an alias as long as the body over 1,000 items that fail',
    one(`query ($r: [_Any!]!) { ${'a'.repeat(95_000)}: _entities(representations: $r) { __typename } }`, {
      r: Array(1_000).fill(0),
    }),
  ],
  [
    'errors behind 48,000 empty lines',
    one(`${'\n'.repeat(48_000)}query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }`, {
      r: Array(1_000).fill(0),
    }),
  ],
  [
    '1,000 names of a meeting times 30 aliases of a field that fails',
    one(`${'\n'.repeat(1_900)}${IDS} { syncMeetings(ids: $ids) { ${repeated(30, n => `a${n}: topic`)} } }`, {
      ids: Array(1_000).fill(BROKEN),
    }),
  ],
  [
    'fragments that double, often enough to be compiled',
    one(
      `{ syncMeeting(id: "${BROKEN}") { ...F0 } } ${doubled} fragment F50 on ZoomMeeting { id }`,
      {},
      { rehearsals: 12 },
    ),
  ],
  [
    'a compiled operation with 20,000 variables that do not fit',
    one(`${IDS} { syncMeetings(ids: $ids) { id } }`, { ids: Array(20_000).fill({}) }, { rehearsals: 12 }),
  ],
  ['introspection under 30 aliases', one(`{ ${repeated(30, n => `a${n}: ${nested}`)} }`)],
  [
    'introspection with aliases at each level',
    one(
      `{ __schema { types { ${repeated(9, n => `a${n}: fields { ${repeated(9, m => `b${m}: type { name }`)} }`)} } } }`,
    ),
  ],
  [
    'fields that conflict with each other',
    one(`{ a { ${repeated(70, n => `c(a: ${n})`)} } a { ${repeated(70, n => `c(a: ${n + 70})`)} } }`),
  ],
];

it.each(KNOWN)('%s cost little', async (_what, attack) => {
  await expectBearable(world, attack);
  await expectBearable(world, { ...attack, byHash: true });
  await expectBearable(world, { ...attack, signedIn: false });
});

it('no request that can be thought of costs much', async () => {
  await fc.assert(
    fc.asyncProperty(attacks, attack => expectBearable(world, attack)),
    { seed: 13, numRuns: 100, endOnFailure: true },
  );
}, 60_000);
