import { printable } from './printable.ts';

/** What came of a check. A warning does not keep the gateway from working today. */
export type Status = 'passed' | 'warning' | 'failed' | 'skipped';

/** What a check found. All its texts can be shown to anybody: no credentials, no values of meetings. */
export interface Finding {
  readonly status: Status;
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly advice: string | null;
  /** More of what was found, a line each. */
  readonly details: readonly string[];
}

/** A check that needs `Input` to run. */
export interface Check<Input> {
  /** Its name for machines. */
  readonly id: string;
  /** Its name for people. */
  readonly title: string;
  /** The ids of checks without whose success this one would only repeat their failure. */
  readonly needs: readonly string[];
  run(input: Input): Finding | Promise<Finding>;
}

/** What one check came to. */
export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
}

/** Longest text of a finding, in characters: all fields of a meeting fit. And most lines of details. */
const MAX_TEXT = 1_000;
const MAX_DETAILS = 50;

/** All is well. */
export function passed(found: string, details: readonly string[] = []): Finding {
  return finding('passed', found, null, details);
}

/** It works, and somebody should look at it. */
export function warning(found: string, advice: string, details: readonly string[] = []): Finding {
  return finding('warning', found, advice, details);
}

/** It does not work. */
export function failed(found: string, advice: string, details: readonly string[] = []): Finding {
  return finding('failed', found, advice, details);
}

/** There was nothing to check, or no way to check it. @param why a phrase. */
export function skipped(why: string): Finding {
  return finding('skipped', why, null, []);
}

function finding(status: Status, found: string, advice: string | null, details: readonly string[]): Finding {
  const shown = details.slice(0, MAX_DETAILS).map(line => printable(line, MAX_TEXT));
  const left = details.length - shown.length;
  return {
    status,
    found: printable(found, MAX_TEXT),
    advice: advice === null ? null : printable(advice, MAX_TEXT),
    details: left > 0 ? [...shown, `and ${left} more`] : shown,
  };
}
