import type { Check } from './check.ts';
import { apiManagement } from './checks/api-management.ts';
import { clockSkew } from './checks/clock-skew.ts';
import { manifest } from './checks/manifest.ts';
import { memory } from './checks/memory.ts';
import { nameResolution } from './checks/name-resolution.ts';
import { nodeVersion } from './checks/node-version.ts';
import { redis } from './checks/redis.ts';
import { signingKeys } from './checks/signing-keys.ts';
import { subscriptionKey } from './checks/subscription-key.ts';
import { sync } from './checks/sync.ts';
import { tcp } from './checks/tcp.ts';
import { tls } from './checks/tls.ts';
import { token } from './checks/token.ts';
import type { LocalInput, NetworkInput } from './input.ts';

/** Checks of files that settings name. With the settings themselves, they tell whether the gateway can start. */
export const FILE_CHECKS: readonly Check<LocalInput>[] = [manifest];

/** Checks of the process, which work without valid settings. */
export const PROCESS_CHECKS: readonly Check<LocalInput>[] = [nodeVersion, memory];

/** Checks of what the gateway depends on: causes before their effects, so that the first failure is the one to correct. */
export const NETWORK_CHECKS: readonly Check<NetworkInput>[] = [
  nameResolution,
  tcp,
  tls,
  apiManagement,
  clockSkew,
  subscriptionKey,
  signingKeys,
  redis,
  token,
  sync,
];
