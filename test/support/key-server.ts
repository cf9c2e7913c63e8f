import type { KeyObject } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { JWK } from 'jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { listen } from './http.ts';
import { meetingNumber } from './upstream.ts';
import type { AnswerError } from './world.ts';
import { openWorld } from './world.ts';

/** What tokens of `sign` are issued by and meant for. */
export const ISSUER = 'https://sts.example';
export const AUDIENCE = 'luminus';

/** A key that signs tokens. */
export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

/** Makes a key under a kid of its own. */
export async function createSigner(alg: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** What a token says. */
export interface Claims {
  readonly iss?: string;
  readonly aud?: string;
  /** None by default. */
  readonly sub?: string;
  /** Seconds from now; null for none at all. */
  readonly expiresIn?: number | null;
}

/** Signs a token; by default one that the gateway of `openChecked` takes. */
export function sign(
  {
    alg,
    kid,
    privateKey,
  }: Pick<Signer, 'alg' | 'kid'> & {
    readonly privateKey: CryptoKey | KeyObject;
  },
  { iss = ISSUER, aud = AUDIENCE, sub, expiresIn = 3600 }: Claims = {},
): Promise<string> {
  const token = new SignJWT(sub === undefined ? {} : { sub })
    .setProtectedHeader({ alg, kid })
    .setIssuer(iss)
    .setAudience(aud);
  return (
    expiresIn === null ? token : token.setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
  ).sign(privateKey);
}

/** Never answers. */
export const hang: RequestListener = () => {};

/** Answers with a status and a text. */
export const reply =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };

/** Answers with a key set. */
export const publish = (keys: readonly JWK[]): RequestListener => reply(200, JSON.stringify({ keys }));

/** A server of keys. @param listener what it answers with, until it is told otherwise. */
export async function startKeyServer(listener: RequestListener) {
  let current = listener;
  let fetches = 0;
  const watchers = new Set<() => void>();
  const server = createServer((request, response) => {
    fetches += 1;
    for (const look of watchers) look();
    current(request, response);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    /** How often it was asked. */
    fetches: () => fetches,
    /** Settles once it was asked so often. */
    asked: (times: number) =>
      new Promise<void>(resolve => {
        const look = (): void => {
          if (fetches < times) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    /** What it answers with from now on. */
    answer(listener: RequestListener): void {
      current = listener;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** How a gateway of `openChecked` differs from a plain one. */
export interface CheckedOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** A gateway that checks signatures against a server of keys. */
export async function openChecked(listener: RequestListener, { env = {}, clock }: CheckedOptions = {}) {
  const keyServer = await startKeyServer(listener);
  const world = await openWorld({
    env: { JWT_JWKS_URL: keyServer.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, ...env },
    ...(clock ? { clock } : {}),
  });
  return {
    keyServer,
    world,
    /** The error a token is refused with, without a call; null when it is taken and goes upstream as it is. */
    async refusalOf(token: string): Promise<AnswerError | null> {
      const { status, errors } = await world.ask(`{ syncMeeting(id: "${meetingNumber(1)}") { id } }`, {
        headers: { 'ocp-apim-subscription-key': 'sandbox-key', authorization: `Bearer ${token}` },
      });
      const sent = world.sandbox.hits.filter(hit => hit.headers.authorization === `Bearer ${token}`).length;
      const [error] = errors;
      expect([status, errors.length, sent > 0]).toEqual([200, error ? 1 : 0, !error]);
      world.sandbox.clear();
      return error ?? null;
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await keyServer[Symbol.asyncDispose]();
    },
  };
}
