import { readCurl } from './document.ts';
import { LISTENING, startProgram } from './process.ts';

/** What `npm run dev` runs, on ports that the system chooses. */
export interface DevServer extends AsyncDisposable {
  /** Sends a request as a document shows it with curl. @param change what is done to its body before. */
  send(command: string, change?: (body: string) => string): Promise<Response>;
}

/** Starts it, and waits until it listens. */
export async function startDevServer(): Promise<DevServer> {
  const program = startProgram(['dev.ts'], { PORT: '0', SANDBOX_PORT: '0', ADMIN_PORT: '0' });
  const [, url = ''] = await program.says(LISTENING);
  return {
    send(command, change = body => body) {
      const { method, headers, body, path } = readCurl(command);
      return fetch(new URL(path, url), { method, headers, body: change(body) });
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
