import { describe, expect, it } from 'vitest';
import { openWorld } from '../support/world.ts';

const QUERY = '{ __typename syncMeeting(id: "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b") { id } }';
const OWN_KEY = { UPSTREAM_SUBSCRIPTION_KEY: 'sandbox-of-the-gateway' };

describe('credentials', () => {
  it.each([
    ['no key anywhere', {}, { authorization: 'Bearer t' }, 'Ocp-Apim-Subscription-Key'],
    ['no key and no token', {}, {}, 'Ocp-Apim-Subscription-Key'],
    ["the gateway's key and no token", OWN_KEY, {}, 'Authorization: Bearer'],
    [
      "the gateway's key and Basic",
      OWN_KEY,
      { authorization: 'Basic dXNlcjpwYXNz' },
      'Authorization: Bearer',
    ],
  ])(
    '%s: UNAUTHENTICATED at the field, saying what is missing, and no call',
    async (_case, env, headers, missing) => {
      await using world = await openWorld({ env });
      const { status, data, errors } = await world.ask(QUERY, { headers });
      expect(status).toBe(200);
      expect(data).toEqual({ __typename: 'Query', syncMeeting: null });
      expect(errors[0]).toMatchObject({
        path: ['syncMeeting'],
        extensions: { code: 'UNAUTHENTICATED', retryable: false },
      });
      expect(errors[0]?.message).toContain(missing);
      expect(world.sandbox.hits).toHaveLength(0);
    },
  );

  it.each([
    [
      "the caller's key and token",
      OWN_KEY,
      { authorization: 'Bearer t', 'ocp-apim-subscription-key': 'sandbox-mine' },
      'sandbox-mine',
      'Bearer t',
    ],
    [
      "the caller's key alone",
      OWN_KEY,
      { 'ocp-apim-subscription-key': 'sandbox-mine' },
      'sandbox-mine',
      undefined,
    ],
    [
      "the gateway's key with a token",
      OWN_KEY,
      { authorization: 'Bearer t' },
      'sandbox-of-the-gateway',
      'Bearer t',
    ],
    [
      "the gateway's key, anonymous calls allowed",
      { ...OWN_KEY, ALLOW_ANONYMOUS: 'true' },
      {},
      'sandbox-of-the-gateway',
      undefined,
    ],
  ])('%s go upstream', async (_case, env, headers, key, authorization) => {
    await using world = await openWorld({ env });
    const { errors } = await world.ask(QUERY, { headers });
    expect(errors).toEqual([]);
    expect(world.sandbox.hits).toHaveLength(1);
    expect(world.sandbox.hits[0]?.headers['ocp-apim-subscription-key']).toBe(key);
    expect(world.sandbox.hits[0]?.headers.authorization).toBe(authorization);
  });

  it('no other header of the caller goes upstream', async () => {
    await using world = await openWorld();
    await world.ask(QUERY, {
      headers: {
        authorization: 'Bearer t',
        'ocp-apim-subscription-key': 'sandbox-key',
        cookie: 'session=1',
        'x-forwarded-for': '10.0.0.1',
        'x-request-id': 'my-id.1',
        'accept-language': 'de',
      },
    });
    expect(Object.keys(world.sandbox.hits[0]?.headers ?? {}).toSorted()).toEqual([
      'accept',
      'authorization',
      'connection',
      'host',
      'ocp-apim-subscription-key',
      'x-request-id',
    ]);
    expect(world.sandbox.hits[0]?.headers['x-request-id']).toBe('my-id.1');
  });

  it('are not needed to read the schema', async () => {
    await using world = await openWorld({ env: { INTROSPECTION: 'on' } });
    const { errors } = await world.ask('{ __typename __schema { queryType { name } } }', { headers: {} });
    expect(errors).toEqual([]);
  });
});
