import type { MeetingLoader } from '../loader/meeting-loader.ts';
import type { Failure } from '../model/failure.ts';
import type { ErrorBudget } from './error-budget.ts';

/** What resolvers may use. */
export interface SchemaContext {
  /** Loads meetings for the caller, or says why there is none: then a field that needs it fails at once. */
  readonly meetings: MeetingLoader | Failure;
  readonly errors: ErrorBudget;
}
