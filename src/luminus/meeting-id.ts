import type { Uuid } from '../lib/uuid.ts';

/** A meeting id that was checked where the request came in. */
export type MeetingId = Uuid;
