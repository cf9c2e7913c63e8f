import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import type { Scenario } from '../../sandbox/scenarios.ts';
import { SCENARIOS, scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { NIL_ID } from '../../src/doctor/nil-id.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { diagnose, firstFailure } from '../support/doctor.ts';
import { idOf } from '../support/upstream.ts';

const KEY = 'sandbox-canary-key';
const TOKEN = 'canary-token';
const ENV = {
  UPSTREAM_SUBSCRIPTION_KEY: KEY,
  DOCTOR_TOKEN: TOKEN,
  UPSTREAM_RETRY_MIN_DELAY_MS: '1',
  UPSTREAM_RETRY_MAX_DELAY_MS: '2',
};

/** Where no response will come, the wait for it is short. */
const timeoutFor = (code: string | null) =>
  code === 'UPSTREAM_TIMEOUT' ? { UPSTREAM_ATTEMPT_TIMEOUT_MS: '300' } : {};

/** What the doctor says of a meeting that cannot be synced, by the number of its scenario. */
const FAILURES: Readonly<Record<number, string>> = {
  204: 'HTTP 204: there is no such meeting',
  302: 'HTTP 302: a redirect to another path of the same server',
  400: 'HTTP 400: LumiNUS rejected the call',
  401: 'HTTP 401: the token was refused. Set DOCTOR_TOKEN',
  403: 'HTTP 403: the user of the token may not sync this meeting',
  404: 'HTTP 404: there is no such meeting',
  409: 'HTTP 409: LumiNUS rejected the call',
  429: 'HTTP 429: LumiNUS limits how often this key may call, for another 57 s',
  500: 'HTTP 500: LumiNUS failed, with JSON that is not an object',
  501: 'HTTP 501: LumiNUS failed',
  502: 'HTTP 502: LumiNUS, or a proxy in front of it, is out of service; it sent an HTML page',
  503: 'HTTP 503: LumiNUS, or a proxy in front of it, is out of service; it sent a JSON object',
  504: 'HTTP 504: LumiNUS, or a proxy in front of it, is out of service; it sent no content',
  601: 'HTTP 401: the subscription key did not arrive. A proxy on the way removes the header',
  602: 'HTTP 401: the subscription key is not valid. Set UPSTREAM_SUBSCRIPTION_KEY',
  603: 'HTTP 401: the token did not arrive. A proxy on the way removes the header',
  604: 'HTTP 403: the user of the token may not sync this meeting',
  605: 'HTTP 403: the quota of the subscription key is used up, for another 30 min',
  606: 'the quota of the subscription key is used up, for another 2 days',
  607: 'the quota of the subscription key is used up, for another 14 days',
  608: 'the quota of the subscription key is used up, for another 30 min',
  609: 'HTTP 429: LumiNUS limits how often this key may call, for another 57 s',
  610: 'HTTP 200: the content says that there were too many calls',
  611: 'HTTP 200: the content says that there is no such meeting',
  612: 'HTTP 400: LumiNUS does not accept this meeting id',
  613: 'HTTP 404: API Management has no operation at this path. Correct the path of UPSTREAM_URL',
  614: 'HTTP 200: the content says that there is no such meeting',
  615: 'HTTP 500: LumiNUS failed, with a JSON object',
  616: 'the connection was lost before a response (ECONNRESET)',
  617: 'no complete response within UPSTREAM_ATTEMPT_TIMEOUT_MS',
  618: 'no complete response within UPSTREAM_ATTEMPT_TIMEOUT_MS',
  620: 'HTTP 200: an HTML page, and not a meeting. Correct UPSTREAM_URL, or remove the proxy',
  621: 'HTTP 200: no content, and not a meeting',
  622: 'HTTP 200: content that is declared as JSON and is not, and not a meeting',
  623: 'HTTP 200: content that ended early, and not a meeting',
  624: 'HTTP 200: JSON that is not an object, and not a meeting',
  625: 'HTTP 200: the response is larger than UPSTREAM_MAX_RESPONSE_BYTES',
  626: 'HTTP 200: the response is larger than UPSTREAM_MAX_RESPONSE_BYTES',
  627: 'HTTP 200: the response is larger than UPSTREAM_MAX_RESPONSE_BYTES',
  634: 'HTTP 403: the user of the token may not sync this meeting',
  641: 'HTTP 307: a redirect to http://127.0.0.2:9, which the gateway does not follow',
  652: 'HTTP 429: LumiNUS limits how often this key may call, for another 20 s',
  653: 'HTTP 429: LumiNUS limits how often this key may call, for another 20 s',
  706: 'HTTP 200: another meeting than the one requested',
  715: 'HTTP 200: a meeting without a valid id',
  716: 'HTTP 200: another meeting than the one requested',
};

/** How a meeting that was synced differs from its documentation. */
const DIFFERENCES: Readonly<Record<number, readonly string[]>> = {
  702: ['without an offset from UTC: startDate, endDate, createdDate'],
  704: ['cannot be read: startDate, endDate, createdDate'],
  708: ['read: id', `^missing: ${Object.keys(MEETING_FIELDS).join(', ')}$`],
  713: ['not documented: zoomRegion, __proto__, constructor'],
  714: ['cannot be read: topic'],
  718: ['with a code that is not documented: recordType, authenticationOpt, meetingType'],
  720: ['cannot be read: recordType'],
  722: ['missing: alternativeHosts'],
  724: ['cannot be read: meetingDuration'],
  725: ['cannot be read: email, joinUrl'],
};

/** Each value of a meeting that is long enough to be told from the words of the doctor. */
function valuesOf(id: string): string[] {
  return Object.values(meetingOf(id))
    .map(String)
    .filter(value => value.length > 5);
}

async function diagnoseScenario({ number, code }: Scenario) {
  await using sandbox = await startSandbox({ slowMs: 20 });
  const id = idOf(scenarioId(number));
  const diagnosis = await diagnose(
    { ...ENV, ...timeoutFor(code), UPSTREAM_URL: sandbox.url },
    { meetingId: id },
  );
  for (const secret of [KEY, TOKEN, ...valuesOf(id)]) expect(diagnosis.output).not.toContain(secret);
  return diagnosis;
}

const failing = SCENARIOS.filter(({ code }) => code !== null);
const answering = SCENARIOS.filter(({ code }) => code === null);

describe('a meeting that cannot be synced', () => {
  it.each(failing)('…$number: $says', async scenario => {
    const diagnosis = await diagnoseScenario(scenario);
    expect(firstFailure(diagnosis)).toBe('sync');
    const line = FAILURES[scenario.number];
    expect(line).toBeDefined();
    expect(diagnosis.lines['sync']).toContain(line);
  });
});

describe('a meeting that is synced', () => {
  it.each(answering)('…$number: $says', async scenario => {
    const diagnosis = await diagnoseScenario(scenario);
    expect(firstFailure(diagnosis)).toBeNull();
    const differences = DIFFERENCES[scenario.number];
    const result = diagnosis.results.find(({ id }) => id === 'sync');
    expect(result?.status).toBe(differences === undefined ? 'passed' : 'warning');
    for (const difference of differences ?? []) {
      expect(result?.details.some(line => new RegExp(difference).test(line))).toBe(true);
    }
    const isRetried = [650, 651].includes(scenario.number);
    expect(result?.found.includes('after a retry')).toBe(isRetried);
  });
});

describe('the subscription key, where a call for the nil id comes to', () => {
  /** Those that say nothing against the key. The nil id is an id like any other here. */
  const ACCEPTED = [204, 400, 401, 403, 404, 409, 603, 604, 611, 612, 614, 634, 706];
  it.each(failing)('…$number: $says', async ({ number, code, reply }) => {
    await using sandbox = await startSandbox({ slowMs: 20 });
    sandbox.answer(NIL_ID, reply);
    const { DOCTOR_TOKEN: _, ...env } = ENV;
    const { results } = await diagnose({ ...env, ...timeoutFor(code), UPSTREAM_URL: sandbox.url });
    const result = results.find(({ id }) => id === 'subscription-key');
    const isAccepted = ACCEPTED.includes(number);
    expect(result?.status).toBe(isAccepted ? 'passed' : 'failed');
    if (!isAccepted) expect(result?.found).toContain((FAILURES[number] ?? '').replace(/\..*/s, ''));
  });
});
