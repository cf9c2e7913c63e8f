import type { CheckResult, Status } from './check.ts';

const MARKS: Readonly<Record<Status, string>> = { passed: '✓', warning: '!', failed: '✗', skipped: '–' };

/** Widest title, so that findings stand in one column. */
const TITLE_WIDTH = 16;

/** Formats what a check came to for people: one line, and one more for each of its details, each with its line end. */
export function formatResult({ status, title, found, advice, details }: CheckResult): string {
  const line = `${MARKS[status]} ${title.padEnd(TITLE_WIDTH)} ${found}${advice === null ? '' : `. ${advice}`}`;
  return [line, ...details.map(detail => `    ${detail}`)].map(text => `${text}\n`).join('');
}

/** Formats the last line for people. */
export function formatSummary(results: readonly CheckResult[]): string {
  const count = (status: Status): number => results.filter(result => result.status === status).length;
  const counts = `${count('passed')} passed, ${count('warning')} to look at, ${count('failed')} failed, ${count('skipped')} skipped`;
  const [first] = results.filter(({ status }) => status === 'failed');
  return first === undefined ? `${counts}.\n` : `${counts}. Correct ${first.title} first.\n`;
}

/** Formats all results for machines. */
export function formatJson(results: readonly CheckResult[]): string {
  return `${JSON.stringify({ ok: isWell(results), checks: results }, null, 2)}\n`;
}

/** Whether no check failed. */
export function isWell(results: readonly CheckResult[]): boolean {
  return results.every(({ status }) => status !== 'failed');
}
