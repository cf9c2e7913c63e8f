import type { Credentials } from '../auth/caller.ts';
import type { Api } from '../rest/api.ts';
import { classifyError, classifyResponse } from './classify-response.ts';

/** The LumiNUS API. @param baseUrl its origin, and path prefix if any. */
export function createLuminusApi(baseUrl: URL): Api {
  return { baseUrl, headersFor, classifyResponse, classifyError };
}

function headersFor(
  { subscriptionKey, authorization }: Credentials,
  requestId: string,
): Record<string, string> {
  return {
    accept: 'application/json',
    'ocp-apim-subscription-key': subscriptionKey,
    'x-request-id': requestId,
    ...(authorization === null ? {} : { authorization }),
  };
}
