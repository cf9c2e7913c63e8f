import { fileURLToPath } from 'node:url';
import gatewayPackage from '../../package.json' with { type: 'json' };
import type { Dialect } from '../request.ts';

/** How a server of the benchmark is started and asked. */
export interface Server {
  /** As the table and the chart call it. */
  readonly title: string;
  readonly role: 'ours' | 'limit' | 'peer';
  readonly dialect: Dialect;
  /** Arguments of Node; `supergraph` is the file that Mesh composed for Hive Gateway. */
  readonly args: (supergraph: string) => readonly string[];
  /** Beside HOST, PORT, UPSTREAM_URL and NODE_ENV. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The names `--servers` takes, in the order of the rounds. */
export const SERVER_NAMES = [
  'limit',
  'gateway',
  'mercurius+jit',
  'mercurius',
  'yoga',
  'apollo',
  'hive',
] as const;

/** The name of a server. */
export type ServerName = (typeof SERVER_NAMES)[number];

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The options that `npm start` gives to Node. */
const START_OPTIONS = gatewayPackage.scripts.start.split(' ').slice(2, -1);

/** All servers; each listens where HOST and PORT say and calls UPSTREAM_URL. */
export const SERVERS: { readonly [N in ServerName]: Server } = {
  limit: {
    title: 'node:http + undici, no GraphQL',
    role: 'limit',
    dialect: 'limit',
    args: () => [at('limit.ts')],
  },
  gateway: {
    title: 'This gateway',
    role: 'ours',
    dialect: 'ours',
    args: () => [...START_OPTIONS, at('../../src/start.js')],
  },
  'mercurius+jit': {
    title: 'Mercurius 16 + graphql-jit, our schema',
    role: 'peer',
    dialect: 'ours',
    args: () => [at('mercurius.ts'), '--jit'],
  },
  mercurius: {
    title: 'Mercurius 16, our schema',
    role: 'peer',
    dialect: 'ours',
    args: () => [at('mercurius.ts')],
  },
  yoga: {
    title: 'GraphQL Yoga 5 as it comes, our schema',
    role: 'peer',
    dialect: 'ours',
    args: () => [at('yoga.ts')],
  },
  apollo: {
    title: 'Apollo Server 5 + datasource-rest',
    role: 'peer',
    dialect: 'ours',
    args: () => [at('apollo.ts')],
  },
  hive: {
    title: 'Hive Gateway 2 + OpenAPI, JIT',
    role: 'peer',
    dialect: 'openapi',
    args: supergraph => [at('../node_modules/@graphql-hive/gateway/dist/bin.js'), 'supergraph', supergraph],
    env: { LOG_LEVEL: 'warn', JIT: 'true' },
  },
};
