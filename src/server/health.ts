import type { HttpHandler, HttpResponse } from './http-message.ts';
import { JSON_HEADERS } from './reply.ts';

const OK: HttpResponse = { status: 200, headers: JSON_HEADERS, body: '{"status":"ok"}' };

/** Reports that the process is alive, whatever its lifecycle state: a gateway that is draining must not be restarted. */
export const health: HttpHandler = () => OK;
