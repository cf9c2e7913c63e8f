import { SANDBOX_KEY, type Sandbox } from '../../sandbox/server.ts';

/** The path of the operation. */
export const pathOf = (id: string) => `/zoom/Meeting/${id}/Sync`;

/** Asks the sandbox itself, with its own key unless `init` has other headers. */
export function callSandbox(sandbox: Sandbox, id: string, init: RequestInit = {}): Promise<Response> {
  return fetch(sandbox.url + pathOf(id), {
    headers: { 'ocp-apim-subscription-key': SANDBOX_KEY, accept: 'application/json' },
    redirect: 'manual',
    ...init,
  });
}
