import type { Failure } from '../lib/errors.ts';
import type { MeetingLoader } from '../luminus/meeting-loader.ts';
import type { ErrorBudget } from './error-budget.ts';

/** What resolvers may use. */
export interface SchemaContext {
  /** Loads meetings for the caller, or says why there is none: then a field that needs it fails at once. */
  readonly meetings: MeetingLoader | Failure;
  readonly errors: ErrorBudget;
}
