import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Results } from './results.ts';

const FOLDER = new URL('results/', import.meta.url);

/** A run whose figures are published. */
export interface Published extends Results {
  /** Its file, in bench/results/. */
  readonly file: string;
}

/** All published runs, the oldest first. */
export function readPublished(): Published[] {
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.json'))
    .toSorted()
    .map(file => {
      const results: Results = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
      return { ...results, file };
    });
}

/** Publishes a run. @returns the path of its file. */
export function publish(results: Results): string {
  const url = new URL(fileNameOf(results), FOLDER);
  writeFileSync(url, jsonOf(results));
  return fileURLToPath(url);
}

/** The minute in which a run ended, and a short name of its machine. */
export function fileNameOf({ date, machine }: Pick<Results, 'date' | 'machine'>): string {
  const cpu = machine.cpu
    .toLowerCase()
    .replaceAll(/\((?:r|tm)\)|\b(?:cpu|processor)\b/g, ' ')
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '')
    .join('-');
  return `${date.slice(0, 16).replace(':', '')}-${cpu}.json`;
}

/** As the formatter of the project would write it: three decimals are more than the figures are worth, lists stay on a line. */
export function jsonOf(results: Results): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  const text = JSON.stringify(results, rounded, 2);
  return `${text.replace(/\[\n[^\]{]*\]/g, list => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`;
}
