import { body, type Headers, type Reply } from './reply.ts';

/** An error API Management makes itself: its spacing, and no charset in the type. */
export function apim(status: number, message: string, headers: Headers = {}): Reply {
  return body(status, `{ "statusCode": ${status}, "message": ${JSON.stringify(message)} }`, {
    'Content-Type': 'application/json',
    ...headers,
  });
}

/** A rate limit that was reached. */
export function rateLimited(seconds: number): Reply {
  return apim(429, `Rate limit is exceeded. Try again in ${seconds} seconds.`, {
    'Retry-After': String(seconds),
  });
}

const KEY_CHALLENGE: Headers = {
  'WWW-Authenticate':
    'AzureApiManagementKey realm="https://luminus.azure-api.net/zoom",name="Ocp-Apim-Subscription-Key",type="header"',
};

export const keyMissing: Reply = apim(
  401,
  'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
  KEY_CHALLENGE,
);

export const keyInvalid: Reply = apim(
  401,
  'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
  KEY_CHALLENGE,
);

/** No operation has this path and method. */
export const noRoute: Reply = apim(404, 'Resource not found');
