import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import type { Exchange, Reply } from '../../sandbox/reply.ts';
import { meeting } from '../../sandbox/reply.ts';
import { SCENARIOS, scenarioId } from '../../sandbox/scenarios.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { MEETING_FIELDS, SENSITIVE_FIELDS } from '../../src/luminus/meeting.ts';
import type { HttpAnswer } from '../support/http.ts';
import { postBody, rawHead, rawHello, send, sendRaw } from '../support/http.ts';
import { LISTENING, startGatewayProgram } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';

const CANARY = /canary/i;
const HARMLESS = Object.keys(MEETING_FIELDS).filter(field => !SENSITIVE_FIELDS.includes(field));

/** What a meeting holds where it is secret. */
const SECRETS: Readonly<Record<string, string>> = {
  meetingPassword: 'canary-password',
  hostKey: 'canary-host-key',
  joinUrl: 'https://nus-sg.zoom.us/j/1?pwd=canary-join-url',
};

const CALLER = {
  'ocp-apim-subscription-key': 'sandbox-canary-key',
  authorization: 'Bearer canary-token',
  // What else a client may send that is nobody's business.
  cookie: 'session=canary-cookie',
  'user-agent': 'canary-agent',
  'x-forwarded-for': 'canary-address',
  referer: 'https://canary.example/',
};
const GATEWAY_KEY = 'sandbox-canary-gateway-key';

/** The same reply, with a canary wherever the upstream might let something slip. */
function withCanaries(reply: Reply): Reply {
  return async exchange => {
    const { response } = exchange;
    response.statusMessage = 'Canary';
    response.setHeader('Ocp-Apim-Trace-Location', 'https://trace.example/canary');
    response.setHeader('Set-Cookie', 'a=canary');
    response.setHeader('X-Canary', 'canary');
    const end = response.end.bind(response);
    const patched: Exchange = {
      ...exchange,
      response: Object.assign(response, {
        end: (content?: unknown) => end(typeof content === 'string' ? spiked(content) : content),
      }),
    };
    await reply(patched);
  };
}

function spiked(content: string): string {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'string') return JSON.stringify(`${value} canary`);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return content;
    const secrets = 'joinUrl' in value ? SECRETS : {};
    return JSON.stringify({ ...value, ...secrets, detail: 'canary', trace: { of: ['canary'] } });
  } catch {
    return content === '' ? '' : `${content} canary`;
  }
}

/** Each secret of an ordinary meeting that cannot be told from any other number. */
const secretsOf = (id: string): string => new URL(meetingOf(id).joinUrl).search.slice('?pwd='.length);

/** The scenarios that have the sandbox refuse other meetings as well. */
const LIMITING: readonly number[] = [652, 653];

const SPIKED = SCENARIOS.filter(({ number }) => !LIMITING.includes(number)).map(({ number, reply }) => ({
  id: scenarioId(number),
  reply: withCanaries(reply),
}));

async function openSpiked(): Promise<Sandbox> {
  const sandbox = await startSandbox({ slowMs: 20 });
  sandbox.answerAll(withCanaries(meeting));
  for (const { id, reply } of SPIKED) sandbox.answer(id, reply);
  return sandbox;
}

/** Requests that are refused, or answered without a call, each with something in it that must not come out. */
const REFUSALS: readonly ((url: string) => Promise<HttpAnswer>)[] = [
  url => postBody(url, '{"query":"canary', CALLER),
  url => postBody(url, 'canary', CALLER),
  url => postBody(url, new Uint8Array(Buffer.from('{"query":"canary\xff"}', 'latin1')), CALLER),
  url => postBody(url, `{"query":"canary${' '.repeat(100_000)}"}`, CALLER),
  url => postBody(url, '["canary"]', CALLER),
  url => postBody(url, '{"query":"{ __typename }"}', { ...CALLER, 'content-type': 'text/canary' }),
  url => postBody(url, '{"query":"{ __typename }"}', { ...CALLER, accept: 'text/canary' }),
  url => postBody(url, '{"query":"{ __typename }"}', { ...CALLER, 'x-request-id': 'canary canary' }),
  url => postBody(url, '{"query":"{ __typename }","operationName":"canary"}', CALLER),
  url => postBody(url, '{"query":"{ __typename }","variables":{"canary":"canary"}}', CALLER),
  url =>
    postBody(
      url,
      '{"query":"query ($id: UUID!) { syncMeeting(id: $id) { id } }","variables":{"id":"canary"}}',
      CALLER,
    ),
  url =>
    postBody(
      url,
      '{"query":"query ($id: [UUID!]!) { syncMeetings(ids: $id) { id } }","variables":{"id":[{"canary":"canary"}]}}',
      CALLER,
    ),
  url =>
    postBody(
      url,
      '{"query":"query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }","variables":{"of":["canary",{"__typename":"canary"}]}}',
      CALLER,
    ),
  url => postBody(url, '{"query":"{ __typename } # canary"}', CALLER),
  url => postBody(url, '{"query":"{ nothing } # canary"}', CALLER),
  url => postBody(url, `{"query":"{ ${'__typename '.repeat(1_000)} } # canary"}`, CALLER),
  url => send(`${url}?query=canary`),
  url => send(`${url}?query={__typename}%23canary&variables={"canary":"canary"}`, { headers: CALLER }),
  url => send(`${url}?query={nothing}%23canary&extensions=canary`, { headers: CALLER }),
  url => send(`${url}?query=mutation{a}%23canary`, { headers: CALLER }),
  url => send(`${url}?canary=canary&canary=canary`, { headers: CALLER }),
  url => send(`${url}?canary=%canary`, { headers: CALLER }),
  url => send(`${url}?query=${'canary'.repeat(5_000)}`, { headers: CALLER }),
  url => send(new URL('/canary?subscription-key=canary', url), { headers: CALLER }),
  url => send(new URL('/health?canary', url), { headers: CALLER }),
  url => sendRaw(url, 'canary\r\n\r\n'),
  url => sendRaw(url, rawHello('Canary: canary', 'Expect: canary')),
  url => sendRaw(url, rawHello(`Canary: ${'canary'.repeat(5_000)}`)),
  url => sendRaw(url, 'CONNECT canary:1 HTTP/1.1\r\nHost: canary\r\n\r\n'),
  url => sendRaw(url, rawHead('Content-Length: 5', 'Transfer-Encoding: chunked', 'Canary: canary')),
];

/** Credentials that are refused, and such as the upstream will refuse. */
const CREDENTIALS: readonly Readonly<Record<string, string>>[] = [
  { ...CALLER, authorization: 'Basic canary' },
  { ...CALLER, authorization: 'Bearer canary canary' },
  { ...CALLER, authorization: `Bearer canary${'y'.repeat(9_000)}` },
  {
    ...CALLER,
    authorization: `Bearer e30.${Buffer.from('{"exp":1,"sub":"canary"}').toString('base64url')}.canary`,
  },
  { ...CALLER, 'ocp-apim-subscription-key': 'canary canary' },
  { ...CALLER, 'ocp-apim-subscription-key': 'canary-that-is-not-taken' },
  { ...CALLER, 'ocp-apim-subscription-key': `canary${'y'.repeat(300)}` },
];

describe('no secret comes out', () => {
  it('in an answer, a header or a log line, whatever the upstream does and whatever is refused', async () => {
    await using sandbox = await openSpiked();
    await using program = startGatewayProgram({
      LOG_LEVEL: 'debug',
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_SUBSCRIPTION_KEY: GATEWAY_KEY,
      UPSTREAM_ATTEMPT_TIMEOUT_MS: '300',
      UPSTREAM_BREAKER: 'off',
      UPSTREAM_HOLD: 'off',
      UPSTREAM_RETRY_MIN_DELAY_MS: '1',
      UPSTREAM_RETRY_MAX_DELAY_MS: '2',
    });
    const [, url = ''] = await program.says(LISTENING);
    const ask = (id: string, fields: readonly string[], headers: Readonly<Record<string, string>>) =>
      send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: `query Named { syncMeeting(id: "${id}") { ${fields.join(' ')} } }` }),
      });

    const check = ({ headers, text }: HttpAnswer, secret?: string): void => {
      expect(JSON.stringify([...headers])).not.toMatch(CANARY);
      expect(text).not.toMatch(CANARY);
      if (secret !== undefined) expect(text).not.toContain(secret);
    };
    const ids = [...SPIKED.map(({ id }) => id), meetingNumber(1)];
    const { 'ocp-apim-subscription-key': _key, ...keyless } = CALLER;
    for (const headers of [CALLER, keyless]) {
      await Promise.all(
        ids.map(async id => check(await ask(id, ['id', ...HARMLESS], headers), secretsOf(id))),
      );
    }
    expect(sandbox.hits.length).toBeGreaterThan(2 * ids.length);
    expect(new Set(sandbox.hits.map(hit => hit.headers['ocp-apim-subscription-key']))).toEqual(
      new Set([CALLER['ocp-apim-subscription-key'], GATEWAY_KEY]),
    );
    for (const headers of CREDENTIALS) check(await ask(meetingNumber(1), ['id'], headers));
    for (const refuse of REFUSALS) check(await refuse(url));

    // Who asks for a secret field gets it there, and nowhere else.
    for (const id of ids) {
      const { headers, text } = await ask(id, ['id', ...SENSITIVE_FIELDS], CALLER);
      const { data, errors = [] } = JSON.parse(text);
      const { id: _id, ...secrets } = data.syncMeeting ?? {};
      expect(Object.keys(secrets)).toEqual(data.syncMeeting ? SENSITIVE_FIELDS : []);
      expect(JSON.stringify([errors, [...headers]])).not.toMatch(CANARY);
    }
    const { text } = await ask(meetingNumber(1), SENSITIVE_FIELDS, CALLER);
    expect(JSON.parse(text).data.syncMeeting).toEqual(SECRETS);

    // Upstream, only the two headers hold any.
    for (const { path, rawHeaders } of sandbox.hits) {
      expect(path).not.toMatch(CANARY);
      for (let n = 0; n < rawHeaders.length; n += 2) {
        if (!CANARY.test(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`)) continue;
        expect(['authorization', 'ocp-apim-subscription-key']).toContain(rawHeaders[n]?.toLowerCase());
      }
    }

    program.child.kill('SIGTERM');
    await program.exit;
    const log = program.output();
    for (const message of ['listening', 'request', 'sync', 'upstream call failed', 'stopped']) {
      expect(log).toContain(`"msg":"${message}"`);
    }
    expect(log).toContain('"activityId":"7d1f2b94-3a60-4f0e-9c58-b2f4f1a6e3d7"');
    expect(log.match(CANARY)).toBeNull();
    for (const id of ids) expect(log).not.toContain(secretsOf(id));
  });
});
