import { MEASURES, ratioOf } from './measures.ts';
import type { Results } from './results.ts';
import type { Server } from './servers/list.ts';
import { SERVER_NAMES, SERVERS } from './servers/list.ts';
import { median } from './stats.ts';

const WIDTH = 760;
const LABELS = 290;
const VALUES = 90;
const ROW = 30;
const TOP = 66;

const LEGEND: readonly (readonly [role: Server['role'], text: string])[] = [
  ['ours', 'this gateway, all protections on'],
  ['peer', 'peers'],
  ['limit', 'the limit: no GraphQL'],
];

/** A server's ratios to the limit: the median of the runs, and their range. */
interface Bar {
  readonly server: Server;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Workload a of some runs as an SVG bar chart, readable on light and on dark. It shows ratios to the limit of each run, as times of
 * different machines and hours do not compare.
 * @returns undefined when no run has figures of it.
 */
export function chart(runs: readonly Pick<Results, 'date' | 'figures'>[]): string | undefined {
  const measured = runs.filter(({ figures }) => MEASURES.one.of(figures, 'limit') !== undefined);
  const bars = barsOf(measured);
  if (bars.length === 0) return undefined;
  const scale = (WIDTH - LABELS - VALUES) / Math.max(...bars.map(bar => bar.high));
  const height = TOP + bars.length * ROW + 34;
  const rows = bars.map(({ server: { title, role }, middle, low, high }, n) => {
    const y = TOP + n * ROW;
    const weight = role === 'ours' ? ' font-weight="bold"' : '';
    const x = (ratio: number): string => (LABELS + ratio * scale).toFixed(1);
    return [
      `<text x="${LABELS - 10}" y="${y + 15}" text-anchor="end"${weight}>${escapeXml(title)}</text>`,
      `<rect class="${role}" x="${LABELS}" y="${y}" width="${(middle * scale).toFixed(1)}" height="20" rx="2"/>`,
      ...(low === high ? [] : [`<path d="M${x(low)} ${y + 10}H${x(high)}"/>`]),
      `<text x="${(LABELS + high * scale + 8).toFixed(1)}" y="${y + 15}"${weight}>${middle.toFixed(2)} ×</text>`,
    ].join('\n');
  });
  const legend = LEGEND.map(([role, text], n) => {
    const x = 20 + n * 240;
    return `<rect class="${role}" x="${x}" y="36" width="12" height="12" rx="2"/><text x="${x + 18}" y="47">${text}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="CPU time of a query as a multiple of the limit, by server">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
text[font-weight] { font-weight: 700 }
path { stroke: #1f2328; stroke-width: 1.5 }
.title { font-size: 15px; font-weight: 600 }
.ours { fill: #0969da } .peer { fill: #9aa4af } .limit { fill: #57ab5a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
path { stroke: #e6edf3 }
.ours { fill: #4493f8 } .peer { fill: #6e7681 }
}
</style>
<text class="title" x="20" y="22">CPU time of one query, as a multiple of the limit: one meeting, 33 fields</text>
${legend.join('\n')}
${rows.join('\n')}
<text x="20" y="${height - 12}">${captionOf(measured.map(({ date }) => date.slice(0, 10)))}</text>
</svg>
`;
}

/** The servers that are variants of no other, the fastest first. */
function barsOf(runs: readonly Pick<Results, 'figures'>[]): Bar[] {
  const bars = SERVER_NAMES.filter(name => SERVERS[name].variantOf === undefined).flatMap(name => {
    const ratios = runs.flatMap(({ figures }) => ratioOf(MEASURES.one, figures, name, 'limit') ?? []);
    if (ratios.length === 0) return [];
    return [
      {
        server: SERVERS[name],
        middle: median(ratios),
        low: Math.min(...ratios),
        high: Math.max(...ratios),
      },
    ];
  });
  return bars.toSorted((bar, other) => bar.middle - other.middle);
}

function captionOf(dates: readonly string[]): string {
  const [first = ''] = dates;
  const last = dates.at(-1) ?? '';
  if (dates.length === 1) return `One run, ${first} · lower is better`;
  return `Median of ${dates.length} runs, ${first === last ? first : `${first} to ${last}`}, and their range · lower is better`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
