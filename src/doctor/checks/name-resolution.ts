import { lookup } from 'node:dns/promises';
import type { Check } from '../check.ts';
import { failed, passed } from '../check.ts';
import { endpointOf, proxyHint } from '../endpoint.ts';
import type { NetworkInput } from '../input.ts';
import { systemCode } from '../system-error.ts';

/** Most addresses that are named. */
const MAX_ADDRESSES = 4;

/** Checks that the upstream's name has an address, by the resolver that connections use. */
export const nameResolution: Check<NetworkInput> = {
  id: 'dns',
  title: 'Name resolution',
  needs: [],
  async run({ config, env }) {
    const { host, isAddress } = endpointOf(config.UPSTREAM_URL);
    if (isAddress) return passed(`${host} is an address`);
    try {
      const addresses = await lookup(host, { all: true });
      const shown = addresses.slice(0, MAX_ADDRESSES).map(({ address }) => address);
      const others = addresses.length > shown.length ? `, and ${addresses.length - shown.length} more` : '';
      return passed(`${host} is ${shown.join(', ')}${others}`);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOTFOUND')
        return failed(
          `the name ${host} does not exist (ENOTFOUND)`,
          `Correct the host of UPSTREAM_URL, or make the name known to the resolver of this machine.${proxyHint(env)}`,
        );
      return failed(
        `${host} could not be resolved: no name server answered (${code})`,
        `Check the network of this machine and its name servers in /etc/resolv.conf.${proxyHint(env)}`,
      );
    }
  },
};
