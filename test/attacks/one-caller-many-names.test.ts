import { beforeAll, describe, expect, it } from 'vitest';
import { meeting } from '../../sandbox/reply.ts';
import type { Claims, Signer } from '../support/key-server.ts';
import { createSigner, ISSUER, openChecked, publish, sign } from '../support/key-server.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const GATEWAY_KEY = 'sandbox-of-the-gateway';
const OWN_KEY = { 'ocp-apim-subscription-key': 'sandbox-mine' };
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

type Headers = Readonly<Record<string, string>>;

let signer: Signer;
beforeAll(async () => {
  signer = await createSigner('RS256');
});

const openVerifying = () =>
  openChecked(publish([signer.jwk]), {
    env: { UPSTREAM_SUBSCRIPTION_KEY: GATEWAY_KEY, UPSTREAM_MAX_IN_FLIGHT_PER_CALLER: '1', JWT_ISSUER: '' },
  });

/** Spells a token as another text that stands for the same bytes. */
function respell(token: string): string {
  // The 256 bytes of the signature leave four bits of the last character unused.
  const last = BASE64URL.indexOf(token.at(-1) ?? '');
  return token.slice(0, -1) + BASE64URL[last ^ 1];
}

/** As which callers the gateway logs requests with these headers. */
async function callersOf(world: World, requests: readonly Headers[]): Promise<unknown[]> {
  for (const headers of requests) {
    const { errors } = await world.ask(`{ syncMeeting(id: "${meetingNumber(1)}") { id } }`, { headers });
    expect(errors).toEqual([]);
  }
  await world.logged('request', requests.length);
  return world.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields['caller']);
}

const spellingsOf = (token: string): Headers[] => [
  { authorization: `Bearer ${token}` },
  { authorization: `bearer ${token}` },
  { authorization: `BEARER   ${token}` },
  { authorization: `Bearer ${respell(token)}` },
  { authorization: `Bearer ${token}`, ...OWN_KEY },
];

describe('where tokens are verified', () => {
  it.each<[string, Claims]>([
    ['a subject', { sub: 'mallory' }],
    ['no subject', {}],
    ['an empty subject', { sub: '' }],
  ])('one token with %s is one caller, however it is spelled', async (_what, claims) => {
    await using checked = await openVerifying();
    const callers = await callersOf(checked.world, spellingsOf(await sign(signer, claims)));
    expect(new Set(callers).size).toBe(1);
    expect(callers[0]).toMatch(/^[0-9a-f]{12}$/);
  });

  it('a renewed token is the same caller', async () => {
    await using checked = await openVerifying();
    const tokens = [3_600, 7_200].map(expiresIn => sign(signer, { sub: 'alice', expiresIn }));
    const [a, b] = await Promise.all(tokens);
    const callers = await callersOf(checked.world, [
      { authorization: `Bearer ${a}` },
      { authorization: `Bearer ${b}` },
    ]);
    expect(new Set(callers).size).toBe(1);
  });

  it.each<[string, Claims, Claims]>([
    ['another subject', { sub: 'alice' }, { sub: 'bob' }],
    ['the same subject of another issuer', { sub: 'alice' }, { sub: 'alice', iss: `${ISSUER}/other` }],
    ['no subject and other claims', {}, { expiresIn: 7_200 }],
  ])('a token of %s is another caller', async (_what, one, other) => {
    await using checked = await openVerifying();
    const [a, b] = await Promise.all([sign(signer, one), sign(signer, other)]);
    const callers = await callersOf(checked.world, [
      { authorization: `Bearer ${a}` },
      { authorization: `Bearer ${b}` },
    ]);
    expect(new Set(callers).size).toBe(2);
  });

  it('all spellings of a token share the slots of one caller', async () => {
    await using checked = await openVerifying();
    const { world } = checked;
    const [mallory, alice] = await Promise.all(['mallory', 'alice'].map(sub => sign(signer, { sub })));
    const requests = spellingsOf(mallory ?? '');
    const released = Promise.withResolvers<void>();
    world.sandbox.answerAll(async exchange => {
      if (exchange.headers.authorization !== `Bearer ${alice}`) await released.promise;
      await meeting(exchange);
    });
    const ask = (n: number, headers: Headers) =>
      world.ask(`{ syncMeeting(id: "${meetingNumber(n)}") { id } }`, { headers });
    const answers = requests.map((headers, n) => ask(n, headers));
    await world.joined(requests.length);
    // Any other call of hers that had a slot has arrived before this answer.
    await ask(99, { authorization: `Bearer ${alice}` });
    expect(world.sandbox.hits).toHaveLength(2);
    released.resolve();
    expect((await Promise.all(answers)).flatMap(({ errors }) => errors)).toEqual([]);
    expect(world.sandbox.hits).toHaveLength(1 + requests.length);
  });
});

describe('where LumiNUS alone checks tokens', () => {
  it('a token is one caller however its scheme is spelled, which goes upstream in one way', async () => {
    await using world = await openWorld();
    const callers = await callersOf(
      world,
      ['Bearer token', 'bearer token', 'BEARER  token'].map(authorization => ({ authorization, ...OWN_KEY })),
    );
    expect(new Set(callers).size).toBe(1);
    expect(world.sandbox.hits.map(({ headers }) => headers.authorization)).toEqual(
      new Array(3).fill('Bearer token'),
    );
  });

  it('a claim that nobody verified does not make its bearer the caller it names', async () => {
    await using world = await openWorld();
    const [own, forged] = await Promise.all([
      sign(signer, { sub: 'alice' }),
      sign(await createSigner('RS256'), { sub: 'alice' }),
    ]);
    const callers = await callersOf(
      world,
      [own, forged].map(token => ({ authorization: `Bearer ${token}`, ...OWN_KEY })),
    );
    expect(new Set(callers).size).toBe(2);
  });
});
