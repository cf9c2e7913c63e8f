import { SANDBOX_KEY } from '../../../../sandbox/server.ts';

/** An error of an answer, as JSON. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string };
}

/** What a service answered; `data` has the shape the test asked for. */
export interface Answer<T> {
  readonly data: T;
  readonly errors: readonly AnswerError[];
}

/** A request. */
export interface Ask {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The credentials of a plain caller. */
export const STUDENT = {
  authorization: 'Bearer student',
  'ocp-apim-subscription-key': SANDBOX_KEY,
} as const;

/** Asks any GraphQL service. */
export async function post<T>(
  url: string,
  query: string,
  { variables = {}, headers = STUDENT, signal }: Ask = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
    ...(signal ? { signal } : {}),
  });
  const { data, errors = [] } = JSON.parse(await response.text());
  return { data, errors };
}
