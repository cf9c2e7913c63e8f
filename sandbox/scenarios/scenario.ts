import type { Reply } from '../reply.ts';

/** One thing the upstream is known to do, and what comes of it. */
export type Scenario = {
  /** The HTTP status where the row of the table has one, else from 600 up. */
  readonly number: number;
  /** The row of the upstream's tables it plays, such as 'Responses 5' or 'Wire: no offset'. */
  readonly row: string;
  /** What the upstream answers. */
  readonly says: string;
  /** The code of the error at `syncMeeting`; null if a meeting comes back. */
  readonly code: string | null;
  /** What a person sees in the end. */
  readonly sees: string;
  readonly reply: Reply;
};

/** The meeting id that plays a scenario. */
export function scenarioId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
