import { pipeline } from 'node:stream/promises';
import { apim } from '../apim.ts';
import { aspString } from '../aspnet.ts';
import { meetingOf } from '../meeting.ts';
import { drip, empty, hang, json, jsonText, meetingWith, type Reply, reset, text } from '../reply.ts';
import type { Scenario } from './scenario.ts';

const LOGIN_PAGE = `<!DOCTYPE html>
<html lang="en"><head><title>Sign In</title></head>
<body><form method="post" action="/adfs/oauth2/authorize"><input name="UserName"><input name="Password" type="password"></form></body></html>
`;

const BAD_GATEWAY = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>Microsoft-Azure-Application-Gateway/v2</center></body>
</html>
`;

const apimInternal = json(
  500,
  {
    statusCode: 500,
    message: 'Internal server error',
    activityId: '7d1f2b94-3a60-4f0e-9c58-b2f4f1a6e3d7',
  },
  { 'Content-Type': 'application/json' },
);

const truncated: Reply = ({ id, response, drop }) => {
  const whole = JSON.stringify(meetingOf(id));
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(whole));
  response.write(whole.slice(0, whole.length / 2), () => drop('end'));
};

function* endlessTopic(): Generator<string> {
  const chunk = 'a'.repeat(16 * 1024);
  yield '{"topic":"';
  while (true) yield chunk;
}

const endless: Reply = async ({ response }) => {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // It only ever ends by the client leaving, which rejects.
  await pipeline(endlessTopic, response).catch(() => {});
};

/** Answers that are no answer: it broke, it is away, it is late, or it cannot be read. */
export const failures: readonly Scenario[] = [
  {
    number: 500,
    row: 'Responses 12',
    says: '500 with a string.',
    code: 'UPSTREAM_ERROR',
    sees: 'LumiNUS failed',
    reply: aspString(500, 'Object reference not set to an instance of an object.'),
  },
  {
    number: 615,
    row: 'Responses 12',
    says: '500 from API Management with an activityId.',
    code: 'UPSTREAM_ERROR',
    sees: 'LumiNUS failed; the activityId is logged only',
    reply: apimInternal,
  },
  {
    number: 501,
    row: 'Responses 18',
    says: '501, as an example of any other 5xx.',
    code: 'UPSTREAM_ERROR',
    sees: 'LumiNUS failed',
    reply: aspString(501, 'Not implemented.'),
  },
  {
    number: 502,
    row: 'Responses 13',
    says: '502 with an HTML page.',
    code: 'UPSTREAM_UNAVAILABLE',
    sees: 'LumiNUS is unavailable',
    reply: text(502, BAD_GATEWAY, 'text/html'),
  },
  {
    number: 503,
    row: 'Responses 13',
    says: '503 with JSON from API Management.',
    code: 'UPSTREAM_UNAVAILABLE',
    sees: 'LumiNUS is unavailable',
    reply: apim(503, 'Service unavailable'),
  },
  {
    number: 504,
    row: 'Responses 13',
    says: '504 with no body.',
    code: 'UPSTREAM_UNAVAILABLE',
    sees: 'LumiNUS is unavailable',
    reply: empty(504),
  },
  {
    number: 616,
    row: 'Responses 13',
    says: 'The connection is reset before a response.',
    code: 'UPSTREAM_UNAVAILABLE',
    sees: 'LumiNUS is unavailable',
    reply: reset,
  },
  {
    number: 617,
    row: 'Responses 14',
    says: 'No response at all.',
    code: 'UPSTREAM_TIMEOUT',
    sees: 'LumiNUS did not respond in time',
    reply: hang,
  },
  {
    number: 618,
    row: 'Responses 14',
    says: '200 with headers immediately, then one byte every 100 ms, endlessly.',
    code: 'UPSTREAM_TIMEOUT',
    sees: 'LumiNUS did not respond in time',
    reply: drip(100),
  },
  {
    number: 302,
    row: 'Responses 16',
    says: '302 to another path of the same upstream.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid; the redirect is not followed',
    reply: empty(302, { Location: '/elsewhere' }),
  },
  {
    number: 641,
    row: 'Responses 16',
    says: '307 to another host.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid; the redirect is not followed',
    reply: empty(307, { Location: 'http://127.0.0.2:9/zoom/Meeting/elsewhere/Sync' }),
  },
  {
    number: 620,
    row: 'Responses 15',
    says: '200 with the HTML of a login page.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: text(200, LOGIN_PAGE, 'text/html; charset=utf-8'),
  },
  {
    number: 621,
    row: 'Responses 15',
    says: '200 with no body.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: empty(200),
  },
  {
    number: 622,
    row: 'Responses 15',
    says: '200 with the content type of JSON and a body that is not.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: jsonText(200, 'The service is starting.'),
  },
  {
    number: 623,
    row: 'Responses 15',
    says: '200 with a truncated body, shorter than its Content-Length.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: truncated,
  },
  {
    number: 624,
    row: 'Responses 15',
    says: '200 with the meeting inside an array.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: meetingWith(meeting => [meeting]),
  },
  {
    number: 625,
    row: 'Responses 15',
    says: '200 with a meeting of 300 KiB.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is too large',
    reply: meetingWith(meeting => ({ ...meeting, topic: 'a'.repeat(300 * 1024) })),
  },
  {
    number: 627,
    row: 'Responses 15',
    says: '200 with a body that never ends.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is too large',
    reply: endless,
  },
];
