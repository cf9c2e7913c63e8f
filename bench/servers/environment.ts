/** Where a peer listens; every server is told by its environment. */
export const PORT = Number(process.env['PORT']);

/** The upstream's origin. */
export const UPSTREAM_URL = process.env['UPSTREAM_URL'] ?? '';

/** As many connections to the upstream as the gateway has. */
export const CONNECTIONS = 64;

/** Which tokens a peer takes. */
export interface TokenRules {
  readonly keysUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** By the gateway's own variables; null for a peer that leaves tokens to the upstream. */
export const TOKEN_RULES: TokenRules | null = readTokenRules();

function readTokenRules(): TokenRules | null {
  const { JWT_JWKS_URL: keysUrl, JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = process.env;
  return keysUrl === undefined ? null : { keysUrl, issuer, audience };
}

/** Path of the one operation. */
export function pathOf(id: string): string {
  return `/zoom/Meeting/${id}/Sync`;
}
