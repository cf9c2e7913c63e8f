import { describe, expect, test } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { SCENARIOS, scenarioId } from '../../sandbox/scenarios.ts';
import { SANDBOX_KEY, type Sandbox, startSandbox } from '../../sandbox/server.ts';
import { callSandbox, pathOf } from '../support/sandbox.ts';

async function bodyOf(sandbox: Sandbox, number: number): Promise<string> {
  const response = await callSandbox(sandbox, scenarioId(number));
  return response.text();
}

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
      const response = await callSandbox(sandbox, scenarioId(number));
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
    const answer = callSandbox(sandbox, scenarioId(number), { signal: leave.signal });
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
      return (await callSandbox(sandbox, scenarioId(number), { headers })).status;
    };
    expect(await statusFor('Bearer a')).toBe(status);
    expect(await statusFor('Bearer b')).toBe(status);
    expect(await statusFor('Bearer a')).toBe(200);
    expect(await statusFor('Bearer a')).toBe(status);
    expect(await statusFor('Bearer b')).toBe(200);
  });

  test('712 has a byte order mark and escaped plus signs', async () => {
    await using sandbox = await startSandbox();
    const bytes = new Uint8Array(await (await callSandbox(sandbox, scenarioId(712))).arrayBuffer());
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
