import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';

/** Why something that was asked for did not come. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Whether asking again can help. */
  readonly retryable: boolean;
  /** Seconds to wait before that. */
  readonly retryAfter: number;
  /** What to name when the problem is reported. */
  readonly requestId: string | null;
}

/** What went wrong at one place of an answer. */
export interface Trouble {
  /** Why nothing came at all. */
  readonly failure: Failure | null;
  /** The fields that could not be read, where the rest came. */
  readonly unreadable: readonly string[];
}

type Path = readonly (string | number)[];
type GraphQLErrors = CombinedGraphQLErrors['errors'];

/**
 * What went wrong at a place of an answer, such as ['syncMeetings', 3].
 * The gateway puts the error of a meeting at the place of the meeting, and that of a field below it.
 */
export function troubleAt(error: Error | undefined, path: Path): Trouble {
  const errors = CombinedGraphQLErrors.is(error) ? error.errors : [];
  const here = errors.filter(one => path.every((step, index) => one.path?.[index] === step));
  const whole = here.find(one => one.path?.length === path.length);
  const unreadable = here.flatMap(one => one.path?.slice(path.length, path.length + 1) ?? []).map(String);
  return { failure: whole ? failureOf(whole) : null, unreadable };
}

/** Why a request as a whole failed: refused by the gateway, or never answered by it. */
export function failureOfRequest(error: Error | undefined): Failure {
  const [first] = CombinedGraphQLErrors.is(error) ? error.errors : errorsInBody(error);
  if (first) return failureOf(first);
  return {
    code: 'NO_ANSWER',
    message: error?.message ?? 'No answer.',
    retryable: true,
    retryAfter: 0,
    requestId: null,
  };
}

/** What is refused before it is looked at, such as a body that is too large, Apollo Client gives as a status and a text. */
function errorsInBody(error: Error | undefined): GraphQLErrors {
  if (!ServerError.is(error)) return [];
  try {
    const { errors = [] }: { errors?: GraphQLErrors } = JSON.parse(error.bodyText);
    return errors;
  } catch {
    // Not the gateway's: something between here and there has answered.
    return [];
  }
}

function failureOf({ message, extensions = {} }: GraphQLErrors[number]): Failure {
  const { code, retryable, retryAfter, requestId } = extensions;
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message,
    retryable: retryable === true,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : 0,
    requestId: typeof requestId === 'string' ? requestId : null,
  };
}
