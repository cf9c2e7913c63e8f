import { AUTHENTICATION_OPT, MEETING_TYPE, RECORD_TYPE } from './codes.ts';
import type { DecodedFields, FieldSpec, FieldTable, KindValues } from './field-kinds.ts';
import type { MeetingId } from './meeting-id.ts';

/** The fields of a meeting beside its id, under the upstream's own names and in the order of its API page. */
export const MEETING_FIELDS = {
  name: { kind: 'string' },
  startDate: { kind: 'dateTime' },
  endDate: { kind: 'dateTime' },
  createdDate: { kind: 'dateTime' },
  creatorID: { kind: 'uuid' },
  readonlyAccess: { kind: 'boolean' },
  userID: { kind: 'string' },
  userName: { kind: 'string' },
  email: { kind: 'email' },
  topic: { kind: 'string' },
  apiUserName: { kind: 'string' },
  meetingID: { kind: 'string' },
  meetingDuration: { kind: 'int' },
  meetingPassword: { kind: 'string', sensitive: true },
  joinUrl: { kind: 'url', sensitive: true },
  hostKey: { kind: 'string', sensitive: true },
  isSendEmail: { kind: 'boolean' },
  isPublishRecordURL: { kind: 'boolean' },
  isSetPassword: { kind: 'boolean' },
  isWaitingRoom: { kind: 'boolean' },
  meetingAuthentication: { kind: 'boolean' },
  muteUponEntry: { kind: 'boolean' },
  notFoundInZoom: { kind: 'boolean' },
  recordType: { kind: 'code', codes: RECORD_TYPE },
  authenticationOpt: { kind: 'code', codes: AUTHENTICATION_OPT },
  alternativeHosts: { kind: 'list' },
  meetingType: { kind: 'code', codes: MEETING_TYPE },
  moduleID: { kind: 'uuid' },
  exportMultimediaWeb: { kind: 'boolean' },
  channelID: { kind: 'uuid' },
  channelName: { kind: 'string' },
  publishMutimediaChannel: { kind: 'boolean' },
} as const satisfies FieldTable;

/** A field of a meeting beside its id. */
export type MeetingField = keyof typeof MEETING_FIELDS;

/** What a field holds when it could be read: null when the upstream did not set it. */
export type MeetingValue<F extends MeetingField> = KindValues[(typeof MEETING_FIELDS)[F]['kind']] | null;

/** The fields of a meeting; one that could not be read holds the reason in place of its value. */
export type MeetingValues = DecodedFields<typeof MEETING_FIELDS>;

/** A meeting as the upstream synced it, each field decoded and checked. */
export type ZoomMeeting = { readonly id: MeetingId } & MeetingValues;

/** The fields that are marked as secrets in the table. */
export const SENSITIVE_FIELDS: readonly string[] = Object.entries<FieldSpec>(MEETING_FIELDS).flatMap(
  ([field, spec]) => (spec.sensitive ? [field] : []),
);
