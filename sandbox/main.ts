import type { Sandbox } from './server.ts';
import { SANDBOX_KEY, startSandbox } from './server.ts';

/** The sandbox of this process; undefined when it could not start, which sets the exit code. */
export const sandbox = await start(process.env.SANDBOX_PORT || '4010');

async function start(portText: string): Promise<Sandbox | undefined> {
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (!(port <= 65_535)) return fail('SANDBOX_PORT must be a whole number from 0 to 65535.');
  try {
    const started = await startSandbox({
      port,
      host: process.env.SANDBOX_HOST || '127.0.0.1',
      remember: 1000,
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void started.close());
    process.stdout.write(`Sandbox of the LumiNUS Zoom API: ${started.url}\n`);
    process.stdout.write(`Subscription key it accepts: ${SANDBOX_KEY}\n`);
    return started;
  } catch (error) {
    return fail(`The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(message: string): undefined {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
