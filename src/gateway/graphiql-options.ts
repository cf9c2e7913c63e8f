import { hash } from 'node:crypto';
import type { Config } from '../config/settings.ts';
import type { GraphiQLOptions } from '../server/graphiql/tabs.ts';
import { HEADERS_TEMPLATE, PLAIN_TABS, SANDBOX_TABS } from '../server/graphiql/tabs.ts';

/** How the keys begin that the sandbox accepts; those of LumiNUS are hex digits. */
const SANDBOX_KEYS = 'sandbox-';

/** What GraphiQL opens with: examples in front of the sandbox, and a query to complete in front of anything else. */
export function graphiqlOptions({ UPSTREAM_URL, UPSTREAM_SUBSCRIPTION_KEY: key }: Config): GraphiQLOptions {
  const isSandbox = key?.startsWith(SANDBOX_KEYS) === true;
  return {
    tabs: isSandbox ? SANDBOX_TABS : PLAIN_TABS,
    headers: isSandbox ? null : HEADERS_TEMPLATE,
    upstreamId: hash('sha256', UPSTREAM_URL.href, 'base64url').slice(0, 12),
  };
}
