/** Milliseconds after which the operations of a batch let other requests go on. */
const SLICE = 10;

/** Runs the operations of a batch side by side, without keeping the process from other requests while they start. */
export async function runBatch<T>(
  batch: readonly unknown[],
  run: (operation: unknown) => Promise<T>,
): Promise<T[]> {
  const running: Promise<T>[] = [];
  let started = performance.now();
  for (const operation of batch) {
    running.push(run(operation));
    if (performance.now() - started < SLICE) continue;
    await new Promise(resolve => setImmediate(resolve));
    started = performance.now();
  }
  return await Promise.all(running);
}
