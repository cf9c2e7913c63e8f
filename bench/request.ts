import { randomUUID } from 'node:crypto';
import type { Meeting } from '../sandbox/meeting.ts';
import { pathOf } from './servers/environment.ts';
import type { Caller } from './upstream/caller.ts';

/**
 * How a server is asked: by our schema, or by the one that OpenAPI tools make of the upstream's document.
 * The limit is sent the same bytes as the servers with our schema and answers what the upstream says.
 */
export type Dialect = 'ours' | 'openapi' | 'limit';

/** One HTTP request of the benchmark: POST /graphql. */
export interface Operation {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const FIELDS = [
  'id name startDate endDate createdDate creatorID readonlyAccess userID userName email topic apiUserName',
  'meetingID meetingDuration meetingPassword joinUrl hostKey isSendEmail isPublishRecordURL isSetPassword',
  'isWaitingRoom meetingAuthentication muteUponEntry notFoundInZoom recordType authenticationOpt',
  'alternativeHosts meetingType moduleID exportMultimediaWeb channelID channelName publishMutimediaChannel',
].join(' ') satisfies string;

/** The names of all 33 fields. */
export const FIELD_NAMES = FIELDS.split(' ') as (keyof Meeting)[];

/** Ids nobody asked for before. */
export function newIds(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}

/** Asks for the meetings of these ids, all fields of each, in one query. */
export function operation(dialect: Dialect, ids: readonly string[], caller: Caller): Operation {
  return {
    headers: { 'Content-Type': 'application/json', ...headersOf(caller) },
    body: JSON.stringify(dialect === 'openapi' ? aliased(ids) : listed(ids)),
  };
}

/** What is sent to the upstream as well as to the servers. */
function headersOf(caller: Caller) {
  return {
    Accept: 'application/json',
    Authorization: caller.authorization,
    'Ocp-Apim-Subscription-Key': caller.key,
  };
}

function listed(ids: readonly string[]) {
  const [id] = ids;
  if (ids.length === 1) {
    return { query: `query ($id: UUID!) { syncMeeting(id: $id) { ${FIELDS} } }`, variables: { id } };
  }
  return { query: `query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { ${FIELDS} } }`, variables: { ids } };
}

/** An upstream of one operation becomes a schema of one field: several meetings are several aliases. */
function aliased(ids: readonly string[]) {
  const variables = Object.fromEntries(ids.map((id, n) => [`id${n}`, id]));
  const parameters = ids.map((_id, n) => `$id${n}: UUID!`).join(' ');
  const fields = ids.map((_id, n) => `m${n}: syncMeeting(ID: $id${n}) { ...all }`).join(' ');
  const query = `query (${parameters}) { ${fields} } fragment all on ZoomMeeting { ${FIELDS} }`;
  return { query, variables };
}

/** The request as it travels, with `@ID@` and the placeholders of the caller where every request has its own. */
export function requestTemplate(dialect: Dialect, count: number, caller: Caller): string {
  const ids = Array.from({ length: count }, () => '@ID@');
  const { headers, body } = operation(dialect, ids, caller);
  const length = String(body.replaceAll('@ID@', randomUUID()).length);
  return `${headOf('POST /graphql', { ...headers, 'Content-Length': length })}${body}`;
}

/** The call of the upstream itself, by the same placeholders. */
export function directTemplate(caller: Caller): string {
  return headOf(`GET ${pathOf('@ID@')}`, headersOf(caller));
}

function headOf(request: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${request} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
