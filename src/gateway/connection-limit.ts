import type { Config } from '../config/settings.ts';
import { REFUSED_CONNECTIONS } from '../server/node-server.ts';

/** Files that the process has open beside its connections: it has about 24 at rest, and opens some to load code. */
export const OWN_FILES = 40;

/** Most open connections to the admin port: probes of two kinds, a scraper or two, and somebody with curl. */
export const ADMIN_CONNECTIONS = 20;

/** How many connections of clients a gateway may have, by its settings and the files that its process may open. */
export interface ConnectionLimit {
  readonly maxConnections: number;
  /** How many open files the settings need. */
  readonly neededFiles: number;
}

/**
 * Limits the connections of clients to what the system allows: a process that can open no further file could not even
 * tell a client so. With very few files, a third is for clients, as calls upstream and refusals need some, too.
 * @param openFiles how many files the process may open.
 */
export function limitConnections(
  { MAX_CONNECTIONS, UPSTREAM_MAX_IN_FLIGHT, ADMIN_PORT }: Config,
  openFiles: number,
): ConnectionLimit {
  const admin = ADMIN_PORT === null ? 0 : ADMIN_CONNECTIONS;
  const others = UPSTREAM_MAX_IN_FLIGHT + REFUSED_CONNECTIONS + admin;
  const available = openFiles - OWN_FILES;
  const most = Math.max(available - others, Math.floor(available / 3), 1);
  return {
    maxConnections: Math.min(MAX_CONNECTIONS, most),
    neededFiles: MAX_CONNECTIONS + others + OWN_FILES,
  };
}
