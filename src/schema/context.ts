import type { GatewayError } from '../lib/errors.ts';
import type { MeetingLoader } from '../luminus/meeting-loader.ts';
import type { ErrorBudget } from './error-budget.ts';

/** The loaders of one request, each named for what it loads. */
export interface Loaders {
  readonly meetings: MeetingLoader;
}

/** What resolvers may use. */
export interface SchemaContext {
  /** They load for the caller; or the failure that says why there is none, which is then that of every field that loads. */
  readonly loaders: Loaders | GatewayError;
  readonly errors: ErrorBudget;
}
