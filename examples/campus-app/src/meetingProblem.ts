import type { Failure } from './failure.ts';

/** A failure in words for a student, and what the page offers her. */
export interface MeetingProblem {
  readonly title: string;
  readonly sentence: string;
  /** Whether to offer another try. */
  readonly tryAgain: boolean;
  /** The number to report, where only people can help. */
  readonly report: string | null;
}

type Words = readonly [title: string, sentence: string, help?: 'report'];

const OURS: Words = ['Something is wrong on our side', 'Please tell the IT help desk.', 'report'];
const OUTDATED: Words = [
  'This page is out of date',
  'Load it again. If that does not help, report it.',
  'report',
];
const BUSY = 'Please wait a moment, and try again.';

/** A row for each code of the gateway, and NO_ANSWER for when it is out of reach. */
const WORDS = {
  FORBIDDEN: ['Not shared with you', 'Ask the lecturer for access to this meeting.'],
  NOT_FOUND: [
    'This meeting no longer exists',
    'It may have been deleted. Check the announcements of the module.',
  ],
  UNAUTHENTICATED: ['You are signed out', 'Sign in again to see your meetings.'],
  KEYS_UNAVAILABLE: ['Your sign-in cannot be checked right now', 'Please try again in a moment.'],
  UPSTREAM_RATE_LIMITED: ['Too many requests right now', BUSY],
  UPSTREAM_QUOTA_EXCEEDED: [
    'The limit of this app is used up',
    'LumiNUS answers it again from the time below.',
  ],
  OVERLOADED: ['Too many requests right now', BUSY],
  RATE_LIMITED: ['Too many requests right now', BUSY],
  UPSTREAM_UNAVAILABLE: ['LumiNUS is not available', 'It is out of service at the moment.'],
  UPSTREAM_TIMEOUT: ['LumiNUS took too long', 'It may be quicker at the next try.'],
  UPSTREAM_ERROR: ['LumiNUS had an error', 'It failed while it loaded this meeting.'],
  UPSTREAM_BAD_REQUEST: ['LumiNUS refused the request', 'This happens sometimes. Trying again often helps.'],
  UPSTREAM_INVALID_RESPONSE: [
    'This meeting cannot be shown',
    'LumiNUS sent something that this page cannot read.',
    'report',
  ],
  NO_ANSWER: ['No connection', 'Check that you are online.'],
  LIMIT_EXCEEDED: OUTDATED,
  BAD_USER_INPUT: OUTDATED,
  BAD_REQUEST: OUTDATED,
  GRAPHQL_PARSE_FAILED: OUTDATED,
  GRAPHQL_VALIDATION_FAILED: OUTDATED,
  OPERATION_RESOLUTION_FAILURE: OUTDATED,
  PERSISTED_QUERY_NOT_FOUND: OUTDATED,
  PERSISTED_DOCUMENT_UNKNOWN: OUTDATED,
  UPSTREAM_MISCONFIGURED: OURS,
  INTERNAL_SERVER_ERROR: OURS,
} satisfies Record<string, Words>;

/** Puts a failure into words. A code that came after this page was made is told in the gateway's own words. */
export function meetingProblem({ code, message, retryable, requestId }: Failure): MeetingProblem {
  const [title, sentence, help]: Words = isKnown(code) ? WORDS[code] : ['Could not be loaded', message];
  return { title, sentence, tryAgain: retryable, report: help ? requestId : null };
}

/** Whether the page has its own words for a code. */
export function isKnown(code: string): code is keyof typeof WORDS {
  return Object.hasOwn(WORDS, code);
}
