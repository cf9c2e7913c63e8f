import { beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, HELLO, HELLO_ANSWER, postBody, rawHello, send, sendRaw } from '../support/http.ts';
import type { World } from '../support/world.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const QUERY = encodeURIComponent('{ __typename }');
const PAGE = { accept: 'text/html,*/*;q=0.8' };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

describe('a request target that is a whole URL', () => {
  const at = (origin: string) =>
    sendRaw(world.gateway.url, rawHello().replace('/graphql', `${origin}/graphql`));

  it.each(['http://gateway', 'HTTPS://GATEWAY'])('is taken: %s', async origin => {
    expect(await at(origin)).toMatchObject({ status: 200, text: HELLO_ANSWER });
  });

  it.each(['http://elsewhere', 'http://user@gateway', 'http://gateway:80', 'http://gateway@elsewhere'])(
    'has the host of the header: %s is refused with 400',
    async origin => {
      expectRefusal(await at(origin), 400, 'BAD_REQUEST');
    },
  );

  it.each(['ftp://gateway', 'http://'])('is of http and has a host: %s is not', async origin => {
    const { status } = await at(origin);
    expect([400, 404]).toContain(status);
  });
});

describe('a request by POST with application/json', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'Application/JSON',
  ])('as %s is answered', async type => {
    expect(await postBody(world.gateway.url, HELLO, { 'content-type': type })).toMatchObject({
      status: 200,
      text: HELLO_ANSWER,
    });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; application/json',
    'application/graphql',
    'application/graphql+json',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json, text/plain',
    'application/jsonx',
    'x/application/json',
  ])('as %s is refused with 415', async type => {
    const answer = await postBody(world.gateway.url, HELLO, { 'content-type': type });
    expect(expectRefusal(answer, 415, 'BAD_REQUEST')).toContain('application/json');
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip'])('encoded in %s is refused with 415', async coding => {
    expectRefusal(
      await postBody(world.gateway.url, HELLO, { 'content-encoding': coding }),
      415,
      'BAD_REQUEST',
    );
  });

  it('that names no type is refused with 415', async () => {
    const answer = await sendRaw(world.gateway.url, rawHello().replace(/Content-Type.*\r\n/, ''));
    expectRefusal(answer, 415, 'BAD_REQUEST');
  });

  it.each(['text/html', 'application/xml', 'application/json;q=0', 'text/event-stream', 'multipart/mixed'])(
    'that accepts only %s is refused with 406',
    async accept => {
      expectRefusal(await postBody(world.gateway.url, HELLO, { accept }), 406, 'BAD_REQUEST');
    },
  );
});

describe('a request by another method', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY'])(
    '%s is refused with 405 and Allow: POST, GET, and runs nothing',
    async method => {
      const wire = rawHello('Authorization: Bearer t').replace(
        'POST /graphql',
        `${method} /graphql?query=${QUERY}`,
      );
      const answer = await sendRaw(world.gateway.url, wire);
      expectRefusal(answer, 405, 'BAD_REQUEST');
      expect(answer.headers.get('allow')).toBe('POST, GET');
    },
  );

  it('HEAD is refused with 405 and Allow: POST, GET, has no body, and runs nothing', async () => {
    const answer = await send(`${world.gateway.url}?query=${QUERY}`, {
      method: 'HEAD',
      headers: CREDENTIALS,
    });
    expect([answer.status, answer.headers.get('allow'), answer.text]).toEqual([405, 'POST, GET', '']);
  });

  it.each(['POST', 'HEAD', 'OPTIONS', 'PUT'])(
    '%s /health is refused with 405 and Allow: GET',
    async method => {
      const answer = await send(new URL('/health', world.gateway.url), { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    },
  );

  it('a page is not shown where GRAPHIQL is off', async () => {
    expectRefusal(await send(world.gateway.url, { headers: PAGE }), 400, 'BAD_REQUEST');
  });
});

describe('a path', () => {
  it.each(['/health', '/health?', '/health?x=/graphql', `/health?query=${QUERY}`, '/health?/graphql'])(
    '%s is answered by the health route',
    async path => {
      const answer = await send(new URL(path, world.gateway.url));
      expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}']);
    },
  );

  it.each(['/graphql?x=/health', '/graphql?', '/graphql?query=mutation', '/graphql??/health'])(
    '%s is answered by GraphQL',
    async path => {
      const answer = await sendRaw(world.gateway.url, rawHello().replace('/graphql', path));
      expect([answer.status, answer.text]).toEqual([200, HELLO_ANSWER]);
    },
  );

  it.each([
    '/',
    '//graphql',
    '//gateway/graphql',
    '/graphql/',
    '/graphql/../health',
    '/health/../graphql',
    '/./graphql',
    '/GraphQL',
    '/%67raphql',
    '/graphql%3Fx',
    '/graphql%00',
    '/graphql;x',
    '/graphql#x',
    '/healthz',
    '/%68ealth',
    '/.env',
    '*',
  ])('%s is neither: 404', async path => {
    for (const method of ['POST', 'GET']) {
      const wire = rawHello().replace('POST /graphql', `${method} ${path}`);
      expectRefusal(await sendRaw(world.gateway.url, wire), 404, 'BAD_REQUEST');
    }
  });
});

it('with GRAPHIQL on, a GET for a page gets the page and runs nothing', async () => {
  await using shown = await openWorld({ env: { GRAPHIQL: 'on' } });
  const id = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
  const url = `${shown.gateway.url}?query=${encodeURIComponent(`{ syncMeeting(id: "${id}") { id } }`)}`;
  const page = await send(url, { headers: { ...CREDENTIALS, ...PAGE } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const plain = await send(shown.gateway.url, { headers: PAGE });
  expect(page.text === plain.text).toBe(true);
  expect(shown.sandbox.hits).toHaveLength(0);
  const { status } = await send(url, { headers: { ...CREDENTIALS, accept: 'application/json' } });
  expect([status, shown.sandbox.hits.length]).toEqual([200, 1]);
});
