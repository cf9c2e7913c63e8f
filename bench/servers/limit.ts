import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { PORT } from './environment.ts';
import { sync } from './sync.ts';

/** The limit: node:http and undici, no GraphQL. JSON in, JSON through, JSON out. */
const server = createServer((request, response) => void answer(request, response));
server.listen(PORT, '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { variables } = JSON.parse(Buffer.concat(chunks).toString());
  let result: object;
  try {
    result = { data: await dataFor(variables, request.headers) };
  } catch {
    result = { data: null, errors: [{ message: 'The upstream failed.' }] };
  }
  const body = JSON.stringify(result);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function dataFor({ id, ids }: { id?: string; ids?: string[] }, headers: Parameters<typeof sync>[1]) {
  if (id !== undefined) return { syncMeeting: await sync(id, headers) };
  return { syncMeetings: await Promise.all((ids ?? []).map(one => sync(one, headers))) };
}
