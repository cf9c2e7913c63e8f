import { isVoid } from './outcome.ts';
import type { Results } from './results.ts';
import type { Server } from './servers/list.ts';
import { SERVER_NAMES, SERVERS } from './servers/list.ts';

const WIDTH = 760;
const LABELS = 290;
const VALUES = 70;
const ROW = 30;
const TOP = 66;

const LEGEND: readonly (readonly [role: Server['role'], text: string])[] = [
  ['ours', 'this gateway, all protections on'],
  ['peer', 'peers'],
  ['limit', 'the limit: no GraphQL'],
];

/** Workload a as an SVG bar chart, readable on light and on dark; undefined when it was not run. */
export function chart({ date, machine, figures }: Results): string | undefined {
  if (figures.a === undefined) return undefined;
  const bars: { server: Server; cpu: number }[] = [];
  for (const name of SERVER_NAMES) {
    const outcome = figures.a[name];
    if (outcome !== undefined && !isVoid(outcome)) bars.push({ server: SERVERS[name], cpu: outcome.cpu });
  }
  bars.sort((one, other) => one.cpu - other.cpu);
  const scale = (WIDTH - LABELS - VALUES) / Math.max(...bars.map(bar => bar.cpu));
  const height = TOP + bars.length * ROW + 34;
  const rows = bars.map(({ server: { title, role }, cpu }, n) => {
    const y = TOP + n * ROW;
    const weight = role === 'ours' ? ' font-weight="bold"' : '';
    return [
      `<text x="${LABELS - 10}" y="${y + 15}" text-anchor="end"${weight}>${escapeXml(title)}</text>`,
      `<rect class="${role}" x="${LABELS}" y="${y}" width="${(cpu * scale).toFixed(1)}" height="20" rx="2"/>`,
      `<text x="${(LABELS + cpu * scale + 8).toFixed(1)}" y="${y + 15}"${weight}>${cpu.toFixed(0)} µs</text>`,
    ].join('\n');
  });
  const legend = LEGEND.map(([role, text], n) => {
    const x = 20 + n * 240;
    return `<rect class="${role}" x="${x}" y="36" width="12" height="12" rx="2"/><text x="${x + 18}" y="47">${text}</text>`;
  });
  const caption = `${date.slice(0, 10)} · ${machine.cpu}, ${machine.cores} cores · Node ${machine.node} · lower is better`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="CPU time of a query, by server">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
text[font-weight] { font-weight: 700 }
.title { font-size: 15px; font-weight: 600 }
.ours { fill: #0969da } .peer { fill: #9aa4af } .limit { fill: #57ab5a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.ours { fill: #4493f8 } .peer { fill: #6e7681 }
}
</style>
<text class="title" x="20" y="22">CPU time of one query: one meeting, 33 fields, a new id and caller each time</text>
${legend.join('\n')}
${rows.join('\n')}
<text x="20" y="${height - 12}">${escapeXml(caption)}</text>
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
