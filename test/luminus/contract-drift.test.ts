import { expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { jsonText, meetingBut } from '../../sandbox/reply.ts';
import { ContractDrift, MAX_NAMES } from '../../src/luminus/contract-drift.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import { createLogSubscriber } from '../../src/observability/log-subscriber.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const A = meetingNumber(1);

it('what differs from the documentation is logged once a name, and never with its value', async () => {
  await using world = await openWorld();
  world.sandbox.answer(
    A,
    meetingBut({
      zoomRegion: 'CANARY',
      topic: { text: 'CANARY' },
      hostKey: undefined,
      meetingType: 77,
      startDate: '2026-11-23T10:00:00',
    }),
  );
  for (let n = 0; n < 3; n += 1) await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  const drift = world.lines
    .filter(line => 'drift' in line.fields)
    .map(({ fields }) => [fields['drift'], fields['name']].join(' '));
  expect(drift.toSorted()).toEqual([
    'brokenField topic',
    'missingField hostKey',
    'noOffset startDate',
    'unknownCode meetingType=77',
    'unknownField zoomRegion',
  ]);
  expect(JSON.stringify(world.lines)).not.toContain('CANARY');
});

it('is logged with its counts when the gateway stops', async () => {
  const world = await openWorld();
  world.sandbox.answer(A, meetingBut({ zoomRegion: 'CANARY' }));
  for (let n = 0; n < 3; n += 1) await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  await world[Symbol.asyncDispose]();
  const summary = world.lines.find(line => line.message === 'upstream differences seen');
  expect(summary?.fields).toEqual({ drift: { 'unknownField zoomRegion': 3 } });
});

it('is not mentioned when the gateway stops and there was none', async () => {
  const world = await openWorld();
  await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  await world[Symbol.asyncDispose]();
  expect(world.lines.map(({ message }) => message)).not.toContain('upstream differences seen');
});

it('is recorded by name', () => {
  const { log } = createMemoryLog();
  const drift = new ContractDrift(createObserver([createLogSubscriber(log)], log));
  for (let n = 0; n < 3; n += 1) drift.record('brokenField', 'topic');
  drift.record('unknownField', 'zoomRegion');
  expect([...drift.counts()]).toEqual([
    ['brokenField topic', 3],
    ['unknownField zoomRegion', 1],
  ]);
});

it('an upstream that makes up names without end fills neither memory nor log', () => {
  const { log, lines } = createMemoryLog();
  const drift = new ContractDrift(createObserver([createLogSubscriber(log)], log));
  for (let n = 0; n < MAX_NAMES + 50; n += 1) drift.record('unknownField', `${n}`.padEnd(10_000, 'x'));
  expect(lines).toHaveLength(MAX_NAMES);
  expect(drift.counts().get('unknownField (others)')).toBe(50);
  expect(Math.max(...[...drift.counts().keys()].map(name => name.length))).toBeLessThan(100);
});

it('fields in another order than the documented are no difference', async () => {
  await using world = await openWorld();
  const query = `{ syncMeeting(id: "${A}") { id topic startDate recordTypeCode publishMutimediaChannel } }`;
  world.sandbox.answer(A, jsonText(200, JSON.stringify(meetingOf(A))));
  const documented = await world.ask(query);
  const reversed = Object.fromEntries(Object.entries(meetingOf(A)).toReversed());
  world.sandbox.answer(A, jsonText(200, JSON.stringify(reversed)));
  expect(await world.ask(query)).toMatchObject({ data: documented.data, errors: [] });
  expect(world.lines.filter(line => 'drift' in line.fields)).toEqual([]);
});

it('a __proto__ in an answer changes no object', async () => {
  await using world = await openWorld();
  world.sandbox.answer(
    A,
    jsonText(200, JSON.stringify(meetingOf(A)).replace('{', '{"__proto__":{"polluted":true},')),
  );
  const { errors } = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  expect(errors).toEqual([]);
  expect('polluted' in {}).toBe(false);
});
