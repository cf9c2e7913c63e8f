import type { ZoomMeeting } from '../luminus/meeting.ts';
import { MEETING_FIELDS } from '../luminus/meeting.ts';
import type { DriftKind } from '../observability/observer.ts';
import { DRIFT_KINDS } from '../observability/observer.ts';

/** How the fields of a meeting were read: names alone. */
export interface FieldReport {
  readonly isAsDocumented: boolean;
  readonly lines: readonly string[];
}

/** What each kind of drift is called. */
const DRIFT: Readonly<Record<DriftKind, string>> = {
  brokenField: 'cannot be read',
  missingField: 'missing',
  unknownCode: 'with a code that is not documented',
  noOffset: 'without an offset from UTC',
  unknownField: 'not documented',
};

/** A name of an undocumented field that is shown. Any other could be a value, such as an id that is used as a key. */
const NAME = /^[A-Za-z_]\w{0,63}$/;

/**
 * Describes how a meeting was read.
 * @param drift by `kind name`, as ContractDrift counts it; the name of a code has its number after `=`.
 */
export function describeFields(meeting: ZoomMeeting, drift: ReadonlyMap<string, number>): FieldReport {
  const byKind = Map.groupBy(drift.keys(), entry => entry.slice(0, entry.indexOf(' ')));
  const namesOf = (kind: DriftKind): string[] =>
    (byKind.get(kind) ?? []).map(entry => entry.slice(kind.length + 1).replace(/=.*/s, ''));
  const absent = new Set([...namesOf('brokenField'), ...namesOf('missingField')]);
  const fields = Object.entries<unknown>({ ...meeting }).filter(([name]) => name in MEETING_FIELDS);
  const listed = fields.filter(([name]) => !absent.has(name));
  const read = listed.flatMap(([name, value]) => (value === null ? [] : [name]));
  const unset = listed.flatMap(([name, value]) => (value === null ? [name] : []));
  return {
    isAsDocumented: drift.size === 0,
    lines: [
      line('read', ['id', ...read]),
      line('not set', unset),
      ...DRIFT_KINDS.map(kind => line(DRIFT[kind], namesOf(kind))),
    ].flatMap(text => text ?? []),
  };
}

function line(title: string, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const shown = names.filter(name => NAME.test(name));
  const others = names.length - shown.length;
  const list = [...shown, ...(others > 0 ? [`${others} with unusual names`] : [])];
  return `${title}: ${list.join(', ')}`;
}
