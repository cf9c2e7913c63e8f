import { it } from 'vitest';
import { isInstalled, readConfiguration, replaceAll, startProxy } from './support/proxy.ts';
import { expectNothingCut, restartUnderLoad } from './support/restart-under-load.ts';

const { text, drainMs } = await readConfiguration('haproxy.cfg');

it.skipIf(!isInstalled('haproxy'))(
  'behind HAProxy no request fails while replicas are restarted, and none of them cuts anything off',
  async () => {
    const outcome = await restartUnderLoad(drainMs, ([first, second]) =>
      startProxy({
        program: 'haproxy',
        args: folder => ['-db', '-f', `${folder}/haproxy.cfg`],
        files: (folder, port) => ({
          'haproxy.cfg': replaceAll(text, {
            'bind :443': `bind 127.0.0.1:${port}`,
            '/etc/haproxy/': `${folder}/`,
            // On one machine, each replica has an admin port of its own.
            '10.0.0.11:4000': `127.0.0.1:${first?.port} port ${first?.adminPort}`,
            '10.0.0.12:4000': `127.0.0.1:${second?.port} port ${second?.adminPort}`,
          }),
        }),
      }),
    );
    expectNothingCut(outcome);
  },
);
