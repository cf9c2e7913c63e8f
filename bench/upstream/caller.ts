import { randomBytes } from 'node:crypto';

/** A caller's own credentials: a subscription key, and a token of the kind real callers send. */
export interface Caller {
  readonly key: string;
  /** The token's subject as it stands in the token: 12 hex digits, in base64. */
  readonly subject: string;
}

const HEADER = { typ: 'JWT', alg: 'RS256', kid: 'sandbox-benchmark' };

/** The subject comes last, and 12 characters at a multiple of three stand in base64 by themselves. */
const CLAIMS = '{"iss":"https://sandbox.invalid","aud":"sandbox","iat":1767225600,"exp":4102444800,"sub":"';
const CLAIMS_END = '"}';

/** As long as a signature by RS256; nobody in the benchmark can tell that it is none. */
const SIGNATURE = 'sandbox-'.repeat(43).slice(0, 342);

/** What of a token stands before and after the subject. */
export const TOKEN_PARTS = {
  before: `${base64(JSON.stringify(HEADER))}.${base64(CLAIMS.padStart(Math.ceil(CLAIMS.length / 3) * 3))}`,
  after: `${base64(CLAIMS_END)}.${SIGNATURE}`,
} as const;

/** A caller nobody was before. */
export function newCaller(): Caller {
  return {
    key: `sandbox-${randomBytes(12).toString('hex')}`,
    subject: base64(randomBytes(6).toString('hex')),
  };
}

/** The Authorization header of a caller. */
export function authorizationOf({ subject }: Caller): string {
  return `Bearer ${TOKEN_PARTS.before}${subject}${TOKEN_PARTS.after}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}
