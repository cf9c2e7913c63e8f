import { hash } from 'node:crypto';
import { expect } from 'vitest';
import { postBody } from './http.ts';
import type { AnswerError } from './world.ts';

/** The hash a text goes by. */
export const sha256 = (text: string): string => hash('sha256', text);

/** A request that names its text by hash alone. */
export const byHash = (sha256Hash: unknown) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

/** A request with a text and its hash. */
export const withText = (query: string) => ({ query, ...byHash(sha256(query)) });

/** A text that nobody has sent before. */
export const newText = (): string => `{ ${newName()}: __typename }`;

/** A name that nobody has used before, always as long. */
export const newName = (): string => `a${(count++).toString().padStart(6, '0')}`;
let count = 0;

/** What came of a request: data, or its one error. */
export interface Outcome {
  readonly status: number;
  readonly data?: unknown;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** Posts a request of any shape. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Outcome> {
  const { status, text } = await postBody(url, JSON.stringify(body), headers);
  const { data, errors }: { data?: unknown; errors?: readonly AnswerError[] } = JSON.parse(text);
  if (errors === undefined) return { status, data };
  expect(errors).toHaveLength(1);
  return { status, code: errors[0]?.extensions.code, message: errors[0]?.message };
}
