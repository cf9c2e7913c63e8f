/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** How the time of a meeting was chosen. */
export type MeetingType =
  /** A meeting created with the exam option. The upstream sends 1. */
  | 'EXAM'
  /** A meeting at a time that its creator chose. The upstream sends 2. */
  | 'CUSTOM'
  /** A meeting that follows the timetable of the module. The upstream sends 3. */
  | 'TIMETABLE'
  /** A number that this schema has no name for. The corresponding Code field has the number. */
  | 'UNKNOWN';

/** Whether and where a meeting is recorded. The API page documents only the numbers 0, 1 and 2. The names are inferred: CLOUD from clients that associate it with published cloud recordings, NONE and LOCAL from Zoom's own settings. */
export type RecordType =
  /** The meeting is not recorded. Inferred from Zoom's own none/cloud/local settings. The upstream sends 0. */
  | 'NONE'
  /** The meeting is recorded to the Zoom cloud. Inferred: clients of this API associate this number with published cloud recordings. The upstream sends 1. */
  | 'CLOUD'
  /** The meeting is recorded on the host's own computer. Inferred from Zoom's own none/cloud/local settings. The upstream sends 2. */
  | 'LOCAL'
  /** A number that this schema has no name for. The corresponding Code field has the number. */
  | 'UNKNOWN';

/** The kind of Zoom account that participants must sign in with. */
export type AuthenticationOpt =
  /** Participants sign in with an NUS Zoom account (nus-sg.zoom.us): NUS, Yale-NUS and Duke-NUS e-mail domains. The upstream sends 1. */
  | 'NUS_ZOOM'
  /** Participants sign in with any Zoom account. The upstream sends 2. */
  | 'ZOOM'
  /** A number that this schema has no name for. The corresponding Code field has the number. */
  | 'UNKNOWN';

export type MeetingFragment = { __typename: 'ZoomMeeting', id: string, name: string | null, topic: string | null, startDate: string | null, endDate: string | null, joinUrl: string | null, notFoundInZoom: boolean | null, meetingType: MeetingType | null, recordType: RecordType | null, isWaitingRoom: boolean | null, meetingAuthentication: boolean | null, authenticationOpt: AuthenticationOpt | null };

export type WeekQueryVariables = Exact<{
  ids: Array<string>;
}>;


export type WeekQuery = { __typename: 'Query', syncMeetings: Array<{ __typename: 'ZoomMeeting', id: string, name: string | null, topic: string | null, startDate: string | null, endDate: string | null, joinUrl: string | null, notFoundInZoom: boolean | null, meetingType: MeetingType | null, recordType: RecordType | null, isWaitingRoom: boolean | null, meetingAuthentication: boolean | null, authenticationOpt: AuthenticationOpt | null } | null> };

export type OneMeetingQueryVariables = Exact<{
  id: string;
}>;


export type OneMeetingQuery = { __typename: 'Query', syncMeeting: { __typename: 'ZoomMeeting', id: string, name: string | null, topic: string | null, startDate: string | null, endDate: string | null, joinUrl: string | null, notFoundInZoom: boolean | null, meetingType: MeetingType | null, recordType: RecordType | null, isWaitingRoom: boolean | null, meetingAuthentication: boolean | null, authenticationOpt: AuthenticationOpt | null } | null };

export const MeetingFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Meeting"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ZoomMeeting"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"topic"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"joinUrl"}},{"kind":"Field","name":{"kind":"Name","value":"notFoundInZoom"}},{"kind":"Field","name":{"kind":"Name","value":"meetingType"}},{"kind":"Field","name":{"kind":"Name","value":"recordType"}},{"kind":"Field","name":{"kind":"Name","value":"isWaitingRoom"}},{"kind":"Field","name":{"kind":"Name","value":"meetingAuthentication"}},{"kind":"Field","name":{"kind":"Name","value":"authenticationOpt"}}]}}]} as unknown as DocumentNode<MeetingFragment, unknown>;
export const WeekDocument = {"__meta__":{"hash":"sha256:acc5a4bfe9a730ab6ba742e3ec7e63409f65cda9c5429f884ed67d0f20d7d005"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Week"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UUID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"syncMeetings"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Meeting"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Meeting"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ZoomMeeting"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"topic"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"joinUrl"}},{"kind":"Field","name":{"kind":"Name","value":"notFoundInZoom"}},{"kind":"Field","name":{"kind":"Name","value":"meetingType"}},{"kind":"Field","name":{"kind":"Name","value":"recordType"}},{"kind":"Field","name":{"kind":"Name","value":"isWaitingRoom"}},{"kind":"Field","name":{"kind":"Name","value":"meetingAuthentication"}},{"kind":"Field","name":{"kind":"Name","value":"authenticationOpt"}}]}}]} as unknown as DocumentNode<WeekQuery, WeekQueryVariables>;
export const OneMeetingDocument = {"__meta__":{"hash":"sha256:5396c3fea836500254a1aa25787a65c7ada8a8e633b5e34aed3826f328ba532e"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"OneMeeting"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UUID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"syncMeeting"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Meeting"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Meeting"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ZoomMeeting"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"topic"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"joinUrl"}},{"kind":"Field","name":{"kind":"Name","value":"notFoundInZoom"}},{"kind":"Field","name":{"kind":"Name","value":"meetingType"}},{"kind":"Field","name":{"kind":"Name","value":"recordType"}},{"kind":"Field","name":{"kind":"Name","value":"isWaitingRoom"}},{"kind":"Field","name":{"kind":"Name","value":"meetingAuthentication"}},{"kind":"Field","name":{"kind":"Name","value":"authenticationOpt"}}]}}]} as unknown as DocumentNode<OneMeetingQuery, OneMeetingQueryVariables>;