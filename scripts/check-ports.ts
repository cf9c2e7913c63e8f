import { createServer } from 'node:net';

/** The ports of `npm run dev`, by the variables that choose others. */
const PORTS = { PORT: 4000, SANDBOX_PORT: 4010, ADMIN_PORT: 4011 };

/** Tells whether a port can be listened on; one that is no port is for others to report. */
function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host: process.env['HOST'] || '127.0.0.1' }, () =>
      server.close(() => resolve(true)),
    );
  });
}

const taken: string[] = [];
for (const [name, fallback] of Object.entries(PORTS)) {
  const port = Number(process.env[name] || fallback);
  if (port > 0 && port < 65_536 && !(await isFree(port))) taken.push(`port ${port} (${name})`);
}
if (taken.length > 0) {
  const others = Object.entries(PORTS).map(([name, port]) => `${name}=${port + 100}`);
  process.stderr.write(
    `Not started: ${taken.join(' and ')} ${taken.length === 1 ? 'is' : 'are'} taken, perhaps by another npm run dev. Choose other ports, as in: ${others.join(' ')} npm run dev\n`,
  );
  process.exitCode = 1;
}
