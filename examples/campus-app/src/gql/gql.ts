/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment Meeting on ZoomMeeting {\n  id\n  name\n  topic\n  startDate\n  endDate\n  joinUrl\n  notFoundInZoom\n  meetingType\n  recordType\n  isWaitingRoom\n  meetingAuthentication\n  authenticationOpt\n}\n\nquery Week($ids: [UUID!]!) {\n  syncMeetings(ids: $ids) {\n    ...Meeting\n  }\n}\n\nquery OneMeeting($id: UUID!) {\n  syncMeeting(id: $id) {\n    ...Meeting\n  }\n}": typeof types.MeetingFragmentDoc,
};
const documents: Documents = {
    "fragment Meeting on ZoomMeeting {\n  id\n  name\n  topic\n  startDate\n  endDate\n  joinUrl\n  notFoundInZoom\n  meetingType\n  recordType\n  isWaitingRoom\n  meetingAuthentication\n  authenticationOpt\n}\n\nquery Week($ids: [UUID!]!) {\n  syncMeetings(ids: $ids) {\n    ...Meeting\n  }\n}\n\nquery OneMeeting($id: UUID!) {\n  syncMeeting(id: $id) {\n    ...Meeting\n  }\n}": types.MeetingFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Meeting on ZoomMeeting {\n  id\n  name\n  topic\n  startDate\n  endDate\n  joinUrl\n  notFoundInZoom\n  meetingType\n  recordType\n  isWaitingRoom\n  meetingAuthentication\n  authenticationOpt\n}\n\nquery Week($ids: [UUID!]!) {\n  syncMeetings(ids: $ids) {\n    ...Meeting\n  }\n}\n\nquery OneMeeting($id: UUID!) {\n  syncMeeting(id: $id) {\n    ...Meeting\n  }\n}"): (typeof documents)["fragment Meeting on ZoomMeeting {\n  id\n  name\n  topic\n  startDate\n  endDate\n  joinUrl\n  notFoundInZoom\n  meetingType\n  recordType\n  isWaitingRoom\n  meetingAuthentication\n  authenticationOpt\n}\n\nquery Week($ids: [UUID!]!) {\n  syncMeetings(ids: $ids) {\n    ...Meeting\n  }\n}\n\nquery OneMeeting($id: UUID!) {\n  syncMeeting(id: $id) {\n    ...Meeting\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;