import { parentPort } from 'node:worker_threads';
import { startSandbox } from '../../sandbox/server.ts';

// A sandbox in a thread of its own, for test/support/threaded-sandbox.ts.
const sandbox = await startSandbox();
parentPort?.on('message', () => {
  parentPort?.postMessage(
    sandbox.hits.map(({ startedAt, headers }) => ({ at: startedAt, authorization: headers.authorization })),
  );
});
parentPort?.postMessage(sandbox.url);
