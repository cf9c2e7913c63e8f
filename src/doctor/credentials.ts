import type { Config, Environment } from '../config/settings.ts';

/** What the checks call LumiNUS with. */
export interface DoctorCredentials {
  readonly key: string | null;
  /** The variable that holds the key, or is to hold it. */
  readonly keyVariable: string;
  readonly token: string | null;
  /** The headers of a caller of the gateway with these credentials: names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** Reads the credentials: the gateway's own key, else that of DOCTOR_SUBSCRIPTION_KEY, and the token of DOCTOR_TOKEN. */
export function readCredentials(env: Environment, config: Config): DoctorCredentials {
  const { UPSTREAM_SUBSCRIPTION_KEY: gatewayKey } = config;
  // Whoever copies the whole header means the token in it.
  const token = (env['DOCTOR_TOKEN'] ?? '').trim().replace(/^Bearer +/i, '') || null;
  const callersKey = gatewayKey === null ? env['DOCTOR_SUBSCRIPTION_KEY'] || null : null;
  return {
    key: gatewayKey ?? callersKey,
    keyVariable: callersKey === null ? 'UPSTREAM_SUBSCRIPTION_KEY' : 'DOCTOR_SUBSCRIPTION_KEY',
    token,
    rawHeaders: [
      ...(callersKey === null ? [] : ['ocp-apim-subscription-key', callersKey]),
      ...(token === null ? [] : ['authorization', `Bearer ${token}`]),
    ],
  };
}
