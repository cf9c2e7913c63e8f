import fc from 'fast-check';
import { meetingNumber } from '../support/upstream.ts';

/** A meeting of which most fields cannot be read. */
export const BROKEN = meetingNumber(1);
/** A meeting like any other. */
export const GOOD = meetingNumber(2);

/** Fields a broken meeting fails at, and fields it does not. */
export const BROKEN_FIELDS = [
  'topic',
  'startDate',
  'meetingType',
  'recordType',
  'isWaitingRoom',
  'email',
] as const;
const FIELDS = [...BROKEN_FIELDS, 'id', 'name', 'joinUrl', 'meetingTypeCode', '__typename'];

/** Largest body the gateway reads. */
export const MAX_BODY = 100_000;

/** A request that was thought out to cost more than it should. */
export interface Attack {
  /** One operation, or as many as still fit a body. */
  readonly operations: readonly { readonly query: string; readonly variables: object }[];
  /** Whether each goes as the hash of its text, which was registered before. */
  readonly byHash: boolean;
  readonly signedIn: boolean;
  /** How often it is sent before it is measured: what comes often is compiled. */
  readonly rehearsals: number;
}

const counts = (...numbers: readonly number[]) => fc.constantFrom(...numbers);
/** Mostly nothing: what a document is refused for should not be in every one. */
const seldom = (...numbers: readonly number[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: counts(...numbers) });

const name = fc
  .oneof({ weight: 8, arbitrary: counts(1, 2, 20, 97) }, { weight: 1, arbitrary: counts(101, 5_000) })
  .map(length => 'n'.repeat(length));

const written = (count: number, write: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => write(n)).join(' ');

/** Fields below a meeting: under aliases, repeated, or against each other. */
const selection = fc
  .record({
    fields: fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1 }),
    aliased: counts(0, 1, 10, 20, 29),
    alias: name,
    field: fc.constantFrom(...FIELDS),
    repeated: seldom(1, 50, 300, 390),
    conflicting: seldom(10, 70),
    unknown: seldom(1, 100, 300),
  })
  .map(({ fields, aliased, alias, field, repeated, conflicting, unknown }) =>
    [
      ...fields,
      written(aliased, n => `${alias}${n}: ${field}`),
      written(repeated, () => 'id'),
      written(conflicting, n => `c(a: ${n})`),
      written(unknown, () => 'u'),
    ].join(' '),
  );

const root = fc.oneof(
  { weight: 5, arbitrary: fc.constant('syncMeetings(ids: $ids) { ...F }') },
  { weight: 3, arbitrary: fc.constant('_entities(representations: $r) { ...F }') },
  { weight: 1, arbitrary: fc.constant('_entities(representations: $r) { __typename }') },
  { weight: 2, arbitrary: fc.constantFrom(BROKEN, GOOD).map(id => `syncMeeting(id: "${id}") { ...F }`) },
  { weight: 1, arbitrary: fc.constantFrom('__typename', 'syncMeeting(id: "no") { ...F }') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '__schema { types { name fields { name description args { name } type { name ofType { name } } } } }',
      '__schema { types { name fields { type { name fields { type { name } } } } } }',
      `__schema { types { ${written(9, n => `t${n}: fields { name args { type { name } } }`)} } }`,
      '__type(name: "ZoomMeeting") { fields { name description type { name fields { name } } } }',
      '_service { sdl }',
      `_service { ${written(20, n => `s${n}: sdl`)} }`,
    ),
  },
);

const document = fc
  .record({
    lines: fc.oneof(
      { weight: 5, arbitrary: counts(0, 1_900, 1_990) },
      { weight: 1, arbitrary: counts(2_100, 40_000) },
    ),
    roots: fc.array(root, { minLength: 1, maxLength: 3 }),
    aliases: fc.oneof(
      { weight: 5, arbitrary: counts(1, 2, 10, 20, 30) },
      { weight: 1, arbitrary: counts(200) },
    ),
    alias: name,
    selection,
    nested: seldom(5, 60),
    directives: seldom(5, 6),
  })
  .map(({ lines, roots, aliases, alias, selection: fields, nested, directives }) => {
    const body = written(aliases, n => `${alias}${n}: ${roots[n % roots.length]}`);
    const variables = ['$ids: [UUID!]!', '$r: [_Any!]!'].filter(variable =>
      body.includes(`: ${variable.slice(0, variable.indexOf(':'))})`),
    );
    const spreads = body.includes('...F');
    const below = (n: number): string => (n + 1 < nested ? `...F${n + 1} ...F${n + 1}` : 'id');
    return [
      '\n'.repeat(lines),
      `query ${alias}${variables.length > 0 ? `(${variables.join()})` : ''}`,
      `{ ${body} ${written(directives, () => '__typename @include(if: true)')} }`,
      spreads ? `fragment F on ZoomMeeting { ${nested > 0 ? '...F0' : ''} ${fields} }` : '',
      spreads ? written(nested, n => `fragment F${n} on ZoomMeeting { ${below(n)} }`) : '',
    ].join('');
  });

const items = (kinds: readonly unknown[]) =>
  fc
    .record({
      count: counts(0, 1, 4, 33, 100, 101, 333, 1_000, 1_001, 20_000, 49_000),
      kind: fc.constantFrom(...kinds),
    })
    .map(({ count, kind }) =>
      kind === 'distinct'
        ? Array.from({ length: Math.min(count, 1_000) }, (_, n) => meetingNumber(n))
        : Array(Math.min(count, Math.floor(MAX_BODY / (JSON.stringify(kind).length + 1)))).fill(kind),
    );

const variables = fc.record({
  ids: items([BROKEN, GOOD, 'distinct', 0, null, 'x', 'x'.repeat(1_000), [[0]], {}]),
  r: items([
    0,
    null,
    { __typename: 'ZoomMeeting', id: BROKEN },
    { __typename: 'ZoomMeeting', id: GOOD },
    { __typename: 'x'.repeat(5_000) },
    [[[[0]]]],
  ]),
});

/** An operation, with those variables alone that it has. */
const operation = fc.record({ query: document, variables }).map(({ query, variables: { ids, r } }) => ({
  query,
  variables: { ...(query.includes('$ids') ? { ids } : {}), ...(query.includes('$r:') ? { r } : {}) },
}));

/** Requests of up to 100 kB: documents, variables and batches, direct or by hash, with and without credentials. */
export const attacks: fc.Arbitrary<Attack> = fc
  .record({
    kinds: fc.array(operation, { minLength: 1, maxLength: 3 }),
    times: counts(1, 1, 1, 2, 20, 100),
    byHash: fc.boolean(),
    signedIn: fc.boolean(),
    rehearsals: counts(0, 0, 0, 12),
  })
  .map(({ kinds, times, ...how }) => ({
    operations: Array.from({ length: times }, (_, n) => kinds[n % kinds.length]).filter(
      one => one !== undefined,
    ),
    ...how,
  }));
