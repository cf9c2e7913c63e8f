import { isIP } from 'node:net';
import type { Environment } from '../config/settings.ts';

/** Where a URL leads. */
export interface Endpoint {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isAddress: boolean;
  readonly isTls: boolean;
  /** Host and port for people. */
  readonly label: string;
}

/** The ports of the protocols that the URLs of settings have. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'redis:': 6379,
  'rediss:': 6379,
};

/** Reads where the URL of a setting leads. */
export function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = protocol === 'https:' || protocol === 'rediss:';
  const number = port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port);
  return { host, port: number, isAddress: isIP(host) !== 0, isTls, label: `${hostname}:${number}` };
}

/** Variables that name a proxy to other programs. */
const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy'];

/** What to add to an advice where a proxy is configured that the gateway does not use; else nothing. */
export function proxyHint(env: Environment): string {
  const [variable] = PROXY_VARIABLES.filter(name => env[name]);
  return variable === undefined
    ? ''
    : ` ${variable} is set, but calls to LumiNUS use no proxy: they need a direct connection.`;
}
