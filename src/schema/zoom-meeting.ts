import { AUTHENTICATION_OPT, MEETING_TYPE, namesOf, RECORD_TYPE } from '../luminus/codes.ts';
import type { MeetingField, MeetingValue, MeetingValues } from '../luminus/meeting.ts';
import { SENSITIVE_FIELDS } from '../luminus/meeting.ts';
import { builder } from './builder.ts';
import type { SchemaContext } from './context.ts';
import { AuthenticationOpt, MeetingType, RecordType } from './enums.ts';

const meetingTypeName = namesOf(MEETING_TYPE);
const recordTypeName = namesOf(RECORD_TYPE);
const authenticationOptName = namesOf(AUTHENTICATION_OPT);

/** Completes the description of a field with a warning where the field table marks the field as sensitive. */
function describeField(field: MeetingField, description: string): string {
  return SENSITIVE_FIELDS.includes(field)
    ? `${description} Secret: whoever has it can get in. Do not log, cache or share it.`
    : description;
}

/**
 * Description and resolver of a field that is exposed as it was decoded.
 * Where the names are the same, Pothos leaves it to graphql's default resolver, which also takes a Failure for the error
 * of the field and which, compiled, is a plain property access.
 */
function exposeField<F extends MeetingField>(field: F, description: string) {
  return {
    description: describeField(field, description),
    extensions: { pothosExposedField: field },
    resolve: (meeting: MeetingValues, _args: object, { errors }: SchemaContext) =>
      errors.unwrap<MeetingValue<F>>(meeting[field]),
  };
}

builder.objectType('ZoomMeeting', {
  // The key by which other subgraphs know a meeting.
  extensions: { directives: { key: [{ fields: 'id' }] } },
  description:
    'A Zoom meeting of a LumiNUS module, as it stands after LumiNUS synced it with Zoom. Fields have the names the LumiNUS API gives them; a field is null when LumiNUS has not set it.',
  fields: t => ({
    id: t.expose('id', {
      type: 'UUID',
      nullable: false,
      description:
        'The id of the meeting in LumiNUS, in lower case. Not the number used to join: that is meetingID.',
    }),
    name: t.string(exposeField('name', 'The name of the meeting in LumiNUS.')),
    topic: t.string(exposeField('topic', 'The topic of the meeting in Zoom.')),
    startDate: t.field({
      type: 'DateTime',
      ...exposeField('startDate', 'From when the meeting is open to students. Null when no start was set.'),
    }),
    endDate: t.field({
      type: 'DateTime',
      ...exposeField('endDate', 'Until when the meeting is open to students. Null when no end was set.'),
    }),
    createdDate: t.field({
      type: 'DateTime',
      ...exposeField('createdDate', 'When the meeting was created in LumiNUS.'),
    }),
    meetingDuration: t.int(
      exposeField(
        'meetingDuration',
        "How long the meeting is meant to last, in minutes. The API page names no unit; minutes are inferred from Zoom's own API.",
      ),
    ),
    meetingID: t.string(exposeField('meetingID', 'The number used to join the meeting in Zoom.')),
    joinUrl: t.field({
      type: 'URL',
      ...exposeField(
        'joinUrl',
        'The link that joins the meeting; it carries the password. Null when Zoom has given none.',
      ),
    }),
    meetingPassword: t.string(
      exposeField('meetingPassword', 'The password for joining, made by the system. Null when none.'),
    ),
    hostKey: t.string(exposeField('hostKey', 'The key that makes a participant the host. Null when none.')),
    meetingType: t.field({
      type: MeetingType,
      description: describeField(
        'meetingType',
        'How the time of the meeting was chosen. Null when not set (0 upstream).',
      ),
      resolve: (meeting, _args, { errors }) => meetingTypeName(errors.unwrap(meeting.meetingType)),
    }),
    meetingTypeCode: t.int(
      exposeField('meetingType', 'The number behind meetingType, as the upstream sent it.'),
    ),
    recordType: t.field({
      type: RecordType,
      description: describeField(
        'recordType',
        'Whether and where the meeting is recorded. Null when not set. Its names are inferred: see RecordType.',
      ),
      resolve: (meeting, _args, { errors }) => recordTypeName(errors.unwrap(meeting.recordType)),
    }),
    recordTypeCode: t.int(
      exposeField('recordType', 'The number behind recordType, as the upstream sent it.'),
    ),
    authenticationOpt: t.field({
      type: AuthenticationOpt,
      description: describeField(
        'authenticationOpt',
        'The kind of Zoom account to sign in with, where meetingAuthentication asks for it. Null when not set (0 upstream).',
      ),
      resolve: (meeting, _args, { errors }) =>
        authenticationOptName(errors.unwrap(meeting.authenticationOpt)),
    }),
    authenticationOptCode: t.int(
      exposeField('authenticationOpt', 'The number behind authenticationOpt, as the upstream sent it.'),
    ),
    meetingAuthentication: t.boolean(
      exposeField('meetingAuthentication', 'Whether participants have to sign in to Zoom to join.'),
    ),
    isSetPassword: t.boolean(exposeField('isSetPassword', 'Whether joining takes a password.')),
    isWaitingRoom: t.boolean(
      exposeField('isWaitingRoom', 'Whether participants wait until the host lets them in.'),
    ),
    muteUponEntry: t.boolean(exposeField('muteUponEntry', 'Whether participants are muted when they join.')),
    notFoundInZoom: t.boolean(
      exposeField(
        'notFoundInZoom',
        'True when Zoom no longer has this meeting, so that it cannot be joined.',
      ),
    ),
    isSendEmail: t.boolean(
      exposeField('isSendEmail', 'Whether people are notified of the meeting by e-mail.'),
    ),
    isPublishRecordURL: t.boolean(
      exposeField('isPublishRecordURL', 'Whether the link to the cloud recording is published.'),
    ),
    exportMultimediaWeb: t.boolean(
      exposeField(
        'exportMultimediaWeb',
        'Whether the cloud recording is exported to web multimedia once it is available after the meeting.',
      ),
    ),
    publishMutimediaChannel: t.boolean(
      exposeField(
        'publishMutimediaChannel',
        'Whether the multimedia channel of the recordings is published. Spelt as upstream.',
      ),
    ),
    channelID: t.field({
      type: 'UUID',
      ...exposeField(
        'channelID',
        'The id of the multimedia channel for recordings. Null when the meeting has none.',
      ),
    }),
    channelName: t.string(exposeField('channelName', 'The name of the multimedia channel for recordings.')),
    moduleID: t.field({
      type: 'UUID',
      ...exposeField(
        'moduleID',
        'The id of the module (course) the meeting belongs to. Null when it belongs to none.',
      ),
    }),
    readonlyAccess: t.boolean(
      exposeField(
        'readonlyAccess',
        'Whether the user who is asking may only read the meeting: it differs from caller to caller.',
      ),
    ),
    creatorID: t.field({
      type: 'UUID',
      ...exposeField('creatorID', 'The LumiNUS id of the user who created the record.'),
    }),
    userID: t.string(exposeField('userID', 'The NUSNET id of the user who created the meeting.')),
    userName: t.string(exposeField('userName', 'The name of the user who created the meeting.')),
    email: t.field({
      type: 'EmailAddress',
      ...exposeField('email', 'The e-mail address of the user who created the meeting.'),
    }),
    apiUserName: t.string(
      exposeField('apiUserName', 'The name of the Zoom API user the meeting was made with.'),
    ),
    alternativeHosts: t.stringList({
      ...exposeField(
        'alternativeHosts',
        'Who else may host: e-mail addresses or Zoom user ids. Empty when nobody is named, null when LumiNUS does not say.',
      ),
      nullable: { list: true, items: false },
    }),
  }),
});
