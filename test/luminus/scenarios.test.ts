import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import type { Scenario } from '../../sandbox/scenarios.ts';
import { SCENARIOS, scenarioId } from '../../sandbox/scenarios.ts';
import { ERRORS } from '../../src/lib/errors.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { createManualClock } from '../support/clock.ts';
import { readDocument } from '../support/document.ts';
import type { Answer, World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

type Meeting = Record<string, unknown>;

const ALL_FIELDS = Object.keys(MEETING_FIELDS).join(' ');
const FAST = {
  env: { UPSTREAM_RETRY_MIN_DELAY_MS: '1', UPSTREAM_RETRY_MAX_DELAY_MS: '2' },
  sandbox: { slowMs: 20 },
};

const ENUMS: Readonly<Record<string, readonly (string | null)[]>> = {
  meetingType: [null, 'EXAM', 'CUSTOM', 'TIMETABLE'],
  recordType: ['NONE', 'CLOUD', 'LOCAL'],
  authenticationOpt: [null, 'NUS_ZOOM', 'ZOOM'],
};

/** The meeting of an id as clients see it when nothing is wrong with it. */
function expectedOf(id: string): Meeting {
  const meeting: Meeting = { ...meetingOf(id) };
  for (const field of ['startDate', 'endDate', 'createdDate']) {
    meeting[field] = new Date(String(meeting[field])).toISOString();
  }
  for (const [field, names] of Object.entries(ENUMS)) meeting[field] = names[Number(meeting[field])];
  return { ...meeting, alternativeHosts: String(meeting['alternativeHosts']).split(',') };
}

const nothingBut = (id: string): Meeting => ({
  ...Object.fromEntries(Object.keys(MEETING_FIELDS).map(field => [field, null])),
  id,
});

/** Where a meeting differs from the ordinary one; a broken field is null with an error at its path. */
const DIFFERENCES: Readonly<Record<number, { values: (id: string) => Meeting; broken?: readonly string[] }>> =
  {
    701: {
      values: id =>
        Object.fromEntries(
          ['startDate', 'endDate', 'createdDate'].map(field => [
            field,
            String(expectedOf(id)[field]).replace('.000Z', '.123Z'),
          ]),
        ),
    },
    703: { values: () => ({ startDate: null, endDate: null, createdDate: null }) },
    704: {
      values: () => ({ startDate: null, endDate: null, createdDate: null }),
      broken: ['startDate', 'endDate', 'createdDate'],
    },
    705: { values: () => ({ creatorID: null, moduleID: null, channelID: null }) },
    707: {
      values: () => ({
        creatorID: null,
        moduleID: null,
        channelID: null,
        joinUrl: null,
        email: null,
        startDate: null,
        endDate: null,
        createdDate: null,
      }),
    },
    708: { values: nothingBut },
    709: { values: nothingBut },
    714: { values: () => ({ topic: null }), broken: ['topic'] },
    718: { values: () => ({ meetingType: 'UNKNOWN', authenticationOpt: 'UNKNOWN', recordType: 'UNKNOWN' }) },
    719: { values: () => ({ meetingType: null, authenticationOpt: null, recordType: 'NONE' }) },
    720: { values: () => ({ recordType: null }), broken: ['recordType'] },
    721: { values: () => ({ alternativeHosts: [] }) },
    722: { values: () => ({ alternativeHosts: null }) },
    723: { values: () => ({ alternativeHosts: ['a@nus.edu.sg', 'b@nus.edu.sg'] }) },
    724: { values: () => ({ meetingDuration: null }), broken: ['meetingDuration'] },
    725: { values: () => ({ email: null, joinUrl: null }), broken: ['email', 'joinUrl'] },
  };

/** Seconds to wait, where the upstream says how long. */
const RETRY_AFTER: Readonly<Record<number, number>> = {
  429: 57,
  605: 30 * 60 + 2,
  606: 2.12 * 86_400,
  607: 14 * 86_400 + 7 * 3600 + 13 * 60 + 56,
  608: 1800,
  609: 57,
  652: 20,
  653: 20,
};

const failing = SCENARIOS.flatMap(({ number, row, code }) => (code === null ? [] : [{ number, row, code }]));
const answering = SCENARIOS.filter(({ code }) => code === null);

/** Asks for the meeting of a scenario; where no answer will come, the 8 s of an attempt are over as soon as it was asked. */
async function askFor({
  number,
  code,
}: Pick<Scenario, 'number' | 'code'>): Promise<World & { answer: Answer<unknown> }> {
  const clock = code === 'UPSTREAM_TIMEOUT' ? createManualClock() : undefined;
  const world = await openWorld({ ...FAST, ...(clock ? { clock } : {}) });
  const asking = world.ask(`{ syncMeeting(id: "${scenarioId(number)}") { id } }`);
  await world.sandbox.hit(1);
  clock?.advance(8_000);
  return { ...world, answer: await asking };
}

describe('an upstream that says no', () => {
  it.each(failing)('…$number ($row) is $code', async ({ number, code }) => {
    await using world = await askFor({ number, code });
    const { status, data, errors } = world.answer;
    expect(status).toBe(200);
    expect(data).toEqual({ syncMeeting: null });
    expect(errors).toHaveLength(1);
    const [error] = errors;
    expect(error?.path).toEqual(['syncMeeting']);
    expect(error?.extensions).toMatchObject({
      code,
      retryable: Object.entries(ERRORS).find(([name]) => name === code)?.[1].retryable,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(error?.extensions.retryAfter).toBe(RETRY_AFTER[number]);
    if (number < 600) expect(error?.extensions.upstreamStatus).toBe(number);
  });

  it.each([601, 602])('…%i is the gateway at fault when the key was its own', async number => {
    await using world = await openWorld({ env: { UPSTREAM_SUBSCRIPTION_KEY: 'sandbox-own' } });
    const { errors } = await world.ask(`{ syncMeeting(id: "${scenarioId(number)}") { id } }`, {
      headers: { authorization: 'Bearer token' },
    });
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_MISCONFIGURED');
  });

  it('is unavailable when nothing listens there', async () => {
    await using world = await openWorld();
    await world.sandbox.close();
    const { errors } = await world.ask('{ syncMeeting(id: "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b") { id } }');
    expect(errors[0]?.extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });

  it('is unavailable when its name cannot be resolved', async () => {
    await using world = await openWorld({ env: { UPSTREAM_URL: 'https://upstream.invalid' } });
    const { errors } = await world.ask('{ syncMeeting(id: "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b") { id } }');
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it.each([302, 641])('…%i: a redirect is never followed', async number => {
    await using world = await openWorld();
    await world.ask(`{ syncMeeting(id: "${scenarioId(number)}") { id } }`);
    expect(world.sandbox.hits.map(hit => hit.id)).toEqual([scenarioId(number)]);
  });

  const cut = failing.filter(({ number }) => [617, 618, 627].includes(number));
  it.each(cut)('…$number: the call is aborted, not left running', async scenario => {
    await using world = await askFor(scenario);
    await world.sandbox.idle();
    expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
  });
});

describe('an upstream that answers', () => {
  it.each(answering)('…$number ($row): $sees', async ({ number }) => {
    await using world = await openWorld(FAST);
    const id = scenarioId(number);
    // Two of the scenarios fail once before they answer.
    if (number === 650 || number === 651) await world.ask(`{ syncMeeting(id: "${id}") { id } }`);
    const { data, errors } = await world.ask<{ syncMeeting: Meeting }>(
      `{ syncMeeting(id: "${id}") { id ${ALL_FIELDS} } }`,
    );
    const { values, broken = [] } = DIFFERENCES[number] ?? { values: () => ({}) };
    expect(data.syncMeeting).toEqual({ ...expectedOf(id), ...values(id) });
    expect(errors.map(error => [error.path, error.extensions.code])).toEqual(
      Object.keys(MEETING_FIELDS)
        .filter(field => broken.includes(field))
        .map(field => [['syncMeeting', field], 'UPSTREAM_INVALID_RESPONSE']),
    );
  });

  it('reads times without an offset by the offset that is set', async () => {
    await using world = await openWorld({ env: { UPSTREAM_TIME_ZONE_OFFSET: '-05:30' } });
    const id = scenarioId(702);
    const { data } = await world.ask<{ syncMeeting: Meeting }>(`{ syncMeeting(id: "${id}") { startDate } }`);
    const written = meetingOf(id).startDate.slice(0, 19);
    expect(data.syncMeeting['startDate']).toBe(new Date(`${written}-05:30`).toISOString());
  });

  it('answers with an id in another case than was asked for', async () => {
    await using world = await openWorld();
    const id = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
    const { meetingWith } = await import('../../sandbox/reply.ts');
    world.sandbox.answer(
      id,
      meetingWith(meeting => ({ ...meeting, id: meeting.id.toUpperCase() })),
    );
    const { data, errors } = await world.ask(`{ syncMeeting(id: "${id}") { id } }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({ syncMeeting: { id } });
  });
});

/** Not played by the sandbox: it is the gateway that has no file descriptor left. */
const NO_DESCRIPTOR = 19;

it('has a scenario for every row of both tables', async () => {
  const { text } = await readDocument('docs/upstream.md');
  const numbers = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: Math.max(numbers.length, NO_DESCRIPTOR) }, (_, n) => n + 1));
  const rows = new Set(SCENARIOS.map(({ row }) => row));
  for (const number of numbers.filter(n => n !== NO_DESCRIPTOR))
    expect(rows).toContain(`Responses ${number}`);
  expect([...rows].filter(row => row.startsWith('Wire')).length).toBeGreaterThanOrEqual(10);
});
