import { apim, keyInvalid, keyMissing, noRoute, rateLimited } from '../apim.ts';
import { aspString, idInvalid, notFound } from '../aspnet.ts';
import { empty, json, type Reply, text } from '../reply.ts';
import type { Scenario } from './scenario.ts';

const NOT_AUTHORIZED = 'Login user not authorized to perform this action';

const outOfCalls = (wait: string) =>
  apim(403, `Out of call volume quota. Quota will be replenished in ${wait}`);

/** Seconds for which a scenario limits more than its own meeting: longer than a request may take. */
const LIMIT_SECONDS = 20;

/** Refuses this call, and all others of the same caller or key for a while. */
const limitBy =
  (by: 'caller' | 'key'): Reply =>
  exchange => {
    exchange.limit(by, LIMIT_SECONDS);
    return rateLimited(LIMIT_SECONDS)(exchange);
  };

/** Answers that say no: the key, the token, the right, the quota, the request or the meeting is not there. */
export const refusals: readonly Scenario[] = [
  {
    number: 601,
    row: 'Responses 1',
    says: '401 from API Management: the subscription key is missing.',
    code: 'UNAUTHENTICATED',
    sees: "the subscription key was refused; UPSTREAM_MISCONFIGURED if it was the gateway's own",
    reply: keyMissing,
  },
  {
    number: 602,
    row: 'Responses 1',
    says: '401 from API Management: the subscription key is invalid.',
    code: 'UNAUTHENTICATED',
    sees: "the subscription key was refused; UPSTREAM_MISCONFIGURED if it was the gateway's own",
    reply: keyInvalid,
  },
  {
    number: 401,
    row: 'Responses 2',
    says: '401 with a Bearer challenge and no body: the token is invalid.',
    code: 'UNAUTHENTICATED',
    sees: 'the token was refused',
    reply: empty(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }),
  },
  {
    number: 603,
    row: 'Responses 2',
    says: '401 "JWT not present."',
    code: 'UNAUTHENTICATED',
    sees: 'a token is required',
    reply: apim(401, 'JWT not present.'),
  },
  {
    number: 403,
    row: 'Responses 3',
    says: '403 with a quoted JSON string: the login user is not authorized.',
    code: 'FORBIDDEN',
    sees: 'the user may not sync this meeting',
    reply: aspString(403, NOT_AUTHORIZED),
  },
  {
    number: 604,
    row: 'Responses 3',
    says: '403 with the same sentence as unquoted text.',
    code: 'FORBIDDEN',
    sees: 'the user may not sync this meeting',
    reply: text(403, NOT_AUTHORIZED),
  },
  {
    number: 605,
    row: 'Responses 4',
    says: '403: the call volume quota is exhausted, and is replenished in 00:30:02.',
    code: 'UPSTREAM_QUOTA_EXCEEDED',
    sees: 'the quota is used up for 1802 seconds',
    reply: outOfCalls('00:30:02.'),
  },
  {
    number: 606,
    row: 'Responses 4',
    says: '403: the call volume quota is exhausted, and is replenished in 2.12 days.',
    code: 'UPSTREAM_QUOTA_EXCEEDED',
    sees: 'the quota is used up for 183168 seconds',
    reply: outOfCalls('2.12 days.'),
  },
  {
    number: 607,
    row: 'Responses 4',
    says: '403: the call volume quota is exhausted, and is replenished in 14.07:13:56.',
    code: 'UPSTREAM_QUOTA_EXCEEDED',
    sees: 'the quota is used up for 1235636 seconds',
    reply: outOfCalls('14.07:13:56.'),
  },
  {
    number: 608,
    row: 'Responses 4',
    says: '403: the bandwidth quota is exhausted, with Retry-After: 1800.',
    code: 'UPSTREAM_QUOTA_EXCEEDED',
    sees: 'the quota is used up for 1800 seconds',
    reply: apim(403, 'Out of bandwidth quota. Quota will be replenished in 00:30:00.', {
      'Retry-After': '1800',
    }),
  },
  {
    number: 429,
    row: 'Responses 5',
    says: '429 with Retry-After: 57.',
    code: 'UPSTREAM_RATE_LIMITED',
    sees: 'too many calls; retry after 57 seconds',
    reply: rateLimited(57),
  },
  {
    number: 609,
    row: 'Responses 5',
    says: '429 without Retry-After; only the message says 57 seconds.',
    code: 'UPSTREAM_RATE_LIMITED',
    sees: 'too many calls; retry after 57 seconds',
    reply: apim(429, 'Rate limit is exceeded. Try again in 57 seconds.'),
  },
  {
    number: 652,
    row: 'Responses 5',
    says: `429 with Retry-After: ${LIMIT_SECONDS} to this call, and to every call with the same key and Authorization for as long.`,
    code: 'UPSTREAM_RATE_LIMITED',
    sees: `too many calls; retry after ${LIMIT_SECONDS} seconds`,
    reply: limitBy('caller'),
  },
  {
    number: 653,
    row: 'Responses 5',
    says: `429 with Retry-After: ${LIMIT_SECONDS} to this call, and to every call with the same key for as long.`,
    code: 'UPSTREAM_RATE_LIMITED',
    sees: `too many calls; retry after ${LIMIT_SECONDS} seconds`,
    reply: limitBy('key'),
  },
  {
    number: 610,
    row: 'Responses 6',
    says: '200 whose body says code 400, TooManyRequests.',
    code: 'UPSTREAM_RATE_LIMITED',
    sees: 'too many calls',
    reply: json(200, { code: 400, status: 'fail', message: 'TooManyRequests' }),
  },
  {
    number: 611,
    row: 'Responses 7',
    says: '200 whose body says code 404.',
    code: 'NOT_FOUND',
    sees: 'no such meeting',
    reply: json(200, { code: 404, status: 'fail', message: 'Not Found' }),
  },
  {
    number: 400,
    row: 'Responses 8',
    says: '400 with a quoted JSON string.',
    code: 'UPSTREAM_BAD_REQUEST',
    sees: 'LumiNUS rejected the request; a retry may succeed',
    reply: aspString(400, 'some text'),
  },
  {
    number: 612,
    row: 'Responses 9',
    says: '400 problem+json with errors: the id is not valid.',
    code: 'BAD_USER_INPUT',
    sees: 'the id is invalid',
    reply: idInvalid,
  },
  {
    number: 613,
    row: 'Responses 10',
    says: '404 from API Management: the route does not exist.',
    code: 'UPSTREAM_MISCONFIGURED',
    sees: "the gateway's upstream address is wrong",
    reply: noRoute,
  },
  {
    number: 404,
    row: 'Responses 11',
    says: '404 from ASP.NET: no such meeting.',
    code: 'NOT_FOUND',
    sees: 'no such meeting',
    reply: notFound,
  },
  {
    number: 204,
    row: 'Responses 11',
    says: '204 with no content.',
    code: 'NOT_FOUND',
    sees: 'no such meeting',
    reply: empty(204),
  },
  {
    number: 614,
    row: 'Responses 11',
    says: '200 null.',
    code: 'NOT_FOUND',
    sees: 'no such meeting',
    reply: json(200, null),
  },
  {
    number: 409,
    row: 'Responses 18',
    says: '409, as an example of any other 4xx.',
    code: 'UPSTREAM_BAD_REQUEST',
    sees: 'LumiNUS rejected the request; a retry may succeed',
    reply: aspString(409, 'The meeting is being synchronised.'),
  },
];
