import { expect, it } from 'vitest';
import { hang } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { readManifest } from '../../src/graphql/plugins/manifest.ts';
import type { ErrorCode } from '../../src/lib/errors.ts';
import { ERRORS } from '../../src/lib/errors.ts';
import { schema } from '../../src/schema/index.ts';
import { postBody } from '../support/http.ts';
import { createSigner, ISSUER, reply, sign, startKeyServer } from '../support/key-server.ts';
import { createMemoryLog } from '../support/log.ts';
import { byHash, sha256 } from '../support/persisted.ts';

const MEETING = 'query ($id: UUID!) { syncMeeting(id: $id) { id } }';
const LIST = 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }';

/** What a gateway is asked, and how it is set up. */
interface Situation {
  readonly request: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A manifest of the only operations that run. */
  readonly manifest?: string;
  /** By which the wait before a retry is chosen. */
  readonly random?: () => number;
  readonly status?: number;
}

const meeting = (scenario: number): Situation => ({
  request: { query: MEETING, variables: { id: scenarioId(scenario) } },
});
const document = (query: string, others: object = {}): Situation => ({ request: { query, ...others } });

/** A situation for each code: the gateway that runs here must be able to say every one of them. */
const SITUATIONS: Readonly<Record<Exclude<ErrorCode, 'KEYS_UNAVAILABLE'>, readonly Situation[]>> = {
  UNAUTHENTICATED: [meeting(401), { ...meeting(200), headers: { authorization: 'Basic x' } }],
  FORBIDDEN: [meeting(403)],
  NOT_FOUND: [meeting(404)],
  BAD_USER_INPUT: [
    { ...document(MEETING, { variables: { id: 'x' } }), status: 400 },
    document('{ _entities(representations: [1]) { __typename } }'),
  ],
  LIMIT_EXCEEDED: [
    document(`{ ${'\n'.repeat(2_000)} __typename }`),
    { request: ' '.repeat(100_001), status: 413 },
  ],
  RATE_LIMITED: [
    {
      request: { query: LIST, variables: { ids: [scenarioId(200), scenarioId(404)] } },
      env: { CALLER_MEETINGS_PER_MINUTE: '1', CALLER_BURST: '1' },
    },
  ],
  OVERLOADED: [
    {
      request: { query: LIST, variables: { ids: [scenarioId(617), scenarioId(618)] } },
      env: { UPSTREAM_MAX_IN_FLIGHT: '1', UPSTREAM_MAX_QUEUED: '0', UPSTREAM_ATTEMPT_TIMEOUT_MS: '100' },
    },
  ],
  UPSTREAM_RATE_LIMITED: [meeting(609)],
  UPSTREAM_QUOTA_EXCEEDED: [meeting(605)],
  UPSTREAM_BAD_REQUEST: [meeting(400)],
  UPSTREAM_ERROR: [meeting(500)],
  UPSTREAM_UNAVAILABLE: [meeting(503)],
  UPSTREAM_TIMEOUT: [
    { ...meeting(617), env: { UPSTREAM_ATTEMPT_TIMEOUT_MS: '100', UPSTREAM_RETRY_BUDGET: '0' } },
  ],
  UPSTREAM_INVALID_RESPONSE: [meeting(620)],
  UPSTREAM_MISCONFIGURED: [meeting(613)],
  BAD_REQUEST: [
    { request: 'no JSON', status: 400 },
    { request: {}, status: 400 },
  ],
  GRAPHQL_PARSE_FAILED: [document('{')],
  GRAPHQL_VALIDATION_FAILED: [document('{ nothing }')],
  OPERATION_RESOLUTION_FAILURE: [
    document('query A { __typename }', { operationName: 'B' }),
    document('query A { __typename }', { operationName: '' }),
    document('query A { __typename } query B { __typename }'),
  ],
  PERSISTED_QUERY_NOT_FOUND: [{ request: byHash(sha256('unknown')) }],
  PERSISTED_DOCUMENT_UNKNOWN: [{ ...document('{ __typename }'), manifest: '{}' }],
  INTERNAL_SERVER_ERROR: [
    {
      ...meeting(503),
      random: () => {
        throw new Error('a fault of our own');
      },
    },
  ],
};

async function codesOf({ request, headers = {}, env = {}, manifest, random, status = 200 }: Situation) {
  await using sandbox = await startSandbox();
  sandbox.answer(scenarioId(617), hang);
  await using gateway = await startGateway({
    config: readConfig({
      PORT: '0',
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_RETRY_MIN_DELAY_MS: '1',
      UPSTREAM_RETRY_MAX_DELAY_MS: '2',
      ...env,
    }),
    log: createMemoryLog().log,
    live: {
      trusted: manifest === undefined ? null : readManifest(manifest, schema),
      subscriptionKey: null,
    },
    ...(random ? { random } : {}),
  });
  const body = typeof request === 'string' ? request : JSON.stringify(request);
  const answer = await postBody(gateway.url, body, headers);
  expect(answer.status).toBe(status);
  const { errors }: { errors: { extensions: { code: string; retryable: boolean } }[] } = JSON.parse(
    answer.text,
  );
  return errors.map(({ extensions }) => extensions.code);
}

it.each(
  Object.entries(SITUATIONS).flatMap(([code, situations]) =>
    situations.map((situation, n) => [code, n + 1, situation] as const),
  ),
)('%s is said over HTTP (%i)', async (code, _n, situation) => {
  expect(await codesOf(situation)).toContain(code);
});

it('KEYS_UNAVAILABLE is said over HTTP', async () => {
  await using keyServer = await startKeyServer(reply(503, ''));
  const token = await sign(await createSigner('RS256'));
  const situation = {
    ...meeting(200),
    env: { JWT_JWKS_URL: keyServer.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'luminus' },
    headers: { authorization: `Bearer ${token}` },
  };
  expect(await codesOf(situation)).toEqual(['KEYS_UNAVAILABLE']);
});

it('these are all codes of the catalogue', () => {
  expect([...Object.keys(SITUATIONS), 'KEYS_UNAVAILABLE'].toSorted()).toEqual(Object.keys(ERRORS).toSorted());
});

it.each([
  ['an operation of another name', 'query A { __typename }', 'B'],
  ['an empty name', 'query A { __typename }', ''],
  ['none of several operations', 'query A { __typename } query B { __typename }', undefined],
])('%s is refused as GraphQL over HTTP has it', async (_what, query, operationName) => {
  await using gateway = await startGateway({
    config: readConfig({ PORT: '0', UPSTREAM_URL: 'http://127.0.0.1:1' }),
    log: createMemoryLog().log,
  });
  const { status, text } = await postBody(gateway.url, JSON.stringify({ query, operationName }), {
    accept: 'application/graphql-response+json',
  });
  expect([status, JSON.parse(text).errors[0].message]).toEqual([
    400,
    'The document has several operations, or none of the given name. Send operationName with the name of one operation of the document.',
  ]);
});
