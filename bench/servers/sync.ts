import type { IncomingHttpHeaders } from 'node:http';
import { Pool } from 'undici';
import type { Meeting } from '../../sandbox/meeting.ts';
import { CONNECTIONS, pathOf, UPSTREAM_URL } from './environment.ts';

const pool = new Pool(UPSTREAM_URL, { connections: CONNECTIONS, allowH2: false });

/** One upstream call by the fastest client there is, with the caller's credentials. */
export async function sync(id: string, headers: IncomingHttpHeaders): Promise<Meeting> {
  const { statusCode, body } = await pool.request({
    method: 'GET',
    path: pathOf(id),
    headers: {
      accept: 'application/json',
      authorization: headers.authorization,
      'ocp-apim-subscription-key': headers['ocp-apim-subscription-key'],
    },
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`The upstream answered ${statusCode}.`);
  return JSON.parse(text);
}
