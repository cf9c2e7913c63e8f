import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What to send, how much of it and for how long. */
export interface Load {
  readonly url: string;
  /** See `requestTemplate`. */
  readonly template: string;
  /** File of the tokens that stand for `@TOKEN@` in turn, one a line. */
  readonly tokens: string | null;
  readonly connections: number;
  readonly seconds: number;
  /** Whether every request has an id and a caller of its own, or all have the same. */
  readonly ids: 'distinct' | 'same';
  /** Requests a second, at times that have nothing to do with earlier answers; by default as many as are answered. */
  readonly rate?: number;
  /** Seconds after which a request counts as broken; by default 10. */
  readonly timeout?: number;
}

/** What came of it; latencies in milliseconds. */
export interface Loaded {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  /** Requests without an answer: connections refused or broken, time-outs. */
  readonly broken: number;
  /** Answers other than 200, or with `errors`. */
  readonly bad: number;
  /** The first of them: its status and the start of its body. */
  readonly sample: string;
}

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));

/** No two runs of wrk share it, whichever process starts them: ids and callers stay distinct over the whole run. */
let run = Math.floor(Date.now() / 1000) % 0x7000_0000;

/** A load that runs. */
export interface RunningLoad {
  /** Stops asking: what has been asked is still answered. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends a load that is paused, before its time. */
  readonly end: () => void;
  /** What came of it. Its seconds are those of the clock, pauses included. */
  readonly loaded: Promise<Loaded>;
}

/** Loads a server with wrk: each connection asks again as soon as it was answered, or after a rest where a rate is given. */
export async function load(dir: string, asked: Load): Promise<Loaded> {
  return await startLoad(dir, asked).loaded;
}

/** Starts to load a server. */
export function startLoad(
  dir: string,
  { url, template, tokens, connections, seconds, ids, rate, timeout = 10 }: Load,
): RunningLoad {
  const rest = rate === undefined ? 0 : Math.round((connections / rate) * 1000);
  run += 1;
  const file = join(dir, `request-${run}.txt`);
  writeFileSync(file, template);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', `${timeout}s`, '-s', SCRIPT, url];
  const ended = promisify(execFile)('wrk', [
    ...args,
    '--',
    file,
    String(run),
    ids,
    String(rest),
    tokens ?? '',
  ]);
  return {
    pause: () => void ended.child.kill('SIGSTOP'),
    resume: () => void ended.child.kill('SIGCONT'),
    end() {
      const interrupt = (): void => void ended.child.kill('SIGINT');
      // Only one that reaches its main thread ends it, and the system chooses the thread.
      const timer = setInterval(interrupt, 20);
      ended.child.once('exit', () => clearInterval(timer));
      interrupt();
      ended.child.kill('SIGCONT');
    },
    loaded: ended.then(({ stdout }) => parseOutput(stdout)),
  };
}

function parseOutput(stdout: string): Loaded {
  const result = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (result === undefined) throw new Error(`wrk said: ${stdout.slice(0, 500)}`);
  const { micros, p50, p99, ...counts } = JSON.parse(result);
  return {
    ...counts,
    seconds: micros / 1e6,
    p50: p50 / 1000,
    p99: p99 / 1000,
    sample: /^SAMPLE (.*)$/m.exec(stdout)?.[1] ?? '',
  };
}
