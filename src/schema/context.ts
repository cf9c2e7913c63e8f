import type { MeetingLoader } from '../loader/meeting-loader.ts';

/** What resolvers may use. */
export interface SchemaContext {
  readonly meetings: MeetingLoader;
}
