import SchemaBuilder from '@pothos/core';
import type { ZoomMeeting } from '../luminus/meeting.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import type { SchemaContext } from './context.ts';

/** The builder of the schema, with the root of its queries; the other files of this folder add types and query fields. */
export const builder = new SchemaBuilder<{
  Context: SchemaContext;
  Objects: { ZoomMeeting: ZoomMeeting };
  Scalars: {
    UUID: { Input: MeetingId; Output: string };
    DateTime: { Input: Date; Output: string };
    URL: { Input: URL; Output: string };
    EmailAddress: { Input: string; Output: string };
    _Any: { Input: unknown; Output: unknown };
  };
}>({});

builder.queryType({
  description:
    'Root query type. Each field synchronizes meetings between Zoom and LumiNUS, and returns them.',
});
