import { readFileSync } from 'node:fs';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { LISTENING, startProgram } from '../support/process.ts';

/** A meeting of the sandbox. */
export const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';

/** A meeting that the caller may not sync. */
export const FAILING = scenarioId(403);

/** The schema as clients with a cache by types take it. */
export const SCHEMA = introspectionFromSchema(
  buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')),
);

/** A gateway as `npm run dev` starts it, in a process of its own. */
export interface Dev extends AsyncDisposable {
  readonly url: string;
}

/** Starts a gateway in front of the sandbox; it ends with its scope. */
export async function startDev(env: Readonly<Record<string, string>> = {}): Promise<Dev> {
  const program = startProgram(['dev.ts'], { PORT: '0', SANDBOX_PORT: '0', ADMIN_PORT: '0', ...env });
  const [, url = ''] = await program.says(LISTENING);
  return { url, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
