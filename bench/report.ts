import { judge } from './goals.ts';
import type { Outcomes } from './outcome.ts';
import type { Results } from './results.ts';
import { SERVER_NAMES, SERVERS } from './servers/list.ts';
import { formatValue } from './summary.ts';
import { againstOurs, ahead, ratio, table } from './table.ts';
import type { Capacity } from './workloads/capacity.ts';
import { FIFTY } from './workloads/shapes.ts';

/** Everything a run found, as text for a terminal. */
export function report({ date, machine, quick, figures }: Results): string {
  const { a, b, c, d, e, f, g, h, i } = figures;
  const parts = [
    `${date} · ${machine.cpu}, ${machine.cores} cores · Node ${machine.node}`,
    ...(quick ? ['Quick run: too short to compare by.'] : []),
  ];
  if (a) parts.push(...capacityTables('(a) one meeting, all 33 fields, distinct ids and callers', a));
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
      table('(f) start to first answer', ['ms', '× limit', '× ours'], f, (one, name) => [
        one.milliseconds.toFixed(0),
        ratio(f, 'limit', one.milliseconds, outcome => outcome.milliseconds),
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
  if (h) parts.push(...capacityTables('(h) as (a), one request at a time', h));
  if (i) {
    parts.push(
      table('(i) the first 20 queries after a start', ['slowest ms', 'mean ms'], i, (one, name) => [
        one.slowest.toFixed(1) + ahead(i, name, one.slowest, outcome => outcome.slowest),
        one.mean.toFixed(1) + ahead(i, name, one.mean, outcome => outcome.mean),
      ]),
    );
  }
  const goals = judge(figures).map(({ goal, value, isMet }) => {
    const most = formatValue(goal.most, goal.unit);
    return `  ${isMet ? 'met   ' : 'MISSED'} ${goal.text}: ${formatValue(value, goal.unit)}, at most ${most}`;
  });
  if (goals.length > 0) parts.push(`Goals\n${goals.join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

/** One table of the servers that are compared with ours, and one of the variants. */
function capacityTables(title: string, outcomes: Outcomes<Capacity>): string[] {
  const cpu = (figures: Capacity): number => figures.cpu;
  const columns = ['queries/s', 'peak MiB', 'µs of each round'];
  const cells = (one: Capacity): string[] => [
    one.queriesPerSecond.toFixed(0),
    one.peakMemory === undefined ? '-' : (one.peakMemory / 2 ** 20).toFixed(0),
    one.cpuOfRounds.map(round => round.toFixed(0)).join(' '),
  ];
  const measured = SERVER_NAMES.filter(name => outcomes[name] !== undefined);
  const plain = measured.filter(name => SERVERS[name].variantOf === undefined);
  const variants = measured.filter(name => SERVERS[name].variantOf !== undefined);
  const plainTable = table(
    title,
    ['µs CPU', '× limit', '× ours', ...columns],
    outcomes,
    (one, name) => [
      one.cpu.toFixed(0),
      ratio(outcomes, 'limit', one.cpu, cpu),
      againstOurs(outcomes, name, one, cpu),
      ...cells(one),
    ],
    plain,
  );
  const variantsTable = table(
    `${title}: variants`,
    ['µs CPU', '× without', '× ours with', ...columns],
    outcomes,
    (one, name) => [
      one.cpu.toFixed(0),
      ratio(outcomes, SERVERS[name].variantOf, one.cpu, cpu),
      SERVERS[name].ours === undefined ? '-' : againstOurs(outcomes, name, one, cpu),
      ...cells(one),
    ],
    variants,
  );
  return [...(plain.length > 0 ? [plainTable] : []), ...(variants.length > 0 ? [variantsTable] : [])];
}
