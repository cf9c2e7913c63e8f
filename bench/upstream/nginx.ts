import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOAD_CORE } from '../machine.ts';
import type { Running } from '../process.ts';
import { launch } from '../process.ts';
import { authorizationOf } from './caller.ts';
import { wireMeeting } from './meeting.ts';

/** Starts the fast upstream, which is not Node: nginx with a meeting for every id, and 401 without credentials. */
export function startNginx(port: number, dir: string): Running {
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, configOf(port, dir));
  return launch({
    command: 'nginx',
    args: ['-p', dir, '-e', join(dir, 'nginx-error.log'), '-c', config],
    env: {},
    core: LOAD_CORE,
    log: join(dir, 'nginx.log'),
    cwd: dir,
  });
}

function configOf(port: number, dir: string): string {
  const caller = { key: '$http_ocp_apim_subscription_key', subject: '$subject' };
  const body = JSON.stringify(wireMeeting('$meeting', caller));
  const authorization = authorizationOf({ key: '', subject: '(?<subject>[A-Za-z0-9_-]{16})' });
  if (body.includes("'")) throw new Error('the meeting must not hold quotes of nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(kind => `  ${kind}_temp_path ${join(dir, kind)};`)
    .join('\n');
  return `daemon off;
master_process off;
worker_processes 1;
pid ${join(dir, 'nginx.pid')};
events { worker_connections 4096; }
http {
  access_log off;
${temporary}
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  default_type application/json;
  map $http_authorization $known {
    "~^${authorization.replaceAll('.', '\\.')}$" yes;
  }
  server {
    listen 127.0.0.1:${port};
    location ~ ^/zoom/Meeting/(?<meeting>[0-9a-f-]+)/Sync$ {
      if ($http_ocp_apim_subscription_key = "") { return 401; }
      if ($known = "") { return 401; }
      return 200 '${body}';
    }
  }
}
`;
}
