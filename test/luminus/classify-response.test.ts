import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { classifyError, classifyResponse } from '../../src/luminus/classify-response.ts';
import { ContractDrift } from '../../src/luminus/contract-drift.ts';
import { createSyncMeeting } from '../../src/luminus/operations/sync-meeting.ts';
import type { Rejection } from '../../src/rest/api.ts';
import { readRetryAfter } from '../../src/rest/retry-after.ts';
import type { ResponseHeaders, UpstreamResponse } from '../../src/rest/transport.ts';
import { CONNECT_TIMEOUT, TIMED_OUT } from '../../src/rest/transport.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';

const REQUESTED = meetingNumber(1);
const PROBLEM = { 'content-type': 'application/problem+json; charset=utf-8' };

const drift = new ContractDrift(createMemoryLog().observer);
const syncMeeting = createSyncMeeting({ offsetMinutes: 480, drift });

function classify(response: UpstreamResponse, keyFrom: 'caller' | 'gateway' = 'caller') {
  return classifyResponse(response, { keyFrom, decode: json => syncMeeting.decode(json, REQUESTED) });
}

/** A response; its body is JSON unless it is a text. */
function response(status: number, body: unknown, headers: ResponseHeaders = {}): UpstreamResponse {
  return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

function rejected(outcome: ReturnType<typeof classify>): Rejection {
  if ('value' in outcome) throw new Error('a meeting');
  return outcome;
}

const NO = { retry: false, countsAsFailure: false };
const RETRY = { retry: true, countsAsFailure: false };
const FAILURE = { retry: true, countsAsFailure: true };
const KEY = /refused your subscription key/;
const TOKEN = /refused the sign-in/;

describe('a response', () => {
  const key = { 'www-authenticate': 'AzureApiManagementKey realm="x"' };
  const rows: [number, unknown, ResponseHeaders, string, typeof NO, RegExp?][] = [
    [400, 'some text', {}, 'UPSTREAM_BAD_REQUEST', RETRY],
    [400, { errors: {} }, {}, 'UPSTREAM_BAD_REQUEST', RETRY],
    [400, { title: 'no' }, PROBLEM, 'UPSTREAM_BAD_REQUEST', RETRY],
    [400, { errors: {} }, PROBLEM, 'BAD_USER_INPUT', NO, /does not accept this meeting id/],
    [400, { errors: {} }, { 'content-type': 'text/application/problem+json' }, 'UPSTREAM_BAD_REQUEST', RETRY],
    [401, '', key, 'UNAUTHENTICATED', NO, KEY],
    [401, { message: 'Access denied due to invalid subscription key.' }, {}, 'UNAUTHENTICATED', NO, KEY],
    [401, { message: 'JWT not present.' }, {}, 'UNAUTHENTICATED', NO, TOKEN],
    [401, '', { 'www-authenticate': 'Bearer error="invalid_token"' }, 'UNAUTHENTICATED', NO, TOKEN],
    [403, '"Login user not authorized to perform this action"', {}, 'FORBIDDEN', NO],
    [403, 'Out of call volume quota.', {}, 'UPSTREAM_QUOTA_EXCEEDED', NO],
    [404, { statusCode: 404, message: 'Resource not found' }, {}, 'UPSTREAM_MISCONFIGURED', NO],
    [404, { statusCode: 404, message: 'No such meeting' }, {}, 'NOT_FOUND', NO],
    [404, { message: 'Resource not found' }, {}, 'NOT_FOUND', NO],
    [404, 'Resource not found', {}, 'NOT_FOUND', NO],
    [418, '', {}, 'UPSTREAM_BAD_REQUEST', NO],
    [429, '', {}, 'UPSTREAM_RATE_LIMITED', RETRY],
    [500, '', {}, 'UPSTREAM_ERROR', FAILURE],
    [501, '', {}, 'UPSTREAM_ERROR', RETRY],
    [503, '', {}, 'UPSTREAM_UNAVAILABLE', FAILURE],
    [204, '', {}, 'NOT_FOUND', NO],
    [300, meetingOf(REQUESTED), {}, 'UPSTREAM_INVALID_RESPONSE', NO],
    [304, 'null', {}, 'UPSTREAM_INVALID_RESPONSE', NO],
    [200, 'null', {}, 'NOT_FOUND', NO],
    [200, '', {}, 'UPSTREAM_INVALID_RESPONSE', NO],
    [200, { code: 404 }, {}, 'NOT_FOUND', RETRY],
    [200, { code: 429 }, {}, 'UPSTREAM_RATE_LIMITED', RETRY],
    [200, { code: '400', message: 'Too Many Requests' }, {}, 'UPSTREAM_RATE_LIMITED', RETRY],
    [200, { code: 400, message: 'TooManyRequests' }, {}, 'UPSTREAM_RATE_LIMITED', RETRY],
    [200, { code: 400, message: 'no' }, {}, 'UPSTREAM_INVALID_RESPONSE', NO],
    [200, { code: 500, message: 'TooManyRequests' }, {}, 'UPSTREAM_INVALID_RESPONSE', NO],
    [200, { ...meetingOf(REQUESTED), id: meetingNumber(2), code: 404 }, {}, 'UPSTREAM_INVALID_RESPONSE', NO],
  ];
  it.each(rows)(
    '%i %o with %o is %s',
    (status, body, headers, code, { retry, countsAsFailure }, message = /./) => {
      const rejection = rejected(classify(response(status, body, headers)));
      expect(rejection).toMatchObject({ failure: { code }, retry, countsAsFailure });
      expect(rejection.failure.message).toMatch(message);
      expect(rejection.failure.extensions.upstreamStatus).toBe(status);
    },
  );

  it('that refuses a key of our own is no fault of the caller', () => {
    expect(rejected(classify(response(401, '', key), 'gateway'))).toMatchObject({
      failure: { code: 'UPSTREAM_MISCONFIGURED' },
      setting: 'UPSTREAM_SUBSCRIPTION_KEY',
    });
  });

  it.each([200, 299])('with status %i that is the meeting is the meeting, also with a code in it', status => {
    expect(classify(response(status, { ...meetingOf(REQUESTED), code: 404 }))).toMatchObject({
      value: { id: REQUESTED },
    });
    expect(classify(response(status, `\uFEFF${JSON.stringify(meetingOf(REQUESTED))}`))).toMatchObject({
      value: { id: REQUESTED },
    });
  });

  it.each([
    [500, 'secret', {}, { status: 500, bytes: 6 }],
    [500, { activityId: 'a'.repeat(65) }, {}, { status: 500, bytes: 82, activityId: 'a'.repeat(64) }],
    [500, { activityId: 1 }, {}, { status: 500, bytes: 16 }],
    [200, [], {}, { status: 200, bytes: 2, reason: 'not an object' }],
    [200, {}, {}, { status: 200, bytes: 2, reason: 'no id' }],
    [200, { id: meetingNumber(2) }, {}, { status: 200, bytes: 45, reason: 'id of another meeting' }],
  ])('%i %o leaves in the log nothing of its body but its activityId', (status, body, headers, cause) => {
    expect(rejected(classify(response(status, body, headers))).failure.cause).toEqual(cause);
  });

  it.each([
    [200, 'UPSTREAM_INVALID_RESPONSE'],
    [404, 'NOT_FOUND'],
  ])('with status %i whose body could not be read is classified by its status', (status, code) => {
    const { failure } = rejected(classify({ status, headers: {}, body: 'truncated' }));
    expect([failure.code, failure.cause]).toMatchObject([code, { status, body: 'truncated' }]);
  });
});

describe('an attempt without a response', () => {
  const parserError = Object.assign(new Error('Expected HTTP/'), {
    name: 'HTTPParserError',
    code: undefined,
  });
  it.each<[string, unknown, string, string]>([
    ['an error of the HTTP parser', parserError, 'UPSTREAM_INVALID_RESPONSE', 'HTTPParserError'],
    ['one with a code', { code: 'HPE_INVALID' }, 'UPSTREAM_INVALID_RESPONSE', 'HPE_INVALID'],
    [
      'headers without end',
      { code: 'UND_ERR_HEADERS_OVERFLOW' },
      'UPSTREAM_INVALID_RESPONSE',
      'UND_ERR_HEADERS_OVERFLOW',
    ],
    ['a reset', { code: 'ECONNRESET' }, 'UPSTREAM_UNAVAILABLE', 'ECONNRESET'],
    ['no connection in time', CONNECT_TIMEOUT, 'UPSTREAM_UNAVAILABLE', 'connect timeout'],
    ['several addresses', { errors: [{ code: 'ECONNREFUSED' }] }, 'UPSTREAM_UNAVAILABLE', 'ECONNREFUSED'],
    ['a cause', { code: 1, errors: 1, cause: { code: 'ENOTFOUND' } }, 'UPSTREAM_UNAVAILABLE', 'ENOTFOUND'],
    ['nothing that is known', {}, 'UPSTREAM_UNAVAILABLE', 'unknown'],
    ['another error', new TypeError('x'), 'UPSTREAM_UNAVAILABLE', 'unknown'],
    ['nothing', null, 'UPSTREAM_UNAVAILABLE', 'unknown'],
    ['a text', 'text', 'UPSTREAM_UNAVAILABLE', 'unknown'],
  ])('because of %s', (_what, error, code, logged) => {
    const { failure, retry, countsAsFailure } = classifyError(error);
    const isUnavailable = code === 'UPSTREAM_UNAVAILABLE';
    expect([failure.code, failure.cause]).toEqual([code, { error: logged }]);
    expect([retry, countsAsFailure]).toEqual([isUnavailable, isUnavailable]);
  });

  it.each(['EMFILE', 'ENFILE'])('because of %s says nothing about the upstream', code => {
    const { failure, retry, countsAsFailure } = classifyError({ errors: [{ code }] });
    expect([failure.code, failure.cause]).toEqual(['OVERLOADED', { error: code }]);
    expect([retry, countsAsFailure]).toEqual([false, null]);
  });

  it('in time is a failure of the upstream, and not retried', () => {
    const { failure, retry, countsAsFailure } = classifyError(TIMED_OUT);
    expect([retry, countsAsFailure]).toEqual([false, true]);
    expect(failure.extensions).toEqual({ code: 'UPSTREAM_TIMEOUT', retryable: true });
    expect(failure).not.toHaveProperty('cause');
  });
});

describe('how long to wait', () => {
  const now = Date.parse('2020-10-01T10:00:00Z');
  it.each<[string | string[] | undefined, string, number | undefined]>([
    ['57', '', 57],
    [' 57 ', '', 57],
    [['57', '58'], '', 57],
    ['Thu, 01 Oct 2020 10:01:30 GMT', '', 90],
    ['Thu, 01 Oct 2020 09:00:00 GMT', '', 0],
    ['1.5 s', '', undefined],
    ['s15', 'Try again in 7 seconds.', 7],
    ['', 'Try again in 7 seconds.', 7],
    [undefined, 'Try again in 7 seconds.', 7],
    [undefined, 'Try again in 1 second.', 1],
    [undefined, 'Try again in 1.5 Minutes.', 90],
    [undefined, 'replenished in 2 hours.', 7_200],
    [undefined, 'replenished in 2.12 days.', 183_168],
    [undefined, 'replenished in 00:30:02.', 1_802],
    [undefined, 'replenished in 14.07:13:56.', 1_235_636],
    [undefined, 'Try again in 3 fortnights.', undefined],
    [undefined, 'Try again.', undefined],
    [`${31 * 24 * 3600}`, '', 31 * 24 * 3600],
    [`${31 * 24 * 3600 + 1}`, '', 31 * 24 * 3600],
    ['9'.repeat(400), '', undefined],
  ])('with Retry-After %o and the sentence "%s" is %o s', (header, message, seconds) => {
    const headers = header === undefined ? {} : { 'retry-after': header };
    expect(readRetryAfter(headers, message, now)).toBe(seconds);
  });
});
