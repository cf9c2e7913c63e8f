import { describe, expect, test } from 'vitest';
import { type Meeting, meetingOf } from '../sandbox/meeting.ts';
import { hang, json } from '../sandbox/reply.ts';
import { SCENARIOS, scenarioId } from '../sandbox/scenarios.ts';
import { SANDBOX_KEY, type Sandbox, startSandbox } from '../sandbox/server.ts';

const ID = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const FIELDS = 33;

const pathOf = (id: string) => `/zoom/Meeting/${id}/Sync`;

function call(sandbox: Sandbox, id: string, init: RequestInit = {}): Promise<Response> {
  return fetch(sandbox.url + pathOf(id), {
    headers: { 'ocp-apim-subscription-key': SANDBOX_KEY, accept: 'application/json' },
    redirect: 'manual',
    ...init,
  });
}

async function bodyOf(sandbox: Sandbox, number: number): Promise<string> {
  const response = await call(sandbox, scenarioId(number));
  return response.text();
}

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
    expect((await call(sandbox, ID)).status).toBe(401);
    expect((await call(sandbox, ID, { headers: { 'ocp-apim-subscription-key': 'mine' } })).status).toBe(200);
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
    const response = await call(sandbox, ID);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('request-context')).toMatch(/^appId=cid-v1:/);
    expect(response.headers.has('date')).toBe(true);
    expect(await response.json()).toEqual(meetingOf(ID));
    expect(sandbox.hits).toMatchObject([{ id: ID, path: `/v2/api${pathOf(ID)}` }]);
  });

  test('an id that is no uuid fails model validation', async () => {
    await using sandbox = await startSandbox();
    const response = await call(sandbox, 'abc');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ errors: { ID: ["The value 'abc' is not valid."] } });
  });

  test('a string is quoted only for those who ask for JSON', async () => {
    await using sandbox = await startSandbox();
    const quoted = await call(sandbox, scenarioId(403));
    const bare = await call(sandbox, scenarioId(403), {
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
    expect(Object.keys(meetingOf(ID))).toHaveLength(FIELDS);
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

describe('scenarios', () => {
  const UNENDING = [617, 618, 627];
  const BROKEN = [616, 623];

  test('have numbers of their own', () => {
    expect(new Set(SCENARIOS.map(({ number }) => number)).size).toBe(SCENARIOS.length);
  });

  test.for(SCENARIOS.filter(({ number }) => number < 600))(
    '$number answers with that status',
    async ({ number }) => {
      await using sandbox = await startSandbox();
      const response = await call(sandbox, scenarioId(number));
      expect(response.status).toBe(number);
      await response.text();
    },
  );

  test.for(SCENARIOS.filter(({ number }) => number > 600 && ![...UNENDING, ...BROKEN].includes(number)))(
    '$number answers in full',
    async ({ number }) => {
      await using sandbox = await startSandbox({ slowMs: 5 });
      await expect(bodyOf(sandbox, number)).resolves.toBeTypeOf('string');
      await sandbox.idle();
      expect(sandbox.hits).toMatchObject([{ outcome: 'answered' }]);
    },
  );

  test.for(BROKEN)('%i breaks off, by its own doing', async number => {
    await using sandbox = await startSandbox();
    await expect(bodyOf(sandbox, number)).rejects.toThrow(TypeError);
    await sandbox.idle();
    expect(sandbox.hits).toMatchObject([{ outcome: 'answered' }]);
  });

  test.for(UNENDING)('%i goes on until the client leaves', async number => {
    await using sandbox = await startSandbox();
    const leave = new AbortController();
    const answer = call(sandbox, scenarioId(number), { signal: leave.signal });
    await (number === 617 ? sandbox.hit(1) : answer.then(response => response.body?.getReader().read()));
    expect(sandbox.hits).toMatchObject([{ outcome: 'open' }]);
    leave.abort();
    await answer.catch(() => {});
    await sandbox.idle();
    expect(sandbox.hits).toMatchObject([{ outcome: 'cut' }]);
  });

  test('302 leads to a place where a follower is seen', async () => {
    await using sandbox = await startSandbox();
    const options = { headers: { 'ocp-apim-subscription-key': SANDBOX_KEY } };
    const response = await fetch(sandbox.url + pathOf(scenarioId(302)), options);
    expect(response.status).toBe(404);
    expect(sandbox.hits.map(({ path }) => path)).toEqual([pathOf(scenarioId(302)), '/elsewhere']);
  });

  test('626 inflates to 64 MiB, with a meeting at its end', async () => {
    await using sandbox = await startSandbox();
    const text = await bodyOf(sandbox, 626);
    expect(text.length).toBeGreaterThan(64 * 1024 * 1024);
    expect(text.slice(-3000).trim()).toBe(JSON.stringify(meetingOf(scenarioId(626))));
  });

  test.for([630, 631, 632, 633])('%i decodes to the meeting', async number => {
    await using sandbox = await startSandbox();
    expect(JSON.parse(await bodyOf(sandbox, number))).toEqual(meetingOf(scenarioId(number)));
  });

  test.for([
    [650, 503],
    [651, 429],
  ] as const)('%i refuses every other call of each caller', async ([number, status]) => {
    await using sandbox = await startSandbox();
    const statusFor = async (authorization: string) => {
      const headers = { 'ocp-apim-subscription-key': SANDBOX_KEY, authorization };
      return (await call(sandbox, scenarioId(number), { headers })).status;
    };
    expect(await statusFor('Bearer a')).toBe(status);
    expect(await statusFor('Bearer b')).toBe(status);
    expect(await statusFor('Bearer a')).toBe(200);
    expect(await statusFor('Bearer a')).toBe(status);
    expect(await statusFor('Bearer b')).toBe(200);
  });

  test('712 has a byte order mark and escaped plus signs', async () => {
    await using sandbox = await startSandbox();
    const bytes = new Uint8Array(await (await call(sandbox, scenarioId(712))).arrayBuffer());
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    expect(text.startsWith('\uFEFF{')).toBe(true);
    expect(text).toContain('00\\u002B08:00');
    expect(text).not.toContain('+');
  });

  test('713 spells out duplicate keys and __proto__', async () => {
    await using sandbox = await startSandbox();
    const text = await bodyOf(sandbox, 713);
    expect(text.match(/"topic":"/g)).toHaveLength(3);
    expect(text).toContain('"__proto__":{');
    expect(JSON.parse(text)).toMatchObject({ topic: meetingOf(scenarioId(713)).topic });
  });
});

describe('for tests', () => {
  test("a test's own reply wins, and knows what came before", async () => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(json(200, 'all'));
    sandbox.answer(ID.toUpperCase(), ({ earlier, headers, ...exchange }) =>
      json(200, [earlier, headers.accept])({ earlier, headers, ...exchange }),
    );
    expect(await (await call(sandbox, ID)).json()).toEqual([0, 'application/json']);
    expect(await (await call(sandbox, ID)).json()).toEqual([1, 'application/json']);
    expect(await (await call(sandbox, scenarioId(500))).json()).toBe('all');
    expect(sandbox.hitsOf(ID)).toHaveLength(2);
    sandbox.clear();
    expect(sandbox.hits).toEqual([]);
    expect((await call(sandbox, scenarioId(500))).status).toBe(500);
  });

  test('a client that leaves early is recorded as cut', async () => {
    await using sandbox = await startSandbox();
    sandbox.answer(ID, hang);
    const leave = new AbortController();
    const answer = call(sandbox, ID, { signal: leave.signal }).catch(() => 'left');
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
    const response = await call(sandbox, ID, { signal: leave.signal });
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
    const answers = [call(sandbox, ID)];
    await sandbox.hit(1);
    expect(seen).toEqual([]);
    answers.push(call(sandbox, ID));
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
      await call(sandbox, ID, { headers });
    }
    await sandbox.hit(2);
    expect(sandbox.hits).toMatchObject([{ headers: { 'x-trace': 'last' } }]);
    expect(sandbox.hits[0]?.rawHeaders).toContain('last');
  });

  test('close() ends open exchanges and sockets, and may be called again', async () => {
    const sandbox = await startSandbox();
    const answer = call(sandbox, scenarioId(618));
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
