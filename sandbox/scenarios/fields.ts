import { meetingBut } from '../reply.ts';
import type { Scenario } from './scenario.ts';

/** A meeting comes, and single fields hold values worth a second look. */
export const fields: readonly Scenario[] = [
  {
    number: 718,
    row: 'Codes: other number',
    says: 'Unknown codes: 9 in all three.',
    code: null,
    sees: 'the meeting, with its three enums UNKNOWN',
    reply: meetingBut({ meetingType: 9, authenticationOpt: 9, recordType: 9 }),
  },
  {
    number: 719,
    row: 'Codes: 0',
    says: '0 in all three codes.',
    code: null,
    sees: 'the meeting without meetingType and authenticationOpt; recordType is NONE',
    reply: meetingBut({ meetingType: 0, authenticationOpt: 0, recordType: 0 }),
  },
  {
    number: 720,
    row: 'Codes: placeholder',
    says: 'An empty object as the recordType, as in the sample of the API page.',
    code: null,
    sees: 'the meeting, with an error at recordType',
    reply: meetingBut({ recordType: {} }),
  },
  {
    number: 721,
    row: 'Fields: alternativeHosts',
    says: 'An empty string as alternativeHosts.',
    code: null,
    sees: 'the meeting without alternative hosts',
    reply: meetingBut({ alternativeHosts: '' }),
  },
  {
    number: 722,
    row: 'Fields: alternativeHosts',
    says: 'No alternativeHosts at all.',
    code: null,
    sees: 'the meeting without alternative hosts',
    reply: meetingBut({ alternativeHosts: undefined }),
  },
  {
    number: 723,
    row: 'Fields: alternativeHosts',
    says: 'alternativeHosts with spaces and empty entries.',
    code: null,
    sees: 'the meeting with two alternative hosts',
    reply: meetingBut({ alternativeHosts: ' a@nus.edu.sg , ,b@nus.edu.sg,' }),
  },
  {
    number: 724,
    row: 'Wire: wrong type in one field',
    says: 'A meetingDuration of 2147483648, one more than an int32 holds.',
    code: null,
    sees: 'the meeting, with an error at meetingDuration',
    reply: meetingBut({ meetingDuration: 2_147_483_648 }),
  },
  {
    number: 725,
    row: 'Wire: wrong type in one field',
    says: 'An invalid e-mail address, and a joinUrl that is a script.',
    code: null,
    sees: 'the meeting, with an error at email and one at joinUrl',
    reply: meetingBut({ email: 'not an address', joinUrl: 'javascript:alert(1)' }),
  },
];
