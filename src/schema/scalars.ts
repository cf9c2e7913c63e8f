import type { ValueNode } from 'graphql';
import { GraphQLError, Kind } from 'graphql';
import { GraphQLDateTimeISO, GraphQLEmailAddress, GraphQLURL, GraphQLUUID } from 'graphql-scalars';
import { parseUuid } from '../lib/uuid.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import { builder } from './builder.ts';

/** graphql-scalars' UUID also takes braces; an id becomes part of a path, so this one takes digits and dashes alone. */
function uuidOrThrow(value: unknown, literal?: ValueNode): MeetingId {
  const id = parseUuid(value);
  if (id === null) {
    throw new GraphQLError(
      'A UUID is 8-4-4-4-12 hex digits, such as 3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b.',
      literal === undefined ? {} : { nodes: literal },
    );
  }
  return id;
}

/** The decoder has checked the contents of every value that leaves; a second check would only cost time. */
function decodedText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('not a decoded text');
}

builder.addScalarType('UUID', GraphQLUUID, {
  description:
    'A universally unique identifier: 8-4-4-4-12 hex digits. Upper and lower case are accepted; results are in lower case.',
  serialize: decodedText,
  parseValue: value => uuidOrThrow(value),
  parseLiteral: node => uuidOrThrow(node.kind === Kind.STRING ? node.value : null, node),
});

builder.addScalarType('DateTime', GraphQLDateTimeISO, {
  description: 'An instant in UTC, with milliseconds, in the format of RFC 3339: 2026-08-17T02:00:00.000Z.',
  serialize: decodedText,
});

builder.addScalarType('URL', GraphQLURL, {
  description: 'An absolute http or https URL.',
  serialize: decodedText,
});

builder.addScalarType('EmailAddress', GraphQLEmailAddress, {
  description: 'An e-mail address, in the form that HTML forms accept.',
  serialize: decodedText,
});
