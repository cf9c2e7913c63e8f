import type { Log } from '../observability/log.ts';

const ignore = (): void => {};

/** The log of the parts of the gateway that the checks use: they say themselves what they found. */
export const NO_LOG: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
