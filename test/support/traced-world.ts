import { startOtlpReceiver } from './otlp-receiver.ts';
import type { WorldOptions } from './world.ts';
import { openWorld } from './world.ts';

/** A world whose gateway exports its spans to a receiver, as soon as it can. */
export async function openTraced({ env = {}, ...options }: WorldOptions = {}) {
  const stack = new AsyncDisposableStack();
  const receiver = stack.use(await startOtlpReceiver());
  const world = stack.use(
    await openWorld({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '1',
        UPSTREAM_RETRY_MIN_DELAY_MS: '1',
        UPSTREAM_RETRY_MAX_DELAY_MS: '2',
        ...env,
      },
      ...options,
    }),
  );
  return { receiver, world, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
