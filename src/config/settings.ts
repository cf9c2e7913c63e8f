import { authSettings } from './settings/auth.ts';
import { graphqlSettings } from './settings/graphql.ts';
import { limitSettings } from './settings/limits.ts';
import { observabilitySettings } from './settings/observability.ts';
import { serverSettings } from './settings/server.ts';
import { tracingSettings } from './settings/tracing.ts';
import { upstreamSettings } from './settings/upstream.ts';

/** The environment of a process; a variable that is empty counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every environment variable the gateway reads; the table of settings in the documentation is generated from it. */
export const SETTINGS = {
  ...serverSettings,
  ...upstreamSettings,
  ...limitSettings,
  ...authSettings,
  ...graphqlSettings,
  ...observabilitySettings,
  ...tracingSettings,
} as const;

/** The settings of a process, checked; each under the name of its variable. */
export type Config = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['read']> };
