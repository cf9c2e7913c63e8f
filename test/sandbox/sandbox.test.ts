import { describe, expect, test } from 'vitest';
import { type Meeting, meetingOf } from '../../sandbox/meeting.ts';
import { hang, json } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { SANDBOX_KEY, startSandbox } from '../../sandbox/server.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { callSandbox, pathOf } from '../support/sandbox.ts';

const ID = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

describe('the door of API Management', () => {
  test.for([
    ['no key', {}, 'missing subscription key'],
    ['a wrong key', { 'ocp-apim-subscription-key': 'stolen' }, 'invalid subscription key'],
  ] as const)('%s is refused before anything else', async ([, headers, words]) => {
    await using sandbox = await startSandbox();
    for (const path of [pathOf(ID), pathOf('no-uuid'), '/elsewhere']) {
      const response = await fetch(sandbox.url + path, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^AzureApiManagementKey realm=/);
      expect(await response.json()).toMatchObject({
        statusCode: 401,
        message: expect.stringContaining(words),
      });
    }
  });

  test('takes the keys it is told to take', async () => {
    await using sandbox = await startSandbox({ acceptsKey: key => key === 'mine' });
    expect((await callSandbox(sandbox, ID)).status).toBe(401);
    expect(
      (await callSandbox(sandbox, ID, { headers: { 'ocp-apim-subscription-key': 'mine' } })).status,
    ).toBe(200);
  });

  test.for([
    ['another path', '/elsewhere', 'GET'],
    ['another method', pathOf(ID), 'POST'],
    ['a path outside the prefix', pathOf(ID), 'GET'],
  ] as const)('%s has no route', async ([, path, method]) => {
    await using sandbox = await startSandbox({ pathPrefix: '/v2/api' });
    const target = method === 'POST' ? sandbox.url + path : new URL(path, sandbox.url);
    const response = await fetch(target, { method, headers: { 'ocp-apim-subscription-key': SANDBOX_KEY } });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ statusCode: 404, message: 'Resource not found' });
    expect(sandbox.hits).toMatchObject([{ id: '' }]);
  });
});

describe('the operation', () => {
  test('answers any uuid with its own meeting, under a prefix too', async () => {
    await using sandbox = await startSandbox({ pathPrefix: '/v2/api' });
    const response = await callSandbox(sandbox, ID);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('request-context')).toMatch(/^appId=cid-v1:/);
    expect(response.headers.has('date')).toBe(true);
    expect(await response.json()).toEqual(meetingOf(ID));
    expect(sandbox.hits).toMatchObject([{ id: ID, path: `/v2/api${pathOf(ID)}` }]);
  });

  test('an id that is no uuid fails model validation', async () => {
    await using sandbox = await startSandbox();
    const response = await callSandbox(sandbox, 'abc');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ errors: { ID: ["The value 'abc' is not valid."] } });
  });

  test('a string is quoted only for those who ask for JSON', async () => {
    await using sandbox = await startSandbox();
    const quoted = await callSandbox(sandbox, scenarioId(403));
    const bare = await callSandbox(sandbox, scenarioId(403), {
      headers: { 'ocp-apim-subscription-key': SANDBOX_KEY },
    });
    expect(await quoted.text()).toBe('"Login user not authorized to perform this action"');
    expect(await bare.text()).toBe('Login user not authorized to perform this action');
    expect(bare.headers.get('content-type')).toMatch(/^text\/plain/);
  });
});

describe('meetings', () => {
  const week = Array.from({ length: 200 }, (_, n) => meetingOf(scenarioId(1000 + n)));

  test('follow from the id alone, as asked for', () => {
    expect(meetingOf(ID)).toEqual(meetingOf(ID));
    expect(meetingOf(ID.toUpperCase())).toEqual({ ...meetingOf(ID), id: ID.toUpperCase() });
    const fields = ['id', ...Object.keys(MEETING_FIELDS)];
    expect(Object.keys(meetingOf(ID)).toSorted()).toEqual(fields.toSorted());
  });

  test.for([
    'name',
    'startDate',
    'moduleID',
    'meetingType',
    'recordType',
    'authenticationOpt',
    'isWaitingRoom',
    'notFoundInZoom',
    'alternativeHosts',
  ] as const satisfies (keyof Meeting)[])('differ in %s', key => {
    expect(new Set(week.map(meeting => meeting[key])).size).toBeGreaterThan(1);
  });

  test('fill the office hours of one week', () => {
    expect(new Set(week.map(({ startDate }) => startDate.slice(0, 10))).size).toBe(5);
    for (const { startDate, endDate, meetingDuration } of week) {
      expect(startDate >= '2026-11-23T08:00:00+08:00' && endDate <= '2026-11-27T18:00:00+08:00').toBe(true);
      expect(startDate.slice(11) >= '08:00' && endDate.slice(11) <= '18:00:00+08:00').toBe(true);
      expect(Date.parse(endDate) - Date.parse(startDate)).toBe(meetingDuration * 60_000);
    }
  });
});

describe('for tests', () => {
  test("a test's own reply wins, and knows what came before", async () => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(json(200, 'all'));
    sandbox.answer(ID.toUpperCase(), ({ earlier, headers, ...exchange }) =>
      json(200, [earlier, headers.accept])({ earlier, headers, ...exchange }),
    );
    expect(await (await callSandbox(sandbox, ID)).json()).toEqual([0, 'application/json']);
    expect(await (await callSandbox(sandbox, ID)).json()).toEqual([1, 'application/json']);
    expect(await (await callSandbox(sandbox, scenarioId(500))).json()).toBe('all');
    expect(sandbox.hitsOf(ID)).toHaveLength(2);
    sandbox.clear();
    expect(sandbox.hits).toEqual([]);
    expect((await callSandbox(sandbox, scenarioId(500))).status).toBe(500);
  });

  test('a client that leaves early is recorded as cut', async () => {
    await using sandbox = await startSandbox();
    sandbox.answer(ID, hang);
    const leave = new AbortController();
    const answer = callSandbox(sandbox, ID, { signal: leave.signal }).catch(() => 'left');
    await sandbox.hit(1);
    leave.abort();
    expect(await answer).toBe('left');
    const [hit] = sandbox.hits;
    await hit?.ended;
    expect(hit?.outcome).toBe('cut');
  });

  test('a client that leaves amid a long answer is recorded as cut', async () => {
    await using sandbox = await startSandbox();
    sandbox.answer(ID, json(200, 'a'.repeat(32 * 1024 * 1024)));
    const leave = new AbortController();
    const response = await callSandbox(sandbox, ID, { signal: leave.signal });
    leave.abort();
    await expect(response.text()).rejects.toThrow();
    await sandbox.idle();
    expect(sandbox.hits).toMatchObject([{ outcome: 'cut' }]);
  });

  test('hit() waits for the hit that is asked for, idle() for the last open one', async () => {
    await using sandbox = await startSandbox();
    const release = Promise.withResolvers<void>();
    sandbox.answerAll(async exchange => {
      await release.promise;
      await json(200, 'late')(exchange);
    });
    await sandbox.idle();
    const seen: string[] = [];
    const second = sandbox.hit(2).then(() => seen.push('second'));
    const answers = [callSandbox(sandbox, ID)];
    await sandbox.hit(1);
    expect(seen).toEqual([]);
    answers.push(callSandbox(sandbox, ID));
    await second;
    const idle = sandbox.idle().then(() => seen.push('idle'));
    expect(seen).toEqual(['second']);
    release.resolve();
    await idle;
    expect(sandbox.hits.map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
    await Promise.all(answers.map(async answer => (await answer).text()));
  });

  test('only the latest hits are kept, each with its headers', async () => {
    await using sandbox = await startSandbox({ remember: 1 });
    for (const trace of ['first', 'last']) {
      const headers = { 'ocp-apim-subscription-key': SANDBOX_KEY, 'X-Trace': trace };
      await callSandbox(sandbox, ID, { headers });
    }
    await sandbox.hit(2);
    expect(sandbox.hits).toMatchObject([{ headers: { 'x-trace': 'last' } }]);
    expect(sandbox.hits[0]?.rawHeaders).toContain('last');
  });

  test('close() ends open exchanges and sockets, and may be called again', async () => {
    const sandbox = await startSandbox();
    const answer = callSandbox(sandbox, scenarioId(618));
    const response = await answer;
    const [hit] = sandbox.hits;
    expect(sandbox.openSockets()).toBe(1);
    await sandbox.close();
    await sandbox.close();
    await hit?.ended;
    expect(sandbox.openSockets()).toBe(0);
    await expect(response.text()).rejects.toThrow();
  });

  test('a port that is taken is an error', async () => {
    await using sandbox = await startSandbox();
    const { port } = new URL(sandbox.url);
    await expect(startSandbox({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
  });
});
