import { once } from 'node:events';
import { startGateway, startLumiNUS, startPage } from './servers.ts';

const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

try {
  await using luminus = await startLumiNUS(port('SANDBOX_PORT', 4010));
  await using gateway = await startGateway(luminus.url, port('PORT', 4000));
  await using page = await startPage(gateway.url, port('PAGE_PORT', 5173));
  process.stdout.write(`Sandbox: ${luminus.url}\nGateway: ${gateway.url}\nCampus app: ${page.url}\n`);
  await stopped;
} catch (error) {
  process.stderr.write(`Not started: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function port(name: string, fallback: number): number {
  const text = process.env[name] || String(fallback);
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`${name} must be a whole number from 0 to 65535.`);
}
