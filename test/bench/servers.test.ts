import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { requestTemplate } from '../../bench/request.ts';
import { imageOptions, startCommandOf } from '../../bench/servers/gateway.ts';
import { SERVER_NAMES, SERVERS } from '../../bench/servers/list.ts';
import { NEW_CALLERS } from '../../bench/upstream/caller.ts';
import { AUDIENCE, signCallers } from '../../bench/upstream/signed-callers.ts';
import { argumentsOf } from '../support/process.ts';

describe('the servers of the benchmark', () => {
  it('are what the options allow', () => {
    expect(readOptions([]).servers).toEqual(SERVER_NAMES);
    expect(readOptions(['--servers', 'bundle,gateway+rs256']).servers).toEqual(['bundle', 'gateway+rs256']);
    expect(() => readOptions(['--servers', 'gateway+nothing'])).toThrow('gateway+nothing');
  });

  it('have a title each', () => {
    expect(new Set(SERVER_NAMES.map(name => SERVERS[name].title)).size).toBe(SERVER_NAMES.length);
  });

  it.each(SERVER_NAMES.filter(name => SERVERS[name].variantOf !== undefined))(
    '%s is measured only where the server is of which it is a variant',
    name => {
      const { variantOf = name, workloads, role } = SERVERS[name];
      expect(SERVERS[variantOf]).toMatchObject({ role });
      expect(SERVERS[variantOf]).not.toHaveProperty('variantOf');
      expect(SERVERS[variantOf].workloads).toEqual(expect.arrayContaining([...workloads]));
    },
  );

  it.each(SERVER_NAMES.filter(name => SERVERS[name].ours !== undefined))(
    '%s is compared with a variant of ours that has the same fixture',
    name => {
      const { ours = name, fixture, workloads } = SERVERS[name];
      expect(SERVERS[ours]).toMatchObject({ role: 'ours', fixture, workloads });
    },
  );
});

describe('the gateway is started', () => {
  it('with the options of npm start, and the bundle with those of the image', () => {
    expect(startCommandOf('start')).toEqual({ env: {}, options: argumentsOf('start').slice(0, -1) });
    expect(imageOptions()).toEqual([
      ...argumentsOf('start').slice(0, -1),
      '--max-old-space-size-percentage=50',
    ]);
  });

  it('for 128 MB with the options and variables of start:small', () => {
    const { env, options } = startCommandOf('start:small');
    expect(env).toEqual({ MALLOC_ARENA_MAX: '2' });
    expect(options).toEqual(argumentsOf('start:small').slice(0, -1));
  });
});

it.each(['RS256', 'ES256'] as const)(
  'tokens by %s are really signed, each for a caller of its own',
  async algorithm => {
    const dir = await mkdtemp(join(tmpdir(), 'tokens-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
    const issuer = 'http://127.0.0.1:1';
    const { callers, keys } = await signCallers(algorithm, issuer, join(dir, 'tokens.txt'), 3);
    const tokens = (await readFile(join(dir, 'tokens.txt'), 'utf8')).trim().split('\n');
    const subjects = new Set<unknown>();
    for (const token of tokens) {
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer, audience: AUDIENCE });
      expect(callers.known.get(`Bearer ${token}`)).toBe(payload.sub);
      subjects.add(payload.sub);
    }
    expect(subjects.size).toBe(3);
    const turns = [1, 2, 3, 4].map(() => callers.next());
    expect(turns.map(({ authorization }) => authorization)).toEqual(
      [...tokens, tokens[0]].map(token => `Bearer ${token}`),
    );
    expect(new Set(turns.map(({ key }) => key)).size).toBe(4);
  },
);

it('the request of wrk has a place for what each caller has', () => {
  const placeholders = (text: string) => [...text.matchAll(/@[A-Z]+@/g)].map(([found]) => found);
  expect(placeholders(requestTemplate('ours', 1, NEW_CALLERS.template))).toEqual([
    '@SUBJECT@',
    '@KEY@',
    '@ID@',
  ]);
  expect(requestTemplate('ours', 1, NEW_CALLERS.next())).not.toMatch(/@(?:KEY|SUBJECT)@/);
});
