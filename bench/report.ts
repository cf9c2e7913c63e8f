import { judge } from './goals.ts';
import type { Outcomes } from './outcome.ts';
import { isVoid } from './outcome.ts';
import type { Results } from './results.ts';
import type { ServerName } from './servers/list.ts';
import { SERVER_NAMES, SERVERS } from './servers/list.ts';
import type { Capacity } from './workloads/capacity.ts';
import { FIFTY } from './workloads/capacity.ts';

/** Everything a run found, as text for a terminal. */
export function report({ date, machine, quick, figures }: Results): string {
  const { a, b, c, d, e, f, g, h } = figures;
  const parts = [
    `${date} · ${machine.cpu}, ${machine.cores} cores · Node ${machine.node}`,
    ...(quick ? ['Quick run: too short to compare by.'] : []),
  ];
  if (a) parts.push(capacityTable('(a) one meeting, all 33 fields, distinct ids and callers', a));
  if (b) {
    const columns = ['µs CPU/meeting', '× limit', '× ours', '× its (a)', 'queries/s'];
    parts.push(
      table('(b) one query of 50 meetings', columns, b, (one, name) => [
        (one.cpu / FIFTY.meetings).toFixed(0),
        ratio(b, 'limit', one.cpu, outcome => outcome.cpu),
        againstOurs(b, name, one, outcome => outcome.cpu),
        a ? ratio(a, name, one.cpu / FIFTY.meetings, outcome => outcome.cpu) : '-',
        one.queriesPerSecond.toFixed(1),
      ]),
    );
  }
  if (c) {
    const columns = ['hits/round trip', 'most at once', 'queries/s', 'p50 ms', 'p99 ms'];
    parts.push(
      table('(c) 200 clients, one meeting, one credential, upstream 50 ms', columns, c, (one, name) => [
        one.hitsPerRoundTrip.toFixed(2) +
          ahead(c, name, one.hitsPerRoundTrip, outcome => outcome.hitsPerRoundTrip),
        String(one.mostAtOnce),
        one.queriesPerSecond.toFixed(0),
        one.p50.toFixed(0),
        one.p99.toFixed(0),
      ]),
    );
  }
  for (const [share, outcomes] of Object.entries(d ?? {})) {
    const columns = ['queries/s', 'failed', 'hits/query', 'error shown to clients'];
    parts.push(
      table(`(d) ${share} of the upstream's answers are 503`, columns, outcomes, one => [
        one.queriesPerSecond.toFixed(0),
        `${(one.failed * 100).toFixed(1)}%`,
        one.hitsPerQuery.toFixed(2),
        (one.leaks ? 'TELLS OF THE UPSTREAM ' : '') + one.sample.slice(0, 90),
      ]),
    );
  }
  if (e) {
    const columns = ['queries', 'MB at 10%', 'MB at the end'];
    parts.push(
      table('(e) memory over many queries', columns, e, one => [
        String(one.queries),
        (one.rssEarly / 1e6).toFixed(0),
        (one.rssEnd / 1e6).toFixed(0),
      ]),
    );
  }
  if (f) {
    parts.push(
      table('(f) start to first answer', ['ms', '× ours'], f, (one, name) => [
        one.milliseconds.toFixed(0),
        againstOurs(f, name, one, outcome => outcome.milliseconds),
      ]),
    );
  }
  if (g) {
    const columns = ['queries/s', 'p50 ms', 'p99 ms'];
    parts.push(
      table('(g) added to a direct upstream call, at a fifth of its own peak', columns, g, (one, name) => [
        String(one.rate),
        one.addedP50.toFixed(2) + ahead(g, name, one.addedP50, outcome => outcome.addedP50),
        one.addedP99.toFixed(2) + ahead(g, name, one.addedP99, outcome => outcome.addedP99),
      ]),
    );
  }
  if (h) parts.push(capacityTable('(h) as (a), one request at a time', h));
  const goals = judge(figures).map(
    goal => `  ${goal.met ? 'met   ' : 'MISSED'} ${goal.text}: ${goal.measured}`,
  );
  if (goals.length > 0) parts.push(`Goals\n${goals.join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

function table<T extends object>(
  title: string,
  columns: readonly string[],
  outcomes: Outcomes<T>,
  cells: (figures: T, name: ServerName) => string[],
): string {
  const rows = [['', ...columns]];
  const voids: string[] = [];
  for (const name of SERVER_NAMES) {
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

function ratio<T extends object>(
  outcomes: Outcomes<T>,
  to: ServerName,
  value: number,
  read: (figures: T) => number,
): string {
  const base = outcomes[to];
  return base === undefined || isVoid(base) ? '-' : (value / read(base)).toFixed(2);
}

function capacityTable(title: string, outcomes: Outcomes<Capacity>): string {
  const columns = ['µs CPU', '× limit', '× ours', 'queries/s', 'µs of each round'];
  return table(title, columns, outcomes, (one, name) => [
    one.cpu.toFixed(0),
    ratio(outcomes, 'limit', one.cpu, outcome => outcome.cpu),
    againstOurs(outcomes, name, one, outcome => outcome.cpu),
    one.queriesPerSecond.toFixed(0),
    one.cpuOfRounds.map(cpu => cpu.toFixed(0)).join(' '),
  ]);
}

/** The ratio of a server's figure to ours, and whether it is better. */
function againstOurs<T extends object>(
  outcomes: Outcomes<T>,
  name: ServerName,
  figures: T,
  read: (figures: T) => number,
): string {
  const value = read(figures);
  return ratio(outcomes, 'gateway', value, read) + ahead(outcomes, name, value, read);
}

/** Says where a peer is better than the gateway; of all these figures less is better. */
function ahead<T extends object>(
  outcomes: Outcomes<T>,
  name: ServerName,
  value: number,
  read: (figures: T) => number,
): string {
  const ours = outcomes.gateway;
  if (SERVERS[name].role !== 'peer' || ours === undefined || isVoid(ours)) return '';
  return value < read(ours) ? ' AHEAD OF US' : '';
}
