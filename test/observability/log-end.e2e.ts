import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FLUSH_LIMIT, RETRY_DELAY } from '../../src/observability/log-output.ts';
import { HELLO, postBody } from '../support/http.ts';
import { openPipe } from '../support/pipe.ts';
import { importing, LISTENING, startGatewayProgram } from '../support/process.ts';

// A signal stands in for a fault of our own.
const ENV = {
  UPSTREAM_URL: 'http://127.0.0.1:1',
  ...importing("process.once('SIGUSR2', () => { throw new Error('fault'); })"),
};

describe.concurrent('the log of npm start, at its end', () => {
  it.each([true, false])('has its last lines when it fails, if they are read: %s', async isRead => {
    await using program = startGatewayProgram(ENV);
    const [, url = ''] = await program.says(LISTENING);
    if (!isRead) program.child.stdout?.destroy();
    expect((await postBody(url, HELLO)).status).toBe(200);
    program.child.kill('SIGUSR2');
    expect(await program.exit).toBe(1);
    expect(program.output().includes('"status":200')).toBe(isRead);
  });

  it('stops nothing when nobody reads it any more', async () => {
    await using program = startGatewayProgram(ENV);
    const [, url = ''] = await program.says(LISTENING);
    program.child.stdout?.destroy();
    for (let n = 0; n < 3; n += 1) expect((await postBody(url, HELLO)).status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
  });

  it.runIf(existsSync('/proc/self/io')).each([
    ['SIGTERM', 0],
    ['SIGUSR2', 1],
  ] as const)(
    'does not delay it after %s, which ends it with code %i, although what reads it has stalled',
    async (signal, code) => {
      using pipe = openPipe();
      await using program = startGatewayProgram(ENV, pipe.input);
      const [, url = ''] = await pipe.says(LISTENING);
      pipe.fill();
      expect((await postBody(url, HELLO)).status).toBe(200);
      await untilItWrites(program.child.pid, 8);
      program.child.kill(signal);
      const signalled = performance.now();
      expect(await program.exit).toBe(code);
      // The limit, and time for a busy machine to end a process.
      expect(performance.now() - signalled).toBeLessThan(FLUSH_LIMIT + 4_000);
      expect(program.output()).toMatch(/\d lines of the log could not be written/);
    },
  );
});

/** Waits until a process has called `write` so many times, with or without success. One that logs to a full pipe calls it twice for each try: a thread also wakes the event loop. */
async function untilItWrites(pid: number | undefined, times: number): Promise<void> {
  const count = () => Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  const enough = count() + times;
  while (count() < enough) await new Promise(resolve => setTimeout(resolve, RETRY_DELAY));
}
