import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import packageJson from '../../package.json' with { type: 'json' };
import { readArguments, USAGE } from '../doctor/arguments.ts';
import type { CheckResult } from '../doctor/check.ts';
import { formatJson, formatResult, formatSummary, isWell } from '../doctor/format.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { readManifest } from '../graphql/plugins/manifest.ts';
import { systemClock } from '../lib/clock.ts';
import { schema } from '../schema/index.ts';

const parsed = readArguments(process.argv.slice(2));
if (parsed === null || parsed.help) {
  (parsed === null ? process.stderr : process.stdout).write(USAGE);
  process.exitCode = parsed === null ? 1 : 0;
} else {
  const results: CheckResult[] = [];
  for await (const result of runChecks({
    env: process.env,
    files: {
      readFile: path => readFileSync(path, 'utf8'),
      parseManifest: text => readManifest(text, schema),
    },
    facts: {
      nodeVersion: process.versions.node,
      requiredNode: packageJson.engines.node,
      heapLimit: getHeapStatistics().heap_size_limit,
      memoryLimit: memoryLimit(),
    },
    configOnly: parsed.configOnly,
    meetingId: parsed.meetingId,
    clock: systemClock,
    now: Date.now,
  })) {
    results.push(result);
    if (!parsed.json) process.stdout.write(formatResult(result));
  }
  const end = parsed.json ? formatJson(results) : formatSummary(results);
  // At once: a name that is still being resolved would keep the process alive.
  process.stdout.write(end, () => process.exit(isWell(results) ? 0 : 1));
}

/** The memory limit of the process's cgroup in bytes; null without one. */
function memoryLimit(): number | null {
  const limit = process.constrainedMemory();
  // Without a limit, Linux has one beyond any memory.
  return limit === 0 || limit > Number.MAX_SAFE_INTEGER ? null : limit;
}
