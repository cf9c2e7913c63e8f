import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { CheckResult } from '../../src/doctor/check.ts';
import { formatJson, formatResult } from '../../src/doctor/format.ts';
import type { ProcessFacts } from '../../src/doctor/input.ts';
import type { DoctorOptions } from '../../src/doctor/run-checks.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { readManifest } from '../../src/graphql/plugins/manifest.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { schema } from '../../src/schema/index.ts';

/** A process in which nothing is wrong. */
export const FACTS: ProcessFacts = {
  nodeVersion: '24.21.0',
  requiredNode: '>=24',
  heapLimit: 128 * 1024 * 1024,
  memoryLimit: null,
};

/** What the doctor found. */
export interface Diagnosis {
  readonly results: readonly CheckResult[];
  /** Each line of text by the id of its check, without its details. */
  readonly lines: Readonly<Record<string, string>>;
  /** All that it would print, for people and for machines. */
  readonly output: string;
}

/** Runs the checks in this process. */
export async function diagnose(
  env: Readonly<Record<string, string>>,
  options: Partial<DoctorOptions> = {},
): Promise<Diagnosis> {
  const results: CheckResult[] = [];
  const checks = runChecks({
    env,
    files: {
      readFile: path => readFileSync(path, 'utf8'),
      parseManifest: text => readManifest(text, schema),
    },
    facts: FACTS,
    configOnly: false,
    meetingId: null,
    clock: systemClock,
    now: Date.now,
    ...options,
  });
  for await (const result of checks) results.push(result);
  const lines = results.map(result => [result.id, formatResult(result).split('\n')[0] ?? ''] as const);
  return {
    results,
    lines: Object.fromEntries(lines),
    output: results.map(formatResult).join('') + formatJson(results),
  };
}

/** The id of the first check that failed; null where none did. */
export function firstFailure({ results }: Diagnosis): string | null {
  return results.find(({ status }) => status === 'failed')?.id ?? null;
}

/** Has this process trust a certificate until the end of the scope. */
export function trust(certificate: string): Disposable {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificate]);
  return { [Symbol.dispose]: () => setDefaultCACertificates(before) };
}
