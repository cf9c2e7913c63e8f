import { meeting } from '../../sandbox/reply.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/server.ts';
import { SANDBOX_KEY, startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import type { Gateway } from '../../src/gateway.ts';
import { startGateway } from '../../src/gateway.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { REQUEST_BYTES } from '../../src/server/request-budget.ts';
import type { LogLine } from './log.ts';
import { createMemoryLog } from './log.ts';

/** An error of an answer, as JSON. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly extensions: {
    readonly code: string;
    readonly retryable: boolean;
    readonly requestId: string;
    readonly upstreamStatus?: number;
    readonly retryAfter?: number;
  };
}

/** What the gateway answered; `data` has the shape the test asked for. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: T;
  readonly errors: readonly AnswerError[];
}

/** A request to the gateway. */
export interface Ask {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A gateway in front of a sandbox, both on sockets of their own. */
export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly gateway: Gateway;
  readonly lines: readonly LogLine[];
  /** Settles once so many meetings were asked of the upstream, whether by calls of their own or shared ones. */
  joined(times: number): Promise<void>;
  /** Settles once a message was logged so many times. */
  readonly logged: (message: string, times: number) => Promise<void>;
  /** Asks as a client would; by default signed in, with a key of its own. */
  ask<T = Record<string, unknown>>(query: string, ask?: Ask): Promise<Answer<T>>;
}

/** What differs from a plain world. */
export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly sandbox?: SandboxOptions;
  /** The time the gateway lives by; by default the system's. */
  readonly clock?: Clock;
  /** Most bytes of heap that its requests in progress may hold. */
  readonly requestBytes?: number;
}

/** The credentials a plain caller sends. */
export const CREDENTIALS = {
  authorization: 'Bearer token',
  'ocp-apim-subscription-key': SANDBOX_KEY,
} as const;

/** Starts a world; it ends with its scope. */
export async function openWorld({
  env = {},
  sandbox: sandboxOptions,
  clock = systemClock,
  requestBytes = REQUEST_BYTES,
}: WorldOptions = {}): Promise<World> {
  const { log, lines, said } = createMemoryLog();
  const sandbox = await startSandbox(sandboxOptions);
  const config = readConfig({ PORT: '0', UPSTREAM_URL: sandbox.url, ...env });
  const runtime = { process, version: '1.2.3', droppedLogLines: () => 7 };
  const gateway = await startGateway({ config, log, clock, requestBytes, runtime });
  return {
    sandbox,
    gateway,
    lines,
    joined: times => said('sync', times),
    logged: said,
    ask: (query, ask) => post(gateway.url, query, ask),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await gateway.close();
    },
  };
}

/** A request that waits for the upstream. */
export interface WaitingRequest {
  /** Has the upstream answer. */
  readonly release: () => void;
  readonly asked: Promise<Answer<Record<string, unknown>>>;
}

/** Asks for a meeting; the call to the upstream is under way, and is answered once it is released. */
export async function askAndWait(world: World, id: string): Promise<WaitingRequest> {
  const released = Promise.withResolvers<void>();
  world.sandbox.answer(id, exchange => void released.promise.then(() => meeting(exchange)));
  const asked = world.ask(`{ syncMeeting(id: "${id}") { id } }`);
  await world.joined(1);
  return { release: released.resolve, asked };
}

async function post<T>(
  url: string,
  query: string,
  { variables, operationName, headers = CREDENTIALS, signal }: Ask = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables, operationName }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text);
  return { status: response.status, headers: response.headers, text, data, errors };
}
