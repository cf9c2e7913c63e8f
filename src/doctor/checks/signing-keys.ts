import type { Check } from '../check.ts';
import { failed, passed, skipped } from '../check.ts';
import { endpointOf } from '../endpoint.ts';
import type { NetworkInput } from '../input.ts';

/** Checks that the keys that sign tokens can be fetched. */
export const signingKeys: Check<NetworkInput> = {
  id: 'signing-keys',
  title: 'Signing keys',
  needs: [],
  async run({ env, config, verifier }) {
    const { JWT_JWKS_URL: url } = config;
    if (url === null) return skipped('JWT_JWKS_URL is not set: LumiNUS alone verifies tokens');
    const { label } = endpointOf(url);
    const reason = await verifier().keysFetched;
    if (reason === null) return passed(`fetched from ${label}`);
    const isProxied = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'].some(name => env[name]);
    const hint =
      isProxied && !env['NODE_USE_ENV_PROXY']
        ? ' Node.js fetches them through the proxy of the environment only with NODE_USE_ENV_PROXY=1.'
        : '';
    return failed(
      `cannot be fetched from ${label}: ${reason}`,
      `Correct JWT_JWKS_URL, or have its server repaired: without keys, every token is refused.${hint}`,
    );
  },
};
