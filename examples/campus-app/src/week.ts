/** A module a student takes, and its meetings in LumiNUS. */
export interface Module {
  readonly code: string;
  readonly meetings: readonly string[];
}

/** Stands for what a campus app knows of its user: which modules she takes, and which meetings they have. */
export const MODULES: readonly Module[] = [
  {
    code: 'CS2030S',
    meetings: [
      '0156955c-226a-4757-9b97-f2d63f354adc',
      '2a1c79fa-d75a-4b61-ac70-7ac18e164bd7',
      // Out of service for one request, back for the next.
      '00000000-0000-4000-8000-000000000650',
    ],
  },
  {
    code: 'CS2040S',
    meetings: [
      '1e431243-7263-480b-a8ec-932639879492',
      'f13a6abd-6ec0-41c3-bc5f-f6cad8d22da8',
      // Forbidden.
      '00000000-0000-4000-8000-000000000403',
    ],
  },
  {
    code: 'MA1521',
    meetings: [
      '1bad42be-01d7-4ec7-bc3a-4276d0e3a519',
      // Asked for too often: again in 57 seconds.
      '00000000-0000-4000-8000-000000000429',
    ],
  },
  {
    code: 'ST2334',
    meetings: [
      '46c97cee-fc64-480a-9ce6-0b72db872872',
      // Not found.
      '00000000-0000-4000-8000-000000000404',
    ],
  },
  {
    code: 'IS1108',
    meetings: ['b42f35d1-d985-4205-ba0a-6ea692b3eee1', '8c903fc0-4502-430c-b224-10718608cf6a'],
  },
];

/** All meetings of her week. */
export const MEETING_IDS: readonly string[] = MODULES.flatMap(({ meetings }) => meetings);

const CODES = new Map(MODULES.flatMap(({ code, meetings }) => meetings.map(id => [id, code] as const)));

/** The module a meeting belongs to. It is known of the meetings that do not come, too. */
export function moduleOf(id: string): string {
  return CODES.get(id) ?? '';
}
