import { connect } from 'node:net';
import { expect } from 'vitest';
import { meetingBut } from '../../sandbox/reply.ts';
import { postBody } from '../support/http.ts';
import { byHash, sha256, withText } from '../support/persisted.ts';
import type { World } from '../support/world.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';
import type { Attack } from './generator.ts';
import { BROKEN, BROKEN_FIELDS, MAX_BODY } from './generator.ts';

/** What an attack has cost. */
export interface Cost {
  /** Bytes that were sent; a text that its hash stands for is counted in. */
  readonly sent: number;
  /** Bytes that came back, the head counted in. */
  readonly received: number;
  /** Longest time the event loop stood still, in milliseconds of its thread's processor time. */
  readonly blocked: number;
}

/** A gateway that allows all that can be switched on, in front of an upstream whose answers are broken. */
export async function openTarget(): Promise<World> {
  const world = await openWorld({
    env: { BATCH_LIMIT: '100', INTROSPECTION: 'on', UPSTREAM_BREAKER: 'off' },
  });
  world.sandbox.answer(BROKEN, meetingBut(Object.fromEntries(BROKEN_FIELDS.map(field => [field, {}]))));
  // Only callers that the upstream has accepted register texts.
  await world.ask(`{ syncMeeting(id: "${BROKEN}") { id } }`);
  return world;
}

/** How often an attack that seems to cost too much is measured: the collection of garbage may fall into one. */
const TRIES = 3;

/** Checks that an attack costs no more than any request may. */
export async function expectBearable(world: World, attack: Attack): Promise<void> {
  let blocked = Number.POSITIVE_INFINITY;
  for (let n = 0; n < TRIES && blocked >= 100; n += 1) {
    const cost = await measure(world, attack);
    expect(cost.received / cost.sent).toBeLessThan(100);
    expect(cost.received).toBeLessThan(8 * 1024 * 1024 + 1_024);
    blocked = Math.min(blocked, cost.blocked);
  }
  expect(blocked).toBeLessThan(100);
}

/** Carries out an attack and measures it. */
async function measure(world: World, attack: Attack): Promise<Cost> {
  const { operations, signedIn, rehearsals } = attack;
  if (attack.byHash) {
    for (const { query } of new Set(operations))
      await postBody(world.gateway.url, JSON.stringify(withText(query)));
  }
  const bodies: string[] = [];
  let texts = 0;
  for (const { query, variables } of operations) {
    const operation = attack.byHash ? { ...byHash(sha256(query)), variables } : { query, variables };
    bodies.push(JSON.stringify(operation));
    if (bodies.join().length + 2 > MAX_BODY) {
      bodies.pop();
      break;
    }
    texts += attack.byHash ? Buffer.byteLength(query) : 0;
  }
  const [only = '{}'] = bodies;
  const body = operations.length === 1 ? only : `[${bodies.join()}]`;
  const request = headed(body, signedIn);
  for (let n = 0; n < rehearsals; n += 1) await exchange(world.gateway.url, request);
  const cost = await exchange(world.gateway.url, request);
  return { ...cost, sent: request.length + texts };
}

function headed(body: string, signedIn: boolean): string {
  const credentials = signedIn ? Object.entries(CREDENTIALS).map(([name, value]) => `${name}: ${value}`) : [];
  return [
    'POST /graphql HTTP/1.1',
    'Host: a',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...credentials,
    '',
    body,
  ].join('\r\n');
}

async function exchange(url: string, request: string): Promise<Omit<Cost, 'sent'>> {
  const { port, hostname } = new URL(url);
  let received = 0;
  let blocked = 0;
  let last = process.threadCpuUsage();
  let running = true;
  const tick = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    blocked = Math.max(blocked, (user + system) / 1_000);
    last = process.threadCpuUsage();
    if (running) setImmediate(tick);
  };
  tick();
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ port: Number(port), host: hostname });
    socket.on('data', ({ length }) => {
      received += length;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.write(request);
  });
  running = false;
  return { received, blocked };
}
