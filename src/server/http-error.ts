import type { FailureCode } from '../lib/errors.ts';
import { Failure } from '../lib/errors.ts';

/** An HTTP request that is refused before any GraphQL runs: a failure with a status and headers of its own. */
export class Refusal extends Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: FailureCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    retryAfter?: number,
  ) {
    super(code, { message, retryAfter });
    this.status = status;
    this.headers = headers;
  }
}
