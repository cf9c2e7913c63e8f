import type { ErrorCode } from '../lib/errors.ts';
import type { UpstreamResponse } from '../rest/transport.ts';
import { describeContent } from './response-content.ts';

/** Why a call failed, in words, and what an operator can do about it. */
export interface Explanation {
  readonly found: string;
  readonly advice: string;
}

/** What a call was made with. */
export interface Sent {
  /** The variable that holds the subscription key. */
  readonly keyVariable: string;
  readonly hasToken: boolean;
}

/** What a failure is explained by. */
export interface FailureFacts {
  readonly sent: Sent;
  readonly response: UpstreamResponse;
  /** Why a response of 200 is not the meeting, where the decoder says so. */
  readonly reason: string | null;
}

/** The advice for trouble on the side of LumiNUS. */
export const RETRY_LATER = 'Wait and run this again; if it persists, report it to the operators of LumiNUS.';
const WRONG_ADDRESS =
  'Correct UPSTREAM_URL, or remove the proxy that answers instead of LumiNUS: the page is probably a sign-in or an error page.';
const REPORT = 'Report it to the operators of LumiNUS: the gateway cannot use such a response.';

/** Explanations of responses, by the code that clients of the gateway would see. */
export const EXPLANATIONS: { readonly [C in ErrorCode]?: (facts: FailureFacts) => Explanation } = {
  UPSTREAM_MISCONFIGURED: ({ response, sent }) =>
    response.status === 404
      ? {
          found: 'API Management has no operation at this path',
          advice: 'Correct the path of UPSTREAM_URL: /zoom/Meeting/{ID}/Sync is appended to it.',
        }
      : refusedKey(sent),
  UNAUTHENTICATED: ({ sent }) => {
    const isToken = 'the token of a user of LumiNUS';
    return sent.hasToken
      ? { found: 'the token was refused', advice: `Set DOCTOR_TOKEN to ${isToken} that is new.` }
      : { found: 'a token is required', advice: `Set DOCTOR_TOKEN to ${isToken}.` };
  },
  FORBIDDEN: () => ({
    found: 'the user of the token may not sync this meeting',
    advice: "Use a token of the meeting's owner, or the id of another meeting.",
  }),
  NOT_FOUND: ({ response }) => ({
    found:
      response.status === 200 ? 'the content says that there is no such meeting' : 'there is no such meeting',
    advice: 'Check the meeting id. If the meeting exists, report it to the operators of LumiNUS.',
  }),
  BAD_USER_INPUT: () => ({
    found: 'LumiNUS does not accept this meeting id',
    advice: 'Check the meeting id.',
  }),
  UPSTREAM_QUOTA_EXCEEDED: ({ sent }) => ({
    found: 'the quota of the subscription key is used up',
    advice: `Wait, have the quota raised, or set ${sent.keyVariable} to another key.`,
  }),
  UPSTREAM_RATE_LIMITED: ({ response }) => ({
    found:
      response.status === 429
        ? 'LumiNUS limits how often this key may call'
        : 'the content says that there were too many calls',
    advice: 'Wait. If it persists, lower UPSTREAM_MAX_IN_FLIGHT or have the limit raised.',
  }),
  UPSTREAM_BAD_REQUEST: ({ response }) => ({
    found: `LumiNUS rejected the call, with ${describeContent(response)}`,
    advice: 'Run this again: LumiNUS is known to reject good calls at times. If it persists, report it.',
  }),
  UPSTREAM_ERROR: ({ response }) => ({
    found: `LumiNUS failed, with ${describeContent(response)}`,
    advice: RETRY_LATER,
  }),
  UPSTREAM_UNAVAILABLE: ({ response }) => ({
    found: `LumiNUS, or a proxy in front of it, is out of service; it sent ${describeContent(response)}`,
    advice: RETRY_LATER,
  }),
  UPSTREAM_INVALID_RESPONSE: explainInvalid,
};

/** A credential that was sent and, as API Management says, did not arrive. */
export function explainAbsent(credential: string): Explanation {
  return {
    found: `the ${credential} did not arrive`,
    advice:
      'A proxy on the way removes the header: have it pass on Ocp-Apim-Subscription-Key and Authorization.',
  };
}

function explainInvalid({ response, reason }: FailureFacts): Explanation {
  const { status, headers, body } = response;
  if (status >= 300 && status < 400) {
    return {
      found: `a redirect to ${targetOf(headers['location'])}, which the gateway does not follow`,
      advice:
        'Correct UPSTREAM_URL: it must name the API itself, and no page that leads to it or to a sign-in.',
    };
  }
  if (body === 'too large') {
    return {
      found: 'the response is larger than UPSTREAM_MAX_RESPONSE_BYTES',
      advice: 'If it is a meeting, raise UPSTREAM_MAX_RESPONSE_BYTES. Otherwise correct UPSTREAM_URL.',
    };
  }
  if (reason === 'no id') return { found: 'a meeting without a valid id', advice: REPORT };
  if (reason === 'id of another meeting')
    return { found: 'another meeting than the one requested', advice: REPORT };
  const content = describeContent(response);
  return {
    found: `${content}, and not a meeting`,
    advice: content === 'an HTML page' ? WRONG_ADDRESS : REPORT,
  };
}

function refusedKey({ keyVariable }: Sent): Explanation {
  return {
    found: 'the subscription key is not valid',
    advice: `Set ${keyVariable} to the primary or the secondary key of an active subscription, from the API profile.`,
  };
}

/** Where a redirect leads: its host alone, as a path or query may hold a secret. */
function targetOf(location: string | string[] | undefined): string {
  const url = URL.parse(String(location ?? ''));
  return url === null ? 'another path of the same server' : `${url.protocol}//${url.host}`;
}
