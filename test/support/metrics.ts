import { expect } from 'vitest';
import type { Gateway } from '../../src/gateway.ts';
import { send } from './http.ts';

/** The values of a scrape, by series as it stands in the text: `name{label="value"}`. */
export type Scrape = ReadonlyMap<string, number>;

/** Asks a gateway for its metrics, as Prometheus does. */
export async function scrapeText({ adminUrl }: Pick<Gateway, 'adminUrl'>): Promise<string> {
  const { status, headers, text } = await send(`${adminUrl}/metrics`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return text;
}

/** Reads the metrics of a gateway. */
export async function scrape(gateway: Pick<Gateway, 'adminUrl'>): Promise<Scrape> {
  const lines = (await scrapeText(gateway)).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  const series = new Map<string, number>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    expect([line, series.has(name), value]).toEqual([line, false, expect.stringMatching(/^(?:\d|\+Inf$)/)]);
    series.set(name, Number(value.replace('+Inf', 'Infinity')));
  }
  return series;
}

/** The series of a metric that are not 0, without its name: `outcome="ok"` for `name{outcome="ok"}`. */
export function valuesOf(series: Scrape, name: string): Record<string, number> {
  const entries = [...series].filter(([key, value]) => key.replace(/\{.*/, '') === name && value !== 0);
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(name.length + 1, -1), value]));
}
