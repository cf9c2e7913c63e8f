/** A code of the catalogue: when it is used, what its reader should do, and whether a retry can succeed. */
export interface ErrorKind {
  readonly when: string;
  readonly advice: string;
  readonly retryable: boolean;
}

/**
 * Every code a client can see in `extensions.code`: the one catalogue that error messages and the documentation follow.
 * `retryable` is advice to clients and depends on the code alone.
 */
export const ERRORS = {
  UNAUTHENTICATED: {
    when: 'Credentials are missing, malformed, expired or were refused.',
    advice: 'Sign in again and check the Authorization and Ocp-Apim-Subscription-Key headers.',
    retryable: false,
  },
  KEYS_UNAVAILABLE: {
    when: 'The token cannot be checked: the server of the keys that sign tokens cannot be reached.',
    advice: 'Try again in a few seconds; if it persists, report the requestId.',
    retryable: true,
  },
  FORBIDDEN: {
    when: 'The signed-in user may not sync this meeting.',
    advice: 'Ask the owner of the meeting for access.',
    retryable: false,
  },
  NOT_FOUND: {
    when: 'LumiNUS knows no meeting with this id.',
    advice: 'Check the meeting id.',
    retryable: false,
  },
  BAD_USER_INPUT: {
    when: 'A variable, or the key of a representation, has a value that cannot be used.',
    advice: 'Correct the value and send the request again.',
    retryable: false,
  },
  LIMIT_EXCEEDED: {
    when: 'The request asks for more than one request may.',
    advice: 'Ask for less in one request.',
    retryable: false,
  },
  RATE_LIMITED: {
    when: 'The caller has asked for more meetings than it may over time.',
    advice: 'Try again after retryAfter seconds, or more slowly.',
    retryable: true,
  },
  OVERLOADED: {
    when: 'The gateway has as many connections, unfinished requests or queued upstream calls as it accepts, or the upstream call was still queued at the deadline.',
    advice: 'Try again after retryAfter seconds.',
    retryable: true,
  },
  UPSTREAM_RATE_LIMITED: {
    when: 'LumiNUS limits how often this key may call.',
    advice: 'Try again after retryAfter seconds, or more slowly.',
    retryable: true,
  },
  UPSTREAM_QUOTA_EXCEEDED: {
    when: 'The call or bandwidth quota of this key is used up.',
    advice: 'Try again after retryAfter seconds, when the quota is replenished.',
    retryable: true,
  },
  UPSTREAM_BAD_REQUEST: {
    when: 'LumiNUS rejected the call; this is known to happen to good requests too.',
    advice: 'Try again; if it persists, report the requestId.',
    retryable: true,
  },
  UPSTREAM_ERROR: {
    when: 'LumiNUS failed while it worked on the call.',
    advice: 'Try again later; if it persists, report the requestId.',
    retryable: true,
  },
  UPSTREAM_UNAVAILABLE: {
    when: 'LumiNUS cannot be reached or is out of service.',
    advice: 'Try again later.',
    retryable: true,
  },
  UPSTREAM_TIMEOUT: {
    when: 'LumiNUS did not answer in time.',
    advice: 'Try again later.',
    retryable: true,
  },
  UPSTREAM_INVALID_RESPONSE: {
    when: 'LumiNUS answered with something that is not this meeting, or a field that cannot be read.',
    advice: 'Use the rest of the response; report the requestId if you need what is missing.',
    retryable: false,
  },
  UPSTREAM_MISCONFIGURED: {
    when: 'The gateway itself is misconfigured: its own subscription key or its upstream address was refused.',
    advice: 'Report the requestId to the operators of the gateway.',
    retryable: false,
  },
  BAD_REQUEST: {
    when: 'The HTTP request is not a GraphQL request this gateway accepts.',
    advice: 'POST a JSON object with a query string to /graphql.',
    retryable: false,
  },
  GRAPHQL_PARSE_FAILED: {
    when: 'The query is not valid GraphQL syntax.',
    advice: 'Correct the query.',
    retryable: false,
  },
  GRAPHQL_VALIDATION_FAILED: {
    when: 'The query does not fit the schema.',
    advice: 'Correct the query; the schema is in schema.graphql.',
    retryable: false,
  },
  OPERATION_RESOLUTION_FAILURE: {
    when: 'The document has several operations, or none of the given name.',
    advice: 'Send operationName with the name of one operation of the document.',
    retryable: false,
  },
  PERSISTED_QUERY_NOT_FOUND: {
    when: 'Only the hash of a query was sent, and the gateway does not know it yet.',
    advice: "Send the text with its hash; Apollo's link does so by itself.",
    retryable: false,
  },
  PERSISTED_DOCUMENT_UNKNOWN: {
    when: 'The gateway runs only the operations of a manifest, and this is none of them.',
    advice: 'Have the operation added to the manifest, or use one that is in it.',
    retryable: false,
  },
  INTERNAL_SERVER_ERROR: {
    when: 'The gateway failed because of a bug of its own.',
    advice: 'Report the requestId to the operators of the gateway.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorKind>;

/** A stable name of a failure, as clients see it in `extensions.code`. */
export type ErrorCode = keyof typeof ERRORS;

/** The part of `extensions` that an error has by itself; the request id is added when it is formatted. */
export interface ErrorExtensions {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly upstreamStatus?: number;
  readonly retryAfter?: number;
}

/** What is known of a failure beyond its code. */
export interface ErrorDetails {
  /** The message for the client; by default that of the catalogue. Never holds anything the upstream sent. */
  readonly message?: string;
  /** The HTTP status the upstream answered with. */
  readonly upstreamStatus?: number | undefined;
  /** Whole seconds after which a retry can succeed. */
  readonly retryAfter?: number | undefined;
  /** For the log alone. */
  readonly cause?: unknown;
}

/**
 * An error that a client may see.
 * Its `extensions` reach the client unchanged; its `cause` never does.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly extensions: ErrorExtensions;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const { when, advice, retryable } = ERRORS[code];
    super(
      details.message ?? `${when} ${advice}`,
      details.cause === undefined ? {} : { cause: details.cause },
    );
    const { upstreamStatus, retryAfter } = details;
    this.extensions = {
      code,
      retryable,
      ...(upstreamStatus === undefined ? {} : { upstreamStatus }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }

  get code(): ErrorCode {
    return this.extensions.code;
  }
}
