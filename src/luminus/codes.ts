/** One value of an enum: the number the upstream sends for it, and what it means. */
export interface CodeValue {
  readonly code: number;
  readonly description: string;
}

/** How a number of the upstream becomes an enum value. A number without a name is UNKNOWN. */
export interface CodeTable {
  readonly values: Readonly<Record<string, CodeValue>>;
  /** A .NET int that was never set arrives as 0; where the API gives 0 no meaning of its own, it means "not set". */
  readonly zeroIsUnset: boolean;
}

/** `meetingType`, as the API page documents it. */
export const MEETING_TYPE = {
  zeroIsUnset: true,
  values: {
    EXAM: { code: 1, description: 'A meeting created with the exam option.' },
    CUSTOM: { code: 2, description: 'A meeting at a time that its creator chose.' },
    TIMETABLE: { code: 3, description: 'A meeting that follows the timetable of the module.' },
  },
} as const satisfies CodeTable;

/** `recordType`: the page documents only the numbers. */
export const RECORD_TYPE = {
  zeroIsUnset: false,
  values: {
    NONE: {
      code: 0,
      description: "The meeting is not recorded. Inferred from Zoom's own none/cloud/local settings.",
    },
    CLOUD: {
      code: 1,
      description:
        'The meeting is recorded to the Zoom cloud. Inferred: clients of this API associate this number with published cloud recordings.',
    },
    LOCAL: {
      code: 2,
      description:
        "The meeting is recorded on the host's own computer. Inferred from Zoom's own none/cloud/local settings.",
    },
  },
} as const satisfies CodeTable;

/** `authenticationOpt`, as the API page documents it. */
export const AUTHENTICATION_OPT = {
  zeroIsUnset: true,
  values: {
    NUS_ZOOM: {
      code: 1,
      description:
        'Participants sign in with an NUS Zoom account (nus-sg.zoom.us): NUS, Yale-NUS and Duke-NUS e-mail domains.',
    },
    ZOOM: { code: 2, description: 'Participants sign in with any Zoom account.' },
  },
} as const satisfies CodeTable;

/** The names a table gives, and UNKNOWN for numbers it does not list. */
export type CodeName<T extends CodeTable> = (keyof T['values'] & string) | 'UNKNOWN';

/**
 * Makes the function from number to enum value of a table.
 * It returns null for null and for an unset 0, and UNKNOWN for a number the table does not list.
 */
export function namesOf<T extends CodeTable>(table: T): (code: number | null) => CodeName<T> | null {
  const names = new Map<number, keyof T['values'] & string>();
  for (const name in table.values) {
    const value = table.values[name];
    if (value) names.set(value.code, name);
  }
  return code => {
    if (code === null || (code === 0 && table.zeroIsUnset)) return null;
    return names.get(code) ?? 'UNKNOWN';
  };
}
