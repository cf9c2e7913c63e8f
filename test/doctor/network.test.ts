import type { RequestListener } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { CLOCK_TOLERANCE } from '../../src/auth/token-rules.ts';
import { AUTHORITY, CERTIFICATE_KEY, CERTIFICATES } from '../support/certificates.ts';
import { diagnose, firstFailure, trust } from '../support/doctor.ts';
import { listen } from '../support/http.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';

/** Short waits, for a server that never answers. */
const QUICK: Readonly<Record<string, string>> = {
  UPSTREAM_CONNECT_TIMEOUT_MS: '200',
  UPSTREAM_ATTEMPT_TIMEOUT_MS: '300',
};

/** What API Management answers to a call without a key. */
const MISSING_KEY: RequestListener = (_request, response) => {
  response
    .writeHead(401, {
      'www-authenticate': 'AzureApiManagementKey realm="https://luminus.azure-api.net/zoom"',
    })
    .end('{ "statusCode": 401, "message": "Access denied due to missing subscription key." }');
};

const answer =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(text);
  };

async function serve(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // The doctor may leave while a server still writes.
    socket.on('error', () => {});
  });
  const port = await listen(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function diagnoseServer(
  server: Server,
  scheme: 'http' | 'https' = 'http',
  { host = '127.0.0.1', env = {} }: { readonly host?: string; readonly env?: typeof QUICK } = {},
) {
  await using running = await serve(server);
  return await diagnose({ ...env, UPSTREAM_URL: `${scheme}://${host}:${running.port}` });
}

describe('a healthy upstream', () => {
  it('passes all checks', async () => {
    await using sandbox = await startSandbox();
    const diagnosis = await diagnose({ UPSTREAM_URL: sandbox.url });
    expect(firstFailure(diagnosis)).toBeNull();
    expect(diagnosis.lines['api-management']).toContain('refuses a call without a subscription key');
    expect(diagnosis.lines['clock']).toMatch(/^✓/);
  });

  it('is found under a path prefix, and on an IPv6 address', async () => {
    await using sandbox = await startSandbox({ host: '127.0.0.1', pathPrefix: '/v2/api' });
    expect(firstFailure(await diagnose({ UPSTREAM_URL: `${sandbox.url}/` }))).toBeNull();
    expect(sandbox.hits[0]?.path).toMatch(/^\/v2\/api\/zoom\//);

    const server = createHttpServer(MISSING_KEY);
    await new Promise<void>(resolve => server.listen(0, '::1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { lines } = await diagnose({ UPSTREAM_URL: `http://[::1]:${port}` });
    server.close();
    expect(lines['dns']).toContain('::1 is an address');
    expect(lines['tcp']).toContain(`[::1]:${port} accepts connections`);
    expect(lines['api-management']).toMatch(/^✓/);
  });

  it('is called directly, whatever proxy the environment names', async () => {
    await using sandbox = await startSandbox();
    const diagnosis = await diagnose({ UPSTREAM_URL: sandbox.url, HTTPS_PROXY: 'http://127.0.0.1:1' });
    expect(firstFailure(diagnosis)).toBeNull();
  });
});

describe('an upstream that cannot be reached', () => {
  it('because its name does not exist', async () => {
    const diagnosis = await diagnose({
      UPSTREAM_URL: 'https://luminus.invalid',
      HTTPS_PROXY: 'http://canary',
    });
    expect(firstFailure(diagnosis)).toBe('dns');
    expect(diagnosis.lines['dns']).toMatch(
      /luminus\.invalid.*\((?:ENOTFOUND|EAI_AGAIN)\).*HTTPS_PROXY is set/,
    );
    expect(diagnosis.lines['tcp']).toContain('not checked: Name resolution failed');
  });

  it('because nothing listens on its port', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise(resolve => server.close(resolve));
    const diagnosis = await diagnose({ UPSTREAM_URL: `http://127.0.0.1:${port}` });
    expect(firstFailure(diagnosis)).toBe('tcp');
    expect(diagnosis.lines['tcp']).toContain('nothing listens there (ECONNREFUSED)');
    expect(diagnosis.lines['api-management']).toContain('not checked: TCP failed');
  });
});

describe('TLS', () => {
  const answering = (cert: string) => createHttpsServer({ cert, key: CERTIFICATE_KEY }, MISSING_KEY);

  it('with a valid certificate names its issuer and its expiry', async () => {
    using _ = trust(AUTHORITY);
    const diagnosis = await diagnoseServer(answering(CERTIFICATES.valid), 'https');
    expect(firstFailure(diagnosis)).toBeNull();
    expect(diagnosis.lines['tls']).toMatch(
      /✓ TLS {14}certificate by Authority of tests, trusted by nobody, expires in \d+ days/,
    );
  });

  it.each([
    [15, '✓'],
    [14, '✓'],
    [13, '!'],
  ])('with a certificate of %i more days has the mark %s', async (days, mark) => {
    using _ = trust(AUTHORITY);
    await using running = await serve(answering(CERTIFICATES.valid));
    const { lines } = await diagnose(
      { UPSTREAM_URL: `https://127.0.0.1:${running.port}` },
      { now: () => Date.parse('2110-01-01T00:00:00Z') - days * 24 * 3600 * 1000 },
    );
    expect(lines['tls']).toContain(`expires in ${days} days`);
    expect(lines['tls']?.startsWith(mark)).toBe(true);
  });

  it.each([
    ['is self-signed', SELF_SIGNED.cert, '127.0.0.1', false, /it is self-signed \(DEPTH_ZERO/],
    [
      'is of an unknown authority',
      CERTIFICATES.valid,
      '127.0.0.1',
      false,
      /its issuer is unknown here.*\(UNABLE_/,
    ],
    ['has expired', CERTIFICATES.expired, '127.0.0.1', true, /expires 2021-01-01: it has expired/],
    [
      'is not valid yet',
      CERTIFICATES.future,
      '127.0.0.1',
      true,
      /not valid yet.*Check the clock of this machine/,
    ],
    [
      'is for another host',
      CERTIFICATES.valid,
      'localhost',
      true,
      /for another host \(.*it names 127\.0\.0\.1\./,
    ],
  ])('with a certificate that %s', async (_, cert, host, isTrusted, line) => {
    using _trust = isTrusted ? trust(AUTHORITY) : null;
    const diagnosis = await diagnoseServer(answering(cert), 'https', { host });
    expect(firstFailure(diagnosis)).toBe('tls');
    expect(diagnosis.lines['tls']).toMatch(line);
  });

  it.each([
    ['speaks plain HTTP', () => createHttpServer(MISSING_KEY), /does not speak TLS/],
    [
      'closes the connection',
      () => createTcpServer(socket => socket.destroy()),
      /closed during the TLS handshake/,
    ],
    ['never answers', () => createTcpServer(socket => socket.resume()), /no TLS handshake within 200 ms/],
  ])('of a server that %s', async (situation, create, line) => {
    const env = situation === 'never answers' ? QUICK : {};
    const diagnosis = await diagnoseServer(create(), 'https', { env });
    expect(firstFailure(diagnosis)).toBe('tls');
    expect(diagnosis.lines['tls']).toMatch(line);
  });
});

describe('what is not API Management', () => {
  const HTML = '<!DOCTYPE html><html><body>Welcome, canary</body></html>';
  it.each<[string, Server, RegExp]>([
    [
      "a proxy's page",
      createHttpServer(answer(200, HTML, { server: 'squid/5.7' })),
      /HTTP 200 with an HTML page from squid/,
    ],
    ['a page that is not found', createHttpServer(answer(404, HTML)), /HTTP 404 with an HTML page, where/],
    [
      'a sign-in page elsewhere',
      createHttpServer(answer(302, '', { location: 'https://sts.example/canary' })),
      /HTTP 302 with no content, where/,
    ],
    [
      'a back end without a gateway',
      createHttpServer(answer(401, '', { 'www-authenticate': 'Bearer' })),
      /HTTP 401 with no content, where/,
    ],
    ['a JSON service', createHttpServer(answer(200, '{"canary":1}')), /HTTP 200 with a JSON object, where/],
    [
      'a server that is out of service',
      createHttpServer(answer(503, HTML)),
      /HTTP 503: .*out of service; it sent an HTML page/,
    ],
    [
      'API Management without this API',
      createHttpServer(answer(404, '{ "statusCode": 404, "message": "Resource not found" }')),
      /no operation at this path.*Correct the path of UPSTREAM_URL/,
    ],
    [
      'a server of another protocol',
      createTcpServer(socket => socket.end('220 canary ESMTP\r\n')),
      /does not speak HTTP/,
    ],
    [
      'a server that hangs',
      createTcpServer(socket => socket.resume()),
      /no complete response within UPSTREAM_ATTEMPT_TIMEOUT_MS/,
    ],
    [
      'a server that drops the connection',
      createTcpServer(socket => socket.once('data', () => socket.resetAndDestroy())),
      /lost before a response \(ECONNRESET\)/,
    ],
  ])('%s', async (situation, server, line) => {
    const env = situation === 'a server that hangs' ? QUICK : {};
    const diagnosis = await diagnoseServer(server, 'http', { env });
    expect(firstFailure(diagnosis)).toBe('api-management');
    expect(diagnosis.lines['api-management']).toMatch(line);
    expect(diagnosis.lines['clock']).toContain('not checked: API Management failed');
    expect(diagnosis.output).not.toContain('canary');
  });
});

describe('the clock', () => {
  const DATE = Date.parse('2026-11-28T12:00:00Z');
  const LIMIT = CLOCK_TOLERANCE * 1000;
  // A header of 12:00:00 may have been written at 12:00:00.999.
  it.each([
    ['ahead', 999 + LIMIT - 1, '✓'],
    ['ahead', 999 + LIMIT, '✓'],
    ['ahead', 999 + LIMIT + 1, '✗'],
    ['behind', -LIMIT + 1, '✓'],
    ['behind', -LIMIT, '✓'],
    ['behind', -LIMIT - 1, '✗'],
  ])('%s by %i ms of the Date header has the mark %s', async (direction, offset, mark) => {
    const server = createHttpServer((request, response) => {
      response.setHeader('date', new Date(DATE).toUTCString());
      MISSING_KEY(request, response);
    });
    await using running = await serve(server);
    const { lines } = await diagnose(
      { UPSTREAM_URL: `http://127.0.0.1:${running.port}` },
      { now: () => DATE + offset },
    );
    expect(lines['clock']?.startsWith(mark)).toBe(true);
    if (mark === '✗') expect(lines['clock']).toContain(`30 s ${direction}`);
  });

  it('is not compared where the response has no Date header', async () => {
    const server = createHttpServer((request, response) => {
      response.sendDate = false;
      MISSING_KEY(request, response);
    });
    const { lines } = await diagnoseServer(server);
    expect(lines['clock']).toMatch(/^– .*no Date header/);
  });
});
