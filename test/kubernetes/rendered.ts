import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';

/** The types of manifests by their kind. */
export interface Kinds {
  ConfigMap: IConfigMap;
  Deployment: IDeployment;
  HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  NetworkPolicy: INetworkPolicy;
  PodDisruptionBudget: IPodDisruptionBudget;
  Secret: ISecret;
  Service: IService;
  ServiceMonitor: IServiceMonitor;
}

/** A manifest as it was read; its type is checked by compileManifests. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Where the type of a kind is, by its apiVersion. */
const PACKAGES: Readonly<Record<string, string>> = {
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/',
};

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Whether `kubectl kustomize` can render; says in a line if not. */
export function hasKustomize(): boolean {
  const has = spawnSync('kubectl', ['kustomize', '--help'], { stdio: 'ignore' }).status === 0;
  if (!has) process.stdout.write('Not run: tests of deploy/kubernetes. Missing: kubectl.\n');
  return has;
}

/** Renders a folder of deploy/kubernetes as `kubectl apply -k` would. */
export function render(folder: string): Manifest[] {
  return parse(
    execFileSync('kubectl', ['kustomize', join(ROOT, 'deploy/kubernetes', folder)], { encoding: 'utf8' }),
  );
}

/** Reads a file of deploy/kubernetes. */
export function read(file: string): Manifest[] {
  return parse(readFileSync(join(ROOT, 'deploy/kubernetes', file), 'utf8'));
}

function parse(text: string): Manifest[] {
  return parseAllDocuments(text).map((document): Manifest => document.toJS());
}

/** The manifests of a kind. Whether they have its type is what compileManifests finds out. */
export function ofKind<Kind extends keyof Kinds>(manifests: readonly Manifest[], kind: Kind): Kinds[Kind][] {
  return JSON.parse(JSON.stringify(manifests.filter(manifest => manifest.kind === kind)));
}

/**
 * Compiles manifests as object literals of their types: a field that Kubernetes does not have is an error.
 * @returns what the compiler complains of; empty if nothing.
 */
export async function compileManifests(manifests: readonly Manifest[]): Promise<string> {
  // Below the repository, where the compiler finds the types.
  await mkdir(join(ROOT, 'tmp'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'tmp/manifests-'));
  try {
    const lines = manifests.map(({ apiVersion, kind, ...rest }, index) => {
      const from = `${PACKAGES[apiVersion] ?? 'kubernetes-models/'}${apiVersion}/${kind}`;
      const literal = JSON.stringify({ apiVersion, kind, ...rest }, null, 2);
      return `import type { I${kind} as T${index} } from '${from}';\nexport const m${index}: T${index} = ${literal};\n`;
    });
    await writeFile(join(folder, 'manifests.ts'), lines.join('\n'));
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'es2024',
      types: [],
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['manifests.ts'] }),
    );
    return spawnSync('npx', ['--no', 'tsc', '--', '--project', folder], { cwd: ROOT, encoding: 'utf8' })
      .stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
