import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JSONWebKeySet } from 'jose';
import { LOAD_CORE } from '../machine.ts';
import { freePort } from '../ports.ts';
import type { Running } from '../process.ts';
import { launch } from '../process.ts';
import type { Callers } from './caller.ts';
import type { Certificate } from './certificate.ts';
import { wireMeeting } from './meeting.ts';

/** What an nginx is to answer. */
export interface NginxOptions {
  /** Whose tokens it answers to. */
  readonly callers: Callers;
  /** Free by default. */
  readonly port?: number;
  /** With one it speaks TLS. */
  readonly tls?: Certificate;
  /** The key set at `KEYS_PATH`. */
  readonly keys?: JSONWebKeySet;
}

/** Where nginx has the key set, and issuers have theirs. */
export const KEYS_PATH = '/.well-known/jwks.json';

/** The fast upstream. */
export interface Nginx extends Running {
  readonly url: string;
}

/**
 * Starts the fast upstream, which is not Node: nginx with a meeting for every id, and 401 without credentials.
 * It also takes spans, as an OTLP receiver does, and has a key set.
 * @param dir a folder of its own.
 */
export async function startNginx(dir: string, options: NginxOptions): Promise<Nginx> {
  const port = options.port ?? (await freePort());
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, configOf(dir, port, options));
  const running = launch({
    command: 'nginx',
    args: ['-p', dir, '-e', join(dir, 'nginx-error.log'), '-c', config],
    env: {},
    core: LOAD_CORE,
    log: join(dir, 'nginx.log'),
    cwd: dir,
  });
  return { ...running, url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}` };
}

function configOf(dir: string, port: number, { callers, tls, keys }: NginxOptions): string {
  const body = quote(
    JSON.stringify(wireMeeting('$meeting', { key: '$http_ocp_apim_subscription_key', subject: '$subject' })),
  );
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(kind => `  ${kind}_temp_path ${join(dir, kind)};`)
    .join('\n');
  const subjects = [...callers.known].map(([authorization, subject]) => `    "${authorization}" ${subject};`);
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
  client_max_body_size 0;
  map_hash_max_size 65536;
  map_hash_bucket_size 8192;
  map $http_authorization $subject {
    default "";
${subjects.join('\n')}
  }
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};
${tls === undefined ? '' : `    ssl_certificate ${tls.certificate};\n    ssl_certificate_key ${tls.key};\n`}
    location ~ ^/zoom/Meeting/(?<meeting>[0-9a-f-]+)/Sync$ {
      if ($http_ocp_apim_subscription_key = "") { return 401; }
      if ($subject = "") { return 401; }
      return 200 ${body};
    }
    location = ${KEYS_PATH} {
      return 200 ${quote(JSON.stringify(keys ?? { keys: [] }))};
    }
    location = /v1/traces {
      access_log ${join(dir, 'traces.log')};
      default_type application/x-protobuf;
      return 200 "";
    }
  }
}
`;
}

function quote(text: string): string {
  if (text.includes("'")) throw new Error('what nginx answers must not hold its quotes');
  return `'${text}'`;
}
