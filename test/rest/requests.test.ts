import { createServer } from 'node:https';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/load.ts';
import { listen } from '../support/http.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

function faultsOf(env: Readonly<Record<string, string>>): string {
  try {
    readConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe.each(['UPSTREAM_URL', 'JWT_JWKS_URL'])('%s', name => {
  const insecure = (url: string, env = {}) => faultsOf({ [name]: url, ...env });

  it.each([
    'https://upstream.example',
    'http://127.0.0.1:4010',
    'http://127.0.0.2',
    'http://127.1',
    'http://localhost:4010',
    'http://LOCALHOST',
    'http://[::1]:4010',
  ])('may be %s', url => {
    expect(insecure(url)).toBe('');
  });

  it.each([
    'http://upstream.example',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://localhost@upstream.example',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://[::2]',
  ])('may not be %s', url => {
    expect(insecure(url)).toMatch(new RegExp(`${name} must be`));
  });

  it('may be http: elsewhere where that is asked for', () => {
    expect(insecure('http://upstream.example', { ALLOW_INSECURE_UPSTREAM: 'true' })).toBe('');
  });
});

it('an upstream whose certificate nobody vouches for is sent nothing', async () => {
  let requests = 0;
  const received: Buffer[] = [];
  const server = createServer(SELF_SIGNED, (request, response) => {
    requests += 1;
    received.push(Buffer.from(JSON.stringify(request.rawHeaders)));
    response.end('{}');
  });
  let handshakes = 0;
  server.on('tlsClientError', () => {
    handshakes += 1;
  });
  const port = await listen(server);
  {
    await using world = await openWorld({
      env: { UPSTREAM_URL: `https://127.0.0.1:${port}`, UPSTREAM_RETRY_BUDGET: '0' },
    });
    const { data, errors } = await world.ask(`{ syncMeeting(id: "${meetingNumber(1)}") { id } }`);
    expect(data).toEqual({ syncMeeting: null });
    expect(errors[0]?.extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(world.lines.filter(({ message }) => message === 'upstream call failed')).toMatchObject([
      { fields: { cause: { error: 'DEPTH_ZERO_SELF_SIGNED_CERT' } } },
    ]);
  }
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  expect([requests, received]).toEqual([0, []]);
  expect(handshakes).toBeLessThanOrEqual(1);
});
