import type { Outcomes } from './outcome.ts';
import { isVoid, usable } from './outcome.ts';
import type { ServerName } from './servers/list.ts';
import { oursFor, SERVER_NAMES, SERVERS } from './servers/list.ts';

/** Figures of a workload as a table for a terminal, a row for each server that has some; what is void is listed below it. */
export function table<T extends object>(
  title: string,
  columns: readonly string[],
  outcomes: Outcomes<T>,
  cells: (figures: T, name: ServerName) => readonly string[],
  names: readonly ServerName[] = SERVER_NAMES,
): string {
  const rows = [['', ...columns]];
  const voids: string[] = [];
  for (const name of names) {
    const outcome = outcomes[name];
    if (outcome === undefined) continue;
    if (isVoid(outcome)) voids.push(`  VOID ${SERVERS[name].title}: ${outcome.void}`);
    else rows.push([SERVERS[name].title, ...cells(outcome, name)]);
  }
  const widths = rows[0]?.map((_cell, n) => Math.max(...rows.map(row => row[n]?.length ?? 0))) ?? [];
  const lines = rows.map(row =>
    `  ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  ')}`.trimEnd(),
  );
  return [title, ...lines, ...voids].join('\n');
}

/** A value as a multiple of another server's figure; '-' without one. */
export function ratio<T extends object>(
  outcomes: Outcomes<T>,
  to: ServerName | undefined,
  value: number,
  read: (figures: T) => number,
): string {
  const base = to === undefined ? undefined : usable(outcomes[to]);
  return base === undefined ? '-' : (value / read(base)).toFixed(2);
}

/** A server's figure as a multiple of ours, and whether it is better. */
export function againstOurs<T extends object>(
  outcomes: Outcomes<T>,
  name: ServerName,
  figures: T,
  read: (figures: T) => number,
): string {
  const value = read(figures);
  return ratio(outcomes, oursFor(name), value, read) + ahead(outcomes, name, value, read);
}

/** Says where a peer is better than the gateway; of all these figures less is better. */
export function ahead<T extends object>(
  outcomes: Outcomes<T>,
  name: ServerName,
  value: number,
  read: (figures: T) => number,
): string {
  const ours = usable(outcomes[oursFor(name)]);
  return SERVERS[name].role === 'peer' && ours !== undefined && value < read(ours) ? ' AHEAD OF US' : '';
}
