import { connect } from 'node:net';
import type { Check, Finding } from '../check.ts';
import { failed, passed } from '../check.ts';
import type { Endpoint } from '../endpoint.ts';
import { endpointOf, proxyHint } from '../endpoint.ts';
import type { NetworkInput } from '../input.ts';
import { systemCode } from '../system-error.ts';

/** Why a connection is not established: what that is called, and what to do. */
const FAULTS: Readonly<Record<string, readonly [found: string, advice: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Start the service, or correct host and port of UPSTREAM_URL.'],
  ECONNRESET: [
    'the connection was reset',
    'Ask the operators of the firewalls and proxies between this machine and LumiNUS.',
  ],
  EHOSTUNREACH: ['the machine cannot be reached', 'Check the route from this machine to it.'],
  ENETUNREACH: ['there is no route to its network', 'Check the network of this machine.'],
  EMFILE: ['this process has too many open files', 'Raise the limit of open files (ulimit -n).'],
  ENFILE: ['this machine has too many open files', 'Find the process that holds them open.'],
  EACCES: [
    'the system forbids the connection',
    'Check the firewall and the security policy of this machine.',
  ],
  EPERM: ['the system forbids the connection', 'Check the firewall and the security policy of this machine.'],
};

const NO_ANSWER: readonly [string, string] = [
  'no answer',
  'A firewall probably drops the packets: allow this machine to connect to it.',
];

/** Checks that a connection to the upstream can be established, in the time that the gateway allows for it. */
export const tcp: Check<NetworkInput> = {
  id: 'tcp',
  title: 'TCP',
  needs: ['dns'],
  run({ config, env, clock }) {
    const endpoint = endpointOf(config.UPSTREAM_URL);
    const timeout = config.UPSTREAM_CONNECT_TIMEOUT_MS;
    const startedAt = clock.now();
    return new Promise<Finding>(resolve => {
      const socket = connect({ host: endpoint.host, port: endpoint.port });
      const finish = (finding: Finding): void => {
        cancelTimer();
        socket.destroy();
        resolve(finding);
      };
      const cancelTimer = clock.after(timeout, () =>
        finish(describe(endpoint, NO_ANSWER, `within ${timeout} ms`, proxyHint(env))),
      );
      socket.once('connect', () =>
        finish(passed(`${endpoint.label} accepts connections, in ${Math.round(clock.now() - startedAt)} ms`)),
      );
      socket.on('error', error => {
        const code = systemCode(error);
        const fault = FAULTS[code] ?? (code === 'ETIMEDOUT' ? NO_ANSWER : undefined);
        const known = fault ?? ['the connection failed', 'Check the network between this machine and it.'];
        finish(describe(endpoint, known, `(${code})`, proxyHint(env)));
      });
    });
  },
};

function describe(
  { label }: Endpoint,
  [found, advice]: readonly [string, string],
  detail: string,
  hint: string,
): Finding {
  return failed(`${label}: ${found} ${detail}`, advice + hint);
}
