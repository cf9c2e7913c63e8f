import type { Check } from '../check.ts';
import { failed, passed } from '../check.ts';
import type { LocalInput } from '../input.ts';

/** Checks the version of Node.js against that of package.json. */
export const nodeVersion: Check<LocalInput> = {
  id: 'node',
  title: 'Node.js',
  needs: [],
  run({ facts: { nodeVersion: version, requiredNode } }) {
    const least = Number(/\d+/.exec(requiredNode)?.[0]);
    if (Number.parseInt(version, 10) >= least) return passed(`version ${version}`);
    return failed(
      `version ${version}, and the gateway needs ${requiredNode}`,
      `Start the gateway with Node.js ${least}; on Linux, npm ci installs it into node_modules.`,
    );
  },
};
