import { randomBytes } from 'node:crypto';

/** A caller's own credentials: a subscription key, and a token of the kind real callers send. */
export interface Caller {
  readonly key: string;
  /** What the upstream repeats of the token, which shows that the token has reached it. */
  readonly subject: string;
  /** The value of the Authorization header. */
  readonly authorization: string;
}

/** Those who ask a server. */
export interface Callers {
  /** A caller for a request of the benchmark itself. */
  readonly next: () => Caller;
  /** The caller of a request of wrk, with the placeholders that wrk.lua fills in. */
  readonly template: Caller;
  /** File of the tokens that stand for `@TOKEN@` in turn, one a line; null where the template has none. */
  readonly tokens: string | null;
  /** The subject by Authorization header, as an nginx map takes them: texts, or a pattern and what it has captured. */
  readonly known: ReadonlyMap<string, string>;
}

const HEADER = { typ: 'JWT', alg: 'RS256', kid: 'sandbox-benchmark' };

/** The subject comes last, and 12 characters at a multiple of three stand in base64 by themselves. */
const CLAIMS = '{"iss":"https://sandbox.invalid","aud":"sandbox","iat":1767225600,"exp":4102444800,"sub":"';
const CLAIMS_END = '"}';

/** As long as a signature by RS256; no server that is sent such tokens verifies them. */
const SIGNATURE = 'sandbox-'.repeat(43).slice(0, 342);

/** What of a token stands before and after the subject. */
export const TOKEN_PARTS = {
  before: `${base64(JSON.stringify(HEADER))}.${base64(CLAIMS.padStart(Math.ceil(CLAIMS.length / 3) * 3))}`,
  after: `${base64(CLAIMS_END)}.${SIGNATURE}`,
} as const;

/** Callers who are new at every request. Their subject is as it stands in the token: 12 hex digits, in base64. */
export const NEW_CALLERS: Callers = {
  next: () => callerOf(newKey(), base64(randomBytes(6).toString('hex'))),
  template: callerOf('@KEY@', '@SUBJECT@'),
  tokens: null,
  known: new Map([[`~^${escapeDots(authorizationOf('(?<named>[A-Za-z0-9_-]{16})'))}$`, '$named']]),
};

/** A subscription key nobody had before. */
export function newKey(): string {
  return `sandbox-${randomBytes(12).toString('hex')}`;
}

function callerOf(key: string, subject: string): Caller {
  return { key, subject, authorization: authorizationOf(subject) };
}

function authorizationOf(subject: string): string {
  return `Bearer ${TOKEN_PARTS.before}${subject}${TOKEN_PARTS.after}`;
}

function escapeDots(pattern: string): string {
  return pattern.replaceAll('.', '\\.');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}
