import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import gatewayPackage from '../../package.json' with { type: 'json' };

/** A program of the project in a process of its own. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** All it has written so far, to either stream. */
  output(): string;
  /** Settles with the match once what it has written matches; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code. */
  readonly exit: Promise<number | null>;
}

/** The line with which a gateway says where it listens; its address is the first group. */
export const LISTENING = /"url":"(http:[^"]+)"/;

/** The bundle to start instead of the source, in `npm run test:bundle`. */
export const BUNDLE = process.env['GATEWAY_BUNDLE'];

/** What a script of npm gives to Node: its options, and the file. */
export function argumentsOf(script: 'start' | 'start:small'): string[] {
  const args = gatewayPackage.scripts[script].split(' node ')[1]?.split(' ') ?? [];
  // A developer's own .env is none of a test's business.
  return args.filter(arg => !arg.startsWith('--env-file'));
}

/** The same for the program under test: the bundle has the options of the script. */
function gatewayArguments(script: 'start' | 'start:small'): string[] {
  const args = argumentsOf(script);
  return BUNDLE === undefined ? args : [...args.slice(0, -1), BUNDLE];
}

/** Starts Node on a file of the project, before which its options may stand, with only the given environment. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  return startCommand(process.execPath, args, env);
}

/** Starts npm on one of the project's scripts, in a process group of its own, which ends as a whole with the program. */
export function startScript(script: string, env: Readonly<Record<string, string>>): Program {
  const program = startCommand(
    'npm',
    ['run', script],
    { npm_config_update_notifier: 'false', ...env },
    { detached: true },
  );
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      if (groupLives(program)) process.kill(-groupOf(program), 'SIGKILL');
      await program.exit;
    },
  };
}

/** Whether a process is left of those that a script started. */
export function groupLives(program: Program): boolean {
  try {
    return process.kill(-groupOf(program), 0);
  } catch {
    return false;
  }
}

function groupOf({ child: { pid } }: Program): number {
  if (pid === undefined) throw new Error('the program was not started');
  return pid;
}

/** Starts any program in the project's folder, with only the given environment. */
export function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { detached = false, stdout }: { readonly detached?: boolean; readonly stdout?: number | undefined } = {},
): Program {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached,
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
  let written = '';
  const exit = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  const collect = (chunk: Buffer): void => {
    written += chunk.toString();
  };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', collect);
  return {
    child,
    output: () => written,
    exit,
    says: pattern =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(written);
          if (match) resolve(match);
        };
        look();
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
        child.once('close', () => reject(new Error(`ended without saying ${pattern}: ${written}`)));
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** The environment in which Node runs some code before a program. Percent signs, as NODE_OPTIONS has no spaces and eats quotes. */
export function importing(code: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

/**
 * Starts the gateway as `npm start` does, or its bundle, on a port that the system chooses where none is named.
 * @param stdout the file descriptor its log goes to; left out, the program collects it.
 * @param script `start:small` for a gateway with little memory.
 */
export function startGatewayProgram(
  env: Readonly<Record<string, string>>,
  stdout?: number,
  script: 'start' | 'start:small' = 'start',
): Program {
  return startCommand(process.execPath, gatewayArguments(script), { PORT: '0', ...env }, { stdout });
}
