import type { ErrorCode } from '../lib/errors.ts';
import { GatewayError } from '../lib/errors.ts';

/** What an HTTP error carries beyond its status, code and message. */
export interface HttpErrorOptions {
  /** Response headers beside the common ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole seconds after which a retry can succeed; also sent as the Retry-After header. */
  readonly retryAfter?: number;
}

/** An HTTP request that is refused as a whole, with a status and headers of its own. */
export class HttpError extends GatewayError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message a sentence for the client. It must not repeat anything that the client sent. */
  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    { headers = {}, retryAfter }: HttpErrorOptions = {},
  ) {
    super(code, { message, retryAfter });
    this.status = status;
    this.headers = retryAfter === undefined ? headers : { ...headers, 'Retry-After': String(retryAfter) };
  }
}
