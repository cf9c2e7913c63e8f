import { Failure } from '../lib/errors.ts';
import { AUTHENTICATION_OPT, MEETING_TYPE, namesOf, RECORD_TYPE } from '../luminus/codes.ts';
import type { MeetingField, MeetingValue, MeetingValues } from '../luminus/meeting.ts';
import { SENSITIVE_FIELDS } from '../luminus/meeting.ts';
import { builder } from './builder.ts';
import type { SchemaContext } from './context.ts';
import { AuthenticationOpt, MeetingType, RecordType } from './enums.ts';
import { selectedFields } from './selected-fields.ts';

const meetingTypeName = namesOf(MEETING_TYPE);
const recordTypeName = namesOf(RECORD_TYPE);
const authenticationOptName = namesOf(AUTHENTICATION_OPT);

/** The description of a field, marked where the field table marks the field. */
function about(field: MeetingField, description: string): string {
  return SENSITIVE_FIELDS.includes(field)
    ? `${description} Secret: whoever has it can get in. Do not log, cache or share it.`
    : description;
}

/**
 * Description and resolver of a field that is handed on as it was decoded.
 * Where it goes by its own name, Pothos leaves it to graphql's default resolver, which takes a Failure for the field's
 * error as well and which, compiled, is a mere property.
 */
function of<F extends MeetingField>(field: F, description: string) {
  return {
    description: about(field, description),
    extensions: { pothosExposedField: field },
    resolve: (meeting: MeetingValues, _args: object, { errors }: SchemaContext) =>
      errors.valueOf<MeetingValue<F>>(meeting[field]),
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
    name: t.string(of('name', 'The name of the meeting in LumiNUS.')),
    topic: t.string(of('topic', 'The topic of the meeting in Zoom.')),
    startDate: t.field({
      type: 'DateTime',
      ...of('startDate', 'From when the meeting is open to students. Null when no start was set.'),
    }),
    endDate: t.field({
      type: 'DateTime',
      ...of('endDate', 'Until when the meeting is open to students. Null when no end was set.'),
    }),
    createdDate: t.field({
      type: 'DateTime',
      ...of('createdDate', 'When the meeting was created in LumiNUS.'),
    }),
    meetingDuration: t.int(
      of(
        'meetingDuration',
        "How long the meeting is meant to last, in minutes. The API page names no unit; minutes are inferred from Zoom's own API.",
      ),
    ),
    meetingID: t.string(of('meetingID', 'The number used to join the meeting in Zoom.')),
    joinUrl: t.field({
      type: 'URL',
      ...of(
        'joinUrl',
        'The link that joins the meeting; it carries the password. Null when Zoom has given none.',
      ),
    }),
    meetingPassword: t.string(
      of('meetingPassword', 'The password for joining, made by the system. Null when none.'),
    ),
    hostKey: t.string(of('hostKey', 'The key that makes a participant the host. Null when none.')),
    meetingType: t.field({
      type: MeetingType,
      description: about(
        'meetingType',
        'How the time of the meeting was chosen. Null when not set (0 upstream).',
      ),
      resolve: (meeting, _args, { errors }) => meetingTypeName(errors.valueOf(meeting.meetingType)),
    }),
    meetingTypeCode: t.int(of('meetingType', 'The number behind meetingType, as the upstream sent it.')),
    recordType: t.field({
      type: RecordType,
      description: about(
        'recordType',
        'Whether and where the meeting is recorded. Null when not set. Its names are inferred: see RecordType.',
      ),
      resolve: (meeting, _args, { errors }) => recordTypeName(errors.valueOf(meeting.recordType)),
    }),
    recordTypeCode: t.int(of('recordType', 'The number behind recordType, as the upstream sent it.')),
    authenticationOpt: t.field({
      type: AuthenticationOpt,
      description: about(
        'authenticationOpt',
        'The kind of Zoom account to sign in with, where meetingAuthentication asks for it. Null when not set (0 upstream).',
      ),
      resolve: (meeting, _args, { errors }) =>
        authenticationOptName(errors.valueOf(meeting.authenticationOpt)),
    }),
    authenticationOptCode: t.int(
      of('authenticationOpt', 'The number behind authenticationOpt, as the upstream sent it.'),
    ),
    meetingAuthentication: t.boolean(
      of('meetingAuthentication', 'Whether participants have to sign in to Zoom to join.'),
    ),
    isSetPassword: t.boolean(of('isSetPassword', 'Whether joining takes a password.')),
    isWaitingRoom: t.boolean(of('isWaitingRoom', 'Whether participants wait until the host lets them in.')),
    muteUponEntry: t.boolean(of('muteUponEntry', 'Whether participants are muted when they join.')),
    notFoundInZoom: t.boolean(
      of('notFoundInZoom', 'True when Zoom no longer has this meeting, so that it cannot be joined.'),
    ),
    isSendEmail: t.boolean(of('isSendEmail', 'Whether people are notified of the meeting by e-mail.')),
    isPublishRecordURL: t.boolean(
      of('isPublishRecordURL', 'Whether the link to the cloud recording is published.'),
    ),
    exportMultimediaWeb: t.boolean(
      of(
        'exportMultimediaWeb',
        'Whether the cloud recording is exported to web multimedia once it is available after the meeting.',
      ),
    ),
    publishMutimediaChannel: t.boolean(
      of(
        'publishMutimediaChannel',
        'Whether the multimedia channel of the recordings is published. Spelt as upstream.',
      ),
    ),
    channelID: t.field({
      type: 'UUID',
      ...of('channelID', 'The id of the multimedia channel for recordings. Null when the meeting has none.'),
    }),
    channelName: t.string(of('channelName', 'The name of the multimedia channel for recordings.')),
    moduleID: t.field({
      type: 'UUID',
      ...of(
        'moduleID',
        'The id of the module (course) the meeting belongs to. Null when it belongs to none.',
      ),
    }),
    readonlyAccess: t.boolean(
      of(
        'readonlyAccess',
        'Whether the user who is asking may only read the meeting: it differs from caller to caller.',
      ),
    ),
    creatorID: t.field({
      type: 'UUID',
      ...of('creatorID', 'The LumiNUS id of the user who created the record.'),
    }),
    userID: t.string(of('userID', 'The NUSNET id of the user who created the meeting.')),
    userName: t.string(of('userName', 'The name of the user who created the meeting.')),
    email: t.field({
      type: 'EmailAddress',
      ...of('email', 'The e-mail address of the user who created the meeting.'),
    }),
    apiUserName: t.string(of('apiUserName', 'The name of the Zoom API user the meeting was made with.')),
    alternativeHosts: t.stringList({
      ...of(
        'alternativeHosts',
        'Who else may host: e-mail addresses or Zoom user ids. Empty when nobody is named, null when LumiNUS does not say.',
      ),
      nullable: { list: true, items: false },
    }),
  }),
});

builder.queryType({
  description: 'What can be asked of the gateway.',
  fields: t => ({
    syncMeeting: t.field({
      type: 'ZoomMeeting',
      description:
        'Syncs one meeting between Zoom and LumiNUS and returns it. Null, with an error at this path, when that fails. However often one request names an id, the upstream is called once for it.',
      args: { id: t.arg({ type: 'UUID', required: true, description: 'The id of the meeting in LumiNUS.' }) },
      resolve: (_query, { id }, { meetings, errors }, info) => {
        if (meetings instanceof Failure) return errors.valueOf<null>(meetings);
        meetings.checkListBudget(1, selectedFields(info));
        return errors.settle(meetings.load(id));
      },
    }),
    syncMeetings: t.field({
      type: ['ZoomMeeting'],
      nullable: { list: false, items: true },
      description:
        'Syncs several meetings side by side and returns them in the order asked; an id may be named more than once. A meeting that fails is null in the list, with an error at its own place.',
      args: {
        ids: t.arg({ type: ['UUID'], required: true, description: 'The ids of the meetings in LumiNUS.' }),
      },
      resolve: (_query, { ids }, { meetings, errors }, info) => {
        if (meetings instanceof Failure) throw meetings;
        meetings.checkListBudget(ids.length, selectedFields(info));
        return ids.map(id => errors.settle(meetings.load(id)));
      },
    }),
  }),
});
