import type { CodeTable } from '../luminus/codes.ts';
import { AUTHENTICATION_OPT, MEETING_TYPE, RECORD_TYPE } from '../luminus/codes.ts';
import { builder } from './builder.ts';

interface EnumValue {
  readonly description: string;
}

const UNKNOWN: EnumValue = {
  description: 'A number that this schema has no name for. The corresponding Code field has the number.',
};

function valuesOf<T extends CodeTable>(table: T): Record<(keyof T['values'] & string) | 'UNKNOWN', EnumValue>;
function valuesOf(table: CodeTable): Record<string, EnumValue> {
  const named = Object.entries(table.values).map(([name, { code, description }]) => [
    name,
    { description: `${description} The upstream sends ${code}.` },
  ]);
  return { ...Object.fromEntries(named), UNKNOWN };
}

/** Enum of `meetingType`. */
export const MeetingType = builder.enumType('MeetingType', {
  description: 'How the time of a meeting was chosen.',
  values: valuesOf(MEETING_TYPE),
});

/** Enum of `recordType`. */
export const RecordType = builder.enumType('RecordType', {
  description:
    "Whether and where a meeting is recorded. The API page documents only the numbers 0, 1 and 2. The names are inferred: CLOUD from clients that associate it with published cloud recordings, NONE and LOCAL from Zoom's own settings.",
  values: valuesOf(RECORD_TYPE),
});

/** Enum of `authenticationOpt`. */
export const AuthenticationOpt = builder.enumType('AuthenticationOpt', {
  description: 'The kind of Zoom account that participants must sign in with.',
  values: valuesOf(AUTHENTICATION_OPT),
});
