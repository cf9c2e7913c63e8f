import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { CREDENTIALS } from '../support/world.ts';
import type { Composition } from './support/compose.ts';
import { canCompose, startComposition } from './support/compose.ts';
import { eventually } from './support/containers.ts';
import type { LoadRequest } from './support/load.ts';
import { createRequest, runLoad } from './support/load.ts';

/** Requests of a load: ten seconds of 200 a second, and for as long as what happens meanwhile takes. */
const REQUESTS = 2_000;

/** Upstream calls that fail with a server error, as docs/sandbox.md has them. */
const FAILING = [500, 503].map(scenarioId);

describe.skipIf(!canCompose())('deploy/compose.yaml', () => {
  let composition: Composition;
  const agent = new Agent();

  beforeAll(async () => {
    composition = await startComposition();
    const first = createRequest(0);
    await eventually(async () => expect(await send(first)).toBe(first.expected));
    await allReady();
  }, 1_200_000);
  afterAll(async () => {
    await agent.close();
    await composition?.[Symbol.asyncDispose]();
  }, 120_000);

  async function send({ headers, body }: Pick<LoadRequest, 'headers' | 'body'>): Promise<string> {
    const response = await request(composition.url, { method: 'POST', headers, body, dispatcher: agent });
    const text = await response.body.text();
    return response.statusCode === 200 ? text : `${response.statusCode} ${text.slice(0, 80)}`;
  }

  /** What the balancer reports, and what the gateways do but for their requests: to be read where a test fails. */
  async function events(): Promise<string> {
    const lines = await composition.compose('logs', '--timestamps', 'haproxy', 'gateway-1', 'gateway-2');
    return lines
      .split('\n')
      .filter(line => !line.includes('"msg":"request"'))
      .join('\n');
  }

  async function fetchPrometheus(path: string): Promise<{ data: Record<string, unknown[]> }> {
    const { body } = await request(`${composition.prometheus}/api/v1/${path}`, { dispatcher: agent });
    // What Prometheus documents of its API; a test that reads something else fails.
    return JSON.parse(await body.text());
  }

  /** Waits until Prometheus has scraped both gateways, and the balancer had time to check them. */
  const allReady = (): Promise<void> =>
    eventually(async () => {
      const { data } = await fetchPrometheus('targets');
      expect(data['activeTargets']).toEqual([
        expect.objectContaining({ health: 'up', lastError: '' }),
        expect.objectContaining({ health: 'up', lastError: '' }),
      ]);
    });

  it('loses no request when one gateway after the other is restarted under load', async () => {
    const restart = async (): Promise<void> => {
      for (const gateway of ['gateway-1', 'gateway-2']) {
        await composition.compose('stop', gateway);
        await composition.compose('start', gateway);
        await eventually(async () =>
          expect(await composition.compose('exec', '-T', gateway, 'node', 'healthcheck.js')).toBe(''),
        );
        // The balancer takes a replica in after two checks that succeed.
        await new Promise(resolve => setTimeout(resolve, 3_000));
      }
    };
    const { sent, failures } = await runLoad(send, REQUESTS, restart());
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
    if (Object.keys(failures).length > 0) process.stderr.write(await events());
    expect(failures).toEqual({});
  });

  it('loses no more than what was in flight on a gateway that is killed', async () => {
    await allReady();
    let killedAt = Number.POSITIVE_INFINITY;
    const inFlight = new Set<object>();
    let inFlightAtKill = 0;
    const failedAfterKill: string[] = [];
    let failed = 0;
    const sendAndCount = async (one: LoadRequest): Promise<string> => {
      const startedAt = performance.now();
      const call = {};
      inFlight.add(call);
      const text = await send(one).catch((error: unknown) => String(error));
      inFlight.delete(call);
      if (text !== one.expected) {
        failed += 1;
        if (startedAt > killedAt) failedAfterKill.push(text);
      }
      return text;
    };
    const kill = async (): Promise<void> => {
      await new Promise(resolve => setTimeout(resolve, 2_000));
      // What starts while the command runs may be in flight, too, when the process ends.
      inFlightAtKill = inFlight.size;
      const counting = setInterval(() => {
        inFlightAtKill = Math.max(inFlightAtKill, inFlight.size);
      }, 1);
      await composition.compose('kill', '-s', 'SIGKILL', 'gateway-1');
      killedAt = performance.now();
      clearInterval(counting);
    };
    await runLoad(sendAndCount, REQUESTS, kill());
    expect(failedAfterKill).toEqual([]);
    expect(failed).toBeLessThanOrEqual(inFlightAtKill);
    await composition.compose('start', 'gateway-1');
  });

  it('has an alert fire when the upstream fails', async () => {
    await allReady();
    const body = JSON.stringify({ query: `{ syncMeetings(ids: ${JSON.stringify(FAILING)}) { id } }` });
    const headers = { 'content-type': 'application/json', ...CREDENTIALS };
    await eventually(async () => {
      for (let n = 0; n < 20; n += 1) await send({ headers, body });
      const { data } = await fetchPrometheus('alerts');
      expect(data['alerts']).toContainEqual(expect.objectContaining({ state: 'firing' }));
    });
  });
});
