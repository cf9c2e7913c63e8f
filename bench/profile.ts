import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load/wrk.ts';
import { leaveServerCore } from './machine.ts';
import { mustBeClean } from './outcome.ts';
import type { ServerName } from './servers/list.ts';
import { SERVER_NAMES } from './servers/list.ts';
import { createStage, untilRight } from './stage.ts';
import { loadOf } from './workloads/load-of.ts';
import { ONE } from './workloads/shapes.ts';

/** The part of V8's .cpuprofile that is read here; times in microseconds. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: number[] }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

const WARM_UP = 6;
const WINDOW = 8;

/** V8 writes its profile when a process exits by itself, which not every server does when told to stop. */
const EXIT_BY_ITSELF = '--import=data:text/javascript,process.once("SIGTERM",()=>process.exit())';

/** Who a stack frame's own time is put to: the first that matches its file. */
const GROUPS: readonly (readonly [group: string, file: RegExp])[] = [
  ['our server', /\/src\/server\//],
  ['our graphql, schema and auth', /\/src\/(?:graphql|schema|auth)\//],
  ['our luminus: decoding', /\/src\/luminus\//],
  ['our rest', /\/src\/rest\//],
  ['ours, the rest', /\/src\//],
  ['execution', /@graphql-tools\/executor|@graphql-tools\/utils|\/graphql\/(?:execution|jsutils|type)\//],
  ['graphql: parse, validate, the rest', /\/graphql\//],
  ['graphql-jit', /graphql-jit/],
  ['yoga, envelop, graphql-tools', /graphql-yoga|@envelop|@graphql-tools|@whatwg-node|pothos|@repeaterjs/],
  ['graphql-scalars', /graphql-scalars/],
  ['dataloader', /dataloader/],
  // Its HTTP parser is the only WebAssembly here.
  ['undici', /undici|^wasm:/],
  ['logging', /pino|sonic-boom|thread-stream|stringify|quick-format/],
  ['Node: http', /^node:_?(?:internal\/)?_?http/],
  ['Node: net, streams', /^node:(?:net|_?stream|internal\/(?:streams|stream_base|js_stream))|tls/],
  ['Node: abort signals, events', /^node:(?:events|internal\/(?:abort|event_target))/],
  ['Node: timers, promises, hooks', /^node:(?:timers|internal\/(?:timers|process|async_hooks))/],
  ['Node: the rest', /^node:/],
];

const name = SERVER_NAMES.find(one => one === (process.argv[2] ?? 'gateway'));
if (name === undefined) throw new Error(`Name one of ${SERVER_NAMES.join(', ')}.`);
process.stdout.write(await profile(name));

/** Runs workload a on a server under V8's sampling profiler; tells whose time a query takes, in microseconds. */
async function profile(server: ServerName): Promise<string> {
  leaveServerCore();
  await using stage = await createStage([server]);
  let loaded: Awaited<ReturnType<typeof load>>;
  let from: number;
  let to: number;
  {
    const nodeArgs = ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${stage.dir}`, EXIT_BY_ITSELF];
    await using started = await stage.start(server, { nodeArgs });
    await untilRight(started);
    const one = loadOf(started, ONE);
    await load(stage.dir, { ...one, seconds: WARM_UP });
    from = now();
    loaded = await load(stage.dir, { ...one, seconds: WINDOW });
    to = now();
    mustBeClean(loaded);
  }
  const file = readdirSync(stage.dir).find(entry => entry.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error('the server wrote no profile');
  const text = readFileSync(join(stage.dir, file), 'utf8');
  return summary(JSON.parse(text), from, to, loaded.requests);
}

/** On Linux V8 stamps profiles by the same monotonic clock. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function summary(profile: Profile, from: number, to: number, queries: number): string {
  const frames = new Map(profile.nodes.map(node => [node.id, node.callFrame]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id])),
  );
  const groups = new Map<string, number>();
  const inclusive = new Map<string, number>();
  const functions = new Map<string, number>();
  const oursAround = (id: number): Set<string> => {
    const labels = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = frames.get(at);
      if (frame !== undefined && /(?<!node_modules.*)\/src\//.test(frame.url)) labels.add(labelOf(frame));
    }
    return labels;
  };
  let time = profile.startTime;
  for (const [n, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[n] ?? 0;
    time += delta;
    const frame = frames.get(id);
    if (frame === undefined || time < from || time > to || frame.functionName === '(idle)') continue;
    add(groups, groupOf(frame), delta / queries);
    add(functions, labelOf(frame), delta / queries);
    for (const label of oursAround(id)) add(inclusive, label, delta / queries);
  }
  const total = [...groups.values()].reduce((sum, micros) => sum + micros, 0);
  const lines = (map: Map<string, number>, most: number): string[] =>
    [...map]
      .sort((one, other) => other[1] - one[1])
      .slice(0, most)
      .map(([label, micros]) => `  ${micros.toFixed(1).padStart(7)}  ${label}`);
  return [
    `${total.toFixed(0)} µs a query under the profiler, ${queries} queries; own time by group:`,
    ...lines(groups, GROUPS.length + 3),
    'own time by function:',
    ...lines(functions, 50),
    'our functions with all that they call:',
    ...lines(inclusive, 50),
    '',
  ].join('\n');
}

function add(map: Map<string, number>, key: string, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}

function groupOf({ functionName, url }: Frame): string {
  if (functionName === '(garbage collector)') return 'garbage collector';
  if (functionName === '(program)') return 'native code (system calls, parsers)';
  if (/^write(?:v|Buffer|\w*String)$/.test(functionName)) return 'writing to sockets and files';
  if (url === '') return 'built-in functions';
  return GROUPS.find(([, file]) => file.test(url))?.[0] ?? url.replace(/^.*\/node_modules\//, '');
}

function labelOf({ functionName, url, lineNumber }: Frame): string {
  const file = url.replace(/^.*\/(?=node_modules\/|src\/|bench\/)/, '');
  return `${functionName || '(anonymous)'}  ${file}${file === '' ? '' : `:${lineNumber + 1}`}`;
}
