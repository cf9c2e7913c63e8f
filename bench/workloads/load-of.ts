import type { Load } from '../load/wrk.ts';
import { requestTemplate } from '../request.ts';
import type { Started } from '../stage.ts';
import type { Shape } from './shapes.ts';

/** The load that asks a server for meetings nobody asked for before. */
export function loadOf(
  { url, server, callers: { template, tokens } }: Started,
  { meetings, connections }: Shape,
): Omit<Load, 'seconds'> {
  const request = requestTemplate(server.dialect, meetings, template);
  return { url, template: request, tokens, connections, ids: 'distinct' };
}
