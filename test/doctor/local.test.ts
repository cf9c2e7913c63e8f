import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BESIDE_HEAP } from '../../src/doctor/checks/memory.ts';
import { diagnose, FACTS, firstFailure } from '../support/doctor.ts';

const CONFIG_ONLY = { configOnly: true };

describe('the settings', () => {
  it('that are valid are named, without their values', async () => {
    const { lines } = await diagnose({ PORT: '4321', UPSTREAM_SUBSCRIPTION_KEY: 'canary' }, CONFIG_ONLY);
    expect(lines['settings']).toBe('✓ Settings         valid; set: PORT, UPSTREAM_SUBSCRIPTION_KEY');
  });

  it('that are invalid are all listed, and so are misspelled ones', async () => {
    const { results } = await diagnose(
      { PORT: 'canary', GRAPHIQL: 'canary', JWT_ISSUER: 'canary', UPSTREM_URL: 'canary' },
      CONFIG_ONLY,
    );
    expect(results[0]).toMatchObject({ id: 'settings', status: 'failed' });
    expect(results[0]?.details).toEqual([
      'PORT must be a whole number from 0 to 65535',
      'GRAPHIQL must be on or off (or true or false)',
      'JWT_JWKS_URL must be set where JWT_ISSUER or JWT_AUDIENCE is: without it no token is verified',
      'UPSTREM_URL is no setting; UPSTREAM_URL is',
    ]);
  });

  it('that are invalid leave the checks of the network out, and not those of the process', async () => {
    const { results } = await diagnose({ PORT: 'canary' });
    const statuses = Object.fromEntries(results.map(({ id, status }) => [id, status]));
    expect(statuses).toMatchObject({ settings: 'failed', node: 'passed', memory: 'passed', dns: 'skipped' });
    expect(results.at(-1)).toMatchObject({ status: 'skipped', found: 'not checked: Settings failed' });
  });

  it('that are only misspelled are a warning: the gateway starts without them', async () => {
    const { lines, results } = await diagnose({ UPSTREAM_TIMEOUT: '5' }, CONFIG_ONLY);
    expect(lines['settings']).toContain('UPSTREAM_TIMEOUT (did you mean UPSTREAM_ATTEMPT_TIMEOUT_MS?)');
    expect(results.map(({ status }) => status)).not.toContain('failed');
  });

  it('are all that --config checks, with the files that they name', async () => {
    const { results } = await diagnose({}, CONFIG_ONLY);
    expect(results.map(({ id }) => id)).toEqual(['settings', 'manifest']);
  });
});

describe('the manifest', () => {
  async function check(text: string | null) {
    const directory = await mkdtemp(join(tmpdir(), 'doctor-'));
    const path = join(directory, 'manifest.json');
    if (text !== null) await writeFile(path, text);
    try {
      return await diagnose({ PERSISTED_DOCUMENTS: path }, CONFIG_ONLY);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  it('that is valid is counted', async () => {
    const { lines } = await check('{"a":"{ __typename }","b":"query B { __typename }"}');
    expect(lines['manifest']).toBe('✓ Manifest         valid; 2 operations may run');
  });

  it.each([
    ['is not there', null, 'ENOENT'],
    ['is not JSON', '{', 'it is not JSON'],
    ['is no object', '[]', 'it is not a JSON object from hash to text'],
    [
      'has another hash',
      JSON.stringify({ ['a'.repeat(64)]: '{ __typename }' }),
      'is not the SHA-256 of its text',
    ],
    ['does not fit the schema', '{"a":"{ nothing }"}', 'its entry "a" does not fit the schema'],
    ['has no GraphQL', '{"a":"{"}', 'its entry "a" cannot be executed'],
  ])('that %s is what has to be corrected', async (_, text, detail) => {
    const diagnosis = await check(text);
    expect(firstFailure(diagnosis)).toBe('manifest');
    expect(diagnosis.results[1]?.details.join('\n')).toContain(detail);
  });

  it('with very many faults has the first fifty of them listed', async () => {
    const entries = Array.from({ length: 200 }, (_, index) => [`entry${index}`, '{ nothing }']);
    const { results } = await check(JSON.stringify(Object.fromEntries(entries)));
    expect(results[1]?.details).toHaveLength(51);
    expect(results[1]?.details.at(-1)).toBe('and 150 more');
  });
});

describe('the process', () => {
  it.each([
    ['23.9.9', 'failed'],
    ['24.0.0', 'passed'],
    ['25.1.0', 'passed'],
  ])('with Node.js %s has %s', async (version, status) => {
    const { results } = await diagnose({ PORT: 'x' }, { facts: { ...FACTS, nodeVersion: version } });
    expect(results.find(({ id }) => id === 'node')?.status).toBe(status);
  });

  it.each([
    [-1, 'failed'],
    [0, 'passed'],
    [1, 'passed'],
  ])('whose memory limit has %i bytes more than its heap needs has %s', async (more, status) => {
    const facts = { ...FACTS, memoryLimit: FACTS.heapLimit + BESIDE_HEAP + more };
    const { results } = await diagnose({ PORT: 'x' }, { facts });
    expect(results.find(({ id }) => id === 'memory')?.status).toBe(status);
  });
});
