import { expect, it } from 'vitest';
import { meetingBut } from '../../sandbox/reply.ts';
import { MAX_LIST_PARTS } from '../../src/luminus/field-kinds.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const ID = meetingNumber(1);
const QUERY = `{ syncMeeting(id: "${ID}") { id alternativeHosts } }`;

const hosts = (count: number) => Array.from({ length: count }, (_, n) => `host-${n}@nus.edu.sg`);

it('a list may have 50 parts', () => {
  expect(MAX_LIST_PARTS).toBe(50);
});

it.each([MAX_LIST_PARTS - 1, MAX_LIST_PARTS])('%i alternative hosts are read', async count => {
  await using world = await openWorld();
  world.sandbox.answer(ID, meetingBut({ alternativeHosts: hosts(count).join(',') }));
  const { data, errors } = await world.ask(QUERY);
  expect(errors).toEqual([]);
  expect(data).toEqual({ syncMeeting: { id: ID, alternativeHosts: hosts(count) } });
});

it.each([
  ['one alternative host more', hosts(MAX_LIST_PARTS + 1).join(',')],
  ['128,000 alternative hosts of one character', new Array(128_000).fill('a').join(',')],
  ['128,000 commas', ','.repeat(128_000)],
])('%s cannot be read, and the rest of the meeting stands', async (_what, alternativeHosts) => {
  await using world = await openWorld();
  world.sandbox.answer(ID, meetingBut({ alternativeHosts }));
  const { data, errors, text } = await world.ask(QUERY);
  expect(data).toEqual({ syncMeeting: { id: ID, alternativeHosts: null } });
  expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['syncMeeting', 'alternativeHosts'], 'UPSTREAM_INVALID_RESPONSE'],
  ]);
  expect(text.length).toBeLessThan(1_000);
});
