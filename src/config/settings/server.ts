import { integer, milliseconds, optional, origins, setting } from '../values.ts';

/** Settings of the HTTP server. */
export const serverSettings = {
  PORT: setting('4000', 'Port to listen on; 0 lets the system choose.', integer(0, 65_535)),
  HOST: setting('127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', text => text),
  MAX_CONNECTIONS: setting(
    '10000',
    'Most open connections of clients. The system must allow as many open files, and as many more as there are connections to the upstream.',
    integer(1, 1_000_000),
  ),
  REQUEST_TIMEOUT_MS: setting(
    '15000',
    'Longest time a GraphQL request takes, with all its upstream calls, retries and time in the queue.',
    milliseconds,
  ),
  DRAIN_MS: setting(
    '0',
    'How long connections are still accepted after SIGTERM, so that a balancer that probes /ready stops sending requests.',
    integer(0, 300_000),
  ),
  CORS_ORIGINS: optional(
    'Origins whose pages may call the gateway from a browser, separated by commas, such as https://app.example.',
    origins,
  ),
} as const;
