import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FixtureName } from '../fixtures/list.ts';
import type { Dialect } from '../request.ts';
import type { Workload } from '../workloads/letters.ts';
import { imageOptions, startCommandOf } from './gateway.ts';
import { HIVE } from './hive.ts';

/** How a server of the benchmark is started and asked. */
export interface Server {
  /** As the table and the chart call it. */
  readonly title: string;
  readonly role: 'ours' | 'limit' | 'peer';
  readonly dialect: Dialect;
  /** The workloads it takes part in. */
  readonly workloads: readonly Workload[];
  /** Arguments of Node. @param dir the folder of its fixture. */
  readonly args: (dir: string) => readonly string[];
  /** Beside HOST, PORT, UPSTREAM_URL, NODE_ENV and those of its fixture. */
  readonly env?: Readonly<Record<string, string>>;
  /** What must be there before it can start. */
  readonly fixture?: FixtureName;
  /** The folder it starts in; by default that of the checkout. */
  readonly cwd?: string;
  /** The server that it is like in all but one thing; none for a server that is like no other. */
  readonly variantOf?: ServerName;
  /** The server of ours that a peer is compared with; by default `gateway`. */
  readonly ours?: ServerName;
}

/** The names `--servers` takes, in the order of the rounds. */
export const SERVER_NAMES = [
  'limit',
  'limit+https',
  'gateway',
  'gateway+metrics',
  'gateway+limits',
  'gateway+redis',
  'gateway+traces-1%',
  'gateway+traces',
  'gateway+128mb',
  'bundle',
  'gateway+https',
  'gateway+rs256',
  'gateway+es256',
  'mercurius+jit',
  'mercurius+jit+https',
  'mercurius+jit+rs256',
  'mercurius+jit+es256',
  'mercurius',
  'yoga',
  'apollo',
  'apollo+https',
  'apollo+rs256',
  'apollo+es256',
  'hive',
] as const;

/** The name of a server. */
export type ServerName = (typeof SERVER_NAMES)[number];

/** Tells whether a text is the name of a server. */
export function isServerName(text: string): text is ServerName {
  return SERVER_NAMES.some(name => name === text);
}

/** The servers that are compared with ours in all respects, and the one with which start and first queries are as well. */
const COMPARED: readonly Workload[] = ['a', 'b', 'c', 'd', 'f', 'g', 'h'];
const AT_START: readonly Workload[] = [...COMPARED, 'i'];

/** A variant shows what one thing costs. */
const VARIANT: readonly Workload[] = ['a', 'h'];

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const limit: Server = {
  title: 'node:http + undici, no GraphQL',
  role: 'limit',
  dialect: 'limit',
  workloads: AT_START,
  args: () => [at('limit.ts')],
};

const gateway: Server = {
  title: 'This gateway',
  role: 'ours',
  dialect: 'ours',
  workloads: [...AT_START, 'e'],
  args: () => [...startCommandOf('start').options, at('../../src/start.js')],
};

const mercuriusJit: Server = {
  title: 'Mercurius 16 + graphql-jit, our schema',
  role: 'peer',
  dialect: 'ours',
  workloads: AT_START,
  args: () => [at('mercurius.ts'), '--jit'],
};

const apollo: Server = {
  title: 'Apollo Server 5 + datasource-rest',
  role: 'peer',
  dialect: 'ours',
  workloads: AT_START,
  args: () => [at('apollo.ts')],
};

/** A server that differs from another in what is given. @param what as its title has it. */
function variant(
  of: ServerName,
  { title, ...server }: Server,
  what: string,
  difference: Partial<Server>,
): Server {
  return {
    ...server,
    title: `${title.replace(/,.*/, '')}: ${what}`,
    workloads: VARIANT,
    variantOf: of,
    ...difference,
  };
}

const HTTPS = 'HTTPS upstream';
const RS256 = 'verifies tokens, RS256';
const ES256 = 'verifies tokens, ES256';

const SMALL = startCommandOf('start:small');

/** Nobody is refused: what is measured is the counting. */
const CALLER_LIMITS = { CALLER_MEETINGS_PER_MINUTE: '1000000' };

const tracesOf = (share: string) => ({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: share });

/** All servers; each listens where HOST and PORT say and calls UPSTREAM_URL. */
export const SERVERS: { readonly [N in ServerName]: Server } = {
  limit,
  'limit+https': variant('limit', limit, HTTPS, { fixture: 'https' }),
  gateway,
  'gateway+metrics': variant('gateway', gateway, 'metrics', { env: { ADMIN_PORT: '0' } }),
  'gateway+limits': variant('gateway', gateway, 'limits of callers in memory', { env: CALLER_LIMITS }),
  'gateway+redis': variant('gateway', gateway, 'limits of callers in Redis', {
    env: CALLER_LIMITS,
    fixture: 'redis',
  }),
  'gateway+traces-1%': variant('gateway', gateway, '1% of traces sampled', {
    env: tracesOf('0.01'),
    fixture: 'traces',
  }),
  'gateway+traces': variant('gateway', gateway, 'all traces sampled', {
    env: tracesOf('1'),
    fixture: 'traces',
  }),
  'gateway+128mb': variant('gateway', gateway, 'start:small, for 128 MB', {
    workloads: ['a'],
    args: () => [...SMALL.options, at('../../src/start.js')],
    env: SMALL.env,
  }),
  bundle: variant('gateway', gateway, 'bundle, options of the image', {
    workloads: ['a', 'f', 'h', 'i'],
    fixture: 'bundle',
    args: dir => [...imageOptions(), join(dir, 'gateway.js')],
  }),
  'gateway+https': variant('gateway', gateway, HTTPS, { fixture: 'https' }),
  'gateway+rs256': variant('gateway', gateway, RS256, { fixture: 'RS256' }),
  'gateway+es256': variant('gateway', gateway, ES256, { fixture: 'ES256' }),
  'mercurius+jit': mercuriusJit,
  'mercurius+jit+https': variant('mercurius+jit', mercuriusJit, HTTPS, {
    fixture: 'https',
    ours: 'gateway+https',
  }),
  'mercurius+jit+rs256': variant('mercurius+jit', mercuriusJit, RS256, {
    fixture: 'RS256',
    ours: 'gateway+rs256',
  }),
  'mercurius+jit+es256': variant('mercurius+jit', mercuriusJit, ES256, {
    fixture: 'ES256',
    ours: 'gateway+es256',
  }),
  mercurius: {
    ...mercuriusJit,
    title: 'Mercurius 16, our schema',
    workloads: COMPARED,
    args: () => [at('mercurius.ts')],
  },
  yoga: {
    title: 'GraphQL Yoga 5 as it comes, our schema',
    role: 'peer',
    dialect: 'ours',
    workloads: COMPARED,
    args: () => [at('yoga.ts')],
  },
  apollo,
  'apollo+https': variant('apollo', apollo, HTTPS, { fixture: 'https', ours: 'gateway+https' }),
  'apollo+rs256': variant('apollo', apollo, RS256, { fixture: 'RS256', ours: 'gateway+rs256' }),
  'apollo+es256': variant('apollo', apollo, ES256, { fixture: 'ES256', ours: 'gateway+es256' }),
  hive: {
    title: 'Hive Gateway 2 + OpenAPI, JIT',
    role: 'peer',
    dialect: 'openapi',
    workloads: COMPARED,
    fixture: 'supergraph',
    args: dir => [
      at('../node_modules/@graphql-hive/gateway/dist/bin.js'),
      'supergraph',
      join(dir, HIVE.supergraph),
    ],
    env: { LOG_LEVEL: 'warn', JIT: 'true' },
    cwd: HIVE.folder,
  },
};

/** The server of ours that another is compared with. */
export function oursFor(name: ServerName): ServerName {
  return SERVERS[name].ours ?? 'gateway';
}
