import { it } from 'vitest';
import { isInstalled, readConfiguration, replaceAll, startProxy } from './support/proxy.ts';
import { expectNothingCut, restartUnderLoad } from './support/restart-under-load.ts';

const { text, drainMs } = await readConfiguration('nginx.conf');

/** What is around the configuration in the main file of nginx. */
const mainFile = (folder: string): string => `
  daemon off;
  master_process off;
  pid ${folder}/nginx.pid;
  error_log stderr;
  events { worker_connections 1024; }
  http {
    access_log off;
    client_body_temp_path ${folder}/bodies;
    proxy_temp_path ${folder}/proxied;
    include ${folder}/gateway.conf;
  }
`;

it.skipIf(!isInstalled('nginx'))(
  'behind nginx no request fails while replicas are restarted, and none of them cuts anything off',
  async () => {
    const outcome = await restartUnderLoad(drainMs, ([first, second]) =>
      startProxy({
        program: 'nginx',
        args: folder => ['-p', folder, '-c', `${folder}/main.conf`, '-e', 'stderr'],
        files: (folder, port) => ({
          'main.conf': mainFile(folder),
          'gateway.conf': replaceAll(text, {
            'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
            '/etc/nginx/': `${folder}/`,
            '10.0.0.11:4000': `127.0.0.1:${first?.port}`,
            '10.0.0.12:4000': `127.0.0.1:${second?.port}`,
          }),
        }),
      }),
    );
    expectNothingCut(outcome);
  },
);
