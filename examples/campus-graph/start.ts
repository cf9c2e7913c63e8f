import { startSandbox } from '../../sandbox/server.ts';
import type { Composer } from './composers.ts';
import { COMPOSERS } from './composers.ts';
import { curlCommand, FIRST_LOOK } from './first-look.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { startModuleService } from './module-service.ts';

try {
  await run();
} catch (error) {
  process.stderr.write(`Not started: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Runs everything until a signal comes; then ends it in turn, the campus graph first. */
async function run(): Promise<void> {
  const stopped = new Promise(resolve => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  const start = COMPOSERS[composer()];
  const ports = {
    sandbox: port('SANDBOX_PORT', 4010),
    gateway: port('PORT', 4000),
    modules: port('MODULES_PORT', 4020),
    campus: port('CAMPUS_PORT', 4030),
  };
  await using sandbox = await startSandbox({ port: ports.sandbox, remember: 1000 });
  say('Sandbox of the LumiNUS Zoom API', sandbox.url);
  await using gateway = await startGatewayProcess(
    {
      PORT: String(ports.gateway),
      UPSTREAM_URL: sandbox.url,
      // The sandbox refuses single meetings, not callers.
      UPSTREAM_HOLD: process.env['UPSTREAM_HOLD'] || 'off',
      GRAPHIQL: 'on',
    },
    line => process.stdout.write(`${line}\n`),
  );
  say('Gateway', gateway.url);
  await using modules = await startModuleService({ port: ports.modules });
  say('Module service', modules.url);
  await using campus = await start({
    gatewayUrl: gateway.url,
    modulesUrl: modules.url,
    port: ports.campus,
    graphiql: FIRST_LOOK,
  });
  say('Campus graph', campus.url);
  say('From a shell', curlCommand(campus.url));
  await stopped;
}

function composer(): Composer {
  const name = process.env['COMPOSER'] || 'stitching';
  // Every key of COMPOSERS is one; Object.hasOwn does not tell the compiler.
  if (Object.hasOwn(COMPOSERS, name)) return name as Composer;
  throw new Error(`COMPOSER must be one of ${Object.keys(COMPOSERS).join(', ')}`);
}

function port(name: string, fallback: number): number {
  const text = process.env[name] || String(fallback);
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 65_535) return number;
  throw new Error(`${name} must be a whole number from 0 to 65535`);
}

function say(what: string, url: string): void {
  process.stdout.write(`${what}: ${url}\n`);
}
