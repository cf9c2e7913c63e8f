import SchemaBuilder from '@pothos/core';
import type { ZoomMeeting } from '../luminus/meeting.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import type { SchemaContext } from './context.ts';

/** The types the schema is built from; the rest of this folder adds to it. */
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
