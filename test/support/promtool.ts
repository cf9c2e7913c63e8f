import { spawnSync } from 'node:child_process';

/** Whether the tool of Prometheus is installed (Debian: prometheus). Where it is not, one line says what is not tested. */
export const HAS_PROMTOOL = promtool(['--version']).status === 0;
if (!HAS_PROMTOOL)
  process.stderr.write('promtool is not installed: metrics and alert rules are not checked by it.\n');

/** Runs promtool. @param input what it reads from standard input. @returns its exit status and all it has written, in order. */
export function promtool(args: readonly string[], input = '') {
  const { status, stdout } = spawnSync('sh', ['-c', 'exec promtool "$@" 2>&1', 'sh', ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, output: stdout };
}
