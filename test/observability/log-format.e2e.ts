import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { LOG_FIELDS } from '../../src/observability/log-fields.ts';
import { importing, LISTENING, startGatewayProgram } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS } from '../support/world.ts';

const ask = (url: string, id: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify({ query: `query Meeting { syncMeeting(id: "${id}") { id } }` }),
  });

describe.concurrent('the log of npm start', () => {
  it('has no field that the reference does not describe', async () => {
    await using sandbox = await startSandbox();
    await using program = startGatewayProgram({
      UPSTREAM_URL: sandbox.url,
      ADMIN_PORT: '0',
      LOG_LEVEL: 'debug',
      UPSTREAM_URLL: 'misspelled',
    });
    const [, url = ''] = await program.says(LISTENING);
    expect((await ask(url, meetingNumber(1))).status).toBe(200);
    // Not a key that the upstream accepts: a failed call, and an error in the response.
    sandbox.answerAll(({ response }) => void response.writeHead(500).end());
    expect((await ask(url, meetingNumber(2))).status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    const lines: object[] = program
      .output()
      .split('\n')
      .filter(text => text.startsWith('{'))
      .map(text => JSON.parse(text));
    const fields = new Set(lines.flatMap(line => Object.keys(line)));
    const described = new Set(['level', 'time', 'msg', ...Object.keys(LOG_FIELDS)]);
    expect([...fields].filter(name => !described.has(name))).toEqual([]);
    // It did log what is described.
    for (const name of [
      'requestId',
      'operation',
      'caller',
      'status',
      'codes',
      'ms',
      'calls',
      'retries',
      'cause',
    ])
      expect(fields).toContain(name);
  });

  it('is readable with LOG_FORMAT=pretty, and begins with where it listens', async () => {
    await using program = startGatewayProgram({ UPSTREAM_URL: 'http://127.0.0.1:9', LOG_FORMAT: 'pretty' });
    const [first = ''] = await program.says(/^.*\n/);
    expect(first).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening on http:\/\/127\.0\.0\.1:\d+\/graphql \{.*\}\n$/,
    );
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    expect(program.output()).toMatch(/INFO: stopped\n$/);
  });

  it('cannot be pretty where pino-pretty is not installed, and the gateway says so', async () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => next(name === 'pino-pretty' ? 'not-installed' : name, context) });`;
    await using program = startGatewayProgram({
      UPSTREAM_URL: 'http://127.0.0.1:9',
      LOG_FORMAT: 'pretty',
      ...importing(hook),
    });
    expect(await program.exit).toBe(1);
    expect(program.output()).toBe(
      'Not started. Please correct:\n  LOG_FORMAT must be json where pino-pretty is not installed: it is a development dependency\n',
    );
  });

  it('loads pino-pretty for no other format', async () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => (url.includes('pino-pretty') && console.error('loaded pino-pretty'), next(url, context)) });`;
    await using program = startGatewayProgram({ UPSTREAM_URL: 'http://127.0.0.1:9', ...importing(hook) });
    await program.says(/"msg":"listening"/);
    program.child.kill('SIGTERM');
    await program.exit;
    expect(program.output()).not.toContain('loaded pino-pretty');
  });
});
