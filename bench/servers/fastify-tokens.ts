import type { TokenOrHeader } from '@fastify/jwt';
import { fastifyJwt } from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import buildGetJwks from 'get-jwks';
import type { TokenRules } from './environment.ts';

/** Verifies the token of every request by @fastify/jwt and get-jwks, as their documentation puts them together. */
export async function verifyTokens(app: FastifyInstance, { issuer, audience }: TokenRules): Promise<void> {
  // It knows where issuers have their keys.
  const jwks = buildGetJwks({ issuersWhitelist: [issuer] });
  // It would convert the key anew for every request, which takes 10 ms for one of ES256. An attentive user keeps the result.
  const keys = new Map<string, string>();
  await app.register(fastifyJwt, {
    decode: { complete: true },
    secret: async (_request: FastifyRequest, token: TokenOrHeader) => {
      const { kid, alg } = 'header' in token ? token.header : token;
      const key = keys.get(kid) ?? (await jwks.getPublicKey({ kid, alg, domain: issuer }));
      keys.set(kid, key);
      return key;
    },
    verify: { allowedIss: issuer, allowedAud: audience },
  });
  app.addHook('onRequest', async request => {
    await request.jwtVerify();
  });
}
