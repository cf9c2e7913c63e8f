import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { readSecretFiles } from '../../src/config/secret-files.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { openWorld } from '../support/world.ts';
import type { Manifest } from './rendered.ts';
import { compileManifests, hasKustomize, ofKind, read, render } from './rendered.ts';

const HAS_KUSTOMIZE = hasKustomize();

/** The variables that the image sets. */
const [, environment = ''] =
  /^ENV ((?:.*\\\n)*.*)/m.exec(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')) ?? [];
const imageEnvironment = Object.fromEntries(
  [...environment.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
);

/** The one manifest of a kind. */
function only<T>(manifests: readonly T[]): T {
  const [first] = manifests;
  if (first === undefined || manifests.length !== 1) throw new Error(`there are ${manifests.length}`);
  return first;
}

const isPartOf = (
  labels: Readonly<Record<string, string>> = {},
  all: Readonly<Record<string, string>> = {},
) => Object.keys(labels).length > 0 && Object.entries(labels).every(([name, value]) => all[name] === value);

describe.skipIf(!HAS_KUSTOMIZE)('the manifests of Kubernetes', () => {
  const secrets = read('secret.example.yaml');

  it.each(['base', 'production'])('have only fields that Kubernetes has: %s', async folder => {
    expect(await compileManifests([...render(folder), ...secrets])).toBe('');
  });

  it.each([
    ['a misspelt field', 'terminationGracePeriodSecond', '"terminationGracePeriodSeconds"'],
    ['a misspelt field of a probe', 'periodSecond', '"periodSeconds"'],
    ['a misspelt field of the security context', 'readOnlyRootFileSystem', '"readOnlyRootFilesystem"'],
    ['a value of the wrong type', '"maxSurge": true', '"maxSurge": 1'],
  ])('do not compile with %s', async (_what, wrong, right) => {
    const text = JSON.stringify(render('base'), null, 1);
    expect(text).toContain(right);
    const broken = text.replace(right, wrong.includes('"') ? wrong : `"${wrong}"`);
    const manifests: Manifest[] = JSON.parse(broken);
    expect(await compileManifests(manifests)).toContain('error TS');
  });

  describe.each(['base', 'production'])('%s', folder => {
    const manifests = HAS_KUSTOMIZE ? render(folder) : [];
    const deployment = () => only(ofKind(manifests, 'Deployment'));
    const pod = () => deployment().spec?.template;
    const container = () => only(pod()?.spec?.containers ?? []);
    const settings = () => only(ofKind(manifests, 'ConfigMap')).data ?? {};

    /** The configuration that a pod starts with. */
    const config = () => {
      const files = new Map(
        Object.entries(ofKind(secrets, 'Secret')[0]?.stringData ?? {}).map(([name, text]) => [
          `${container().volumeMounts?.[0]?.mountPath}/${name}`,
          text,
        ]),
      );
      const { env, issues } = readSecretFiles({ ...imageEnvironment, ...settings() }, path => {
        const text = files.get(path);
        if (text === undefined) throw new Error(`there is no file ${path}`);
        return text.replaceAll(' ', '-');
      });
      expect(issues).toEqual([]);
      return readConfig(env);
    };

    it('sets only variables that are settings, to values that they may have', () => {
      const names = Object.keys(settings()).map(name => name.replace(/_FILE$/, ''));
      expect(names.filter(name => !(name in SETTINGS))).toEqual([]);
      expect(config().DRAIN_MS).toBe(5_000);
    });

    it('selects the pods of the Deployment everywhere', () => {
      const labels = pod()?.metadata?.labels;
      const selectors = [
        deployment().spec?.selector.matchLabels,
        ...ofKind(manifests, 'Service').map(service => service.spec?.selector),
        only(ofKind(manifests, 'PodDisruptionBudget')).spec?.selector?.matchLabels,
        only(ofKind(manifests, 'NetworkPolicy')).spec?.podSelector?.matchLabels,
        ...(pod()?.spec?.topologySpreadConstraints ?? []).map(one => one.labelSelector?.matchLabels),
      ];
      expect(selectors).toHaveLength(7);
      for (const selector of selectors) expect(isPartOf(selector, labels)).toBe(true);
      const target = only(ofKind(manifests, 'HorizontalPodAutoscaler')).spec?.scaleTargetRef;
      expect(target).toMatchObject({ kind: 'Deployment', name: deployment().metadata?.name });
    });

    it('does not select the gateway itself where it means other pods', () => {
      const labels = pod()?.metadata?.labels;
      const egress = only(ofKind(manifests, 'NetworkPolicy')).spec?.egress ?? [];
      const others = egress
        .flatMap(({ to = [] }) => to.map(({ podSelector }) => podSelector?.matchLabels))
        .filter(one => one !== undefined);
      expect(others).toEqual([{ 'k8s-app': 'kube-dns' }, { 'app.kubernetes.io/name': 'redis' }]);
      for (const other of others) expect(isPartOf(other, labels)).toBe(false);
    });

    it('names only ports that the container has, which are those of the settings', () => {
      const ports = Object.fromEntries(
        (container().ports ?? []).map(({ name = '', containerPort }) => [name, containerPort]),
      );
      expect(ports).toEqual({ http: config().PORT, admin: config().ADMIN_PORT });
      const probes = [container().startupProbe, container().readinessProbe, container().livenessProbe];
      for (const probe of probes) expect(probe?.httpGet?.port).toBe('admin');
      const services = ofKind(manifests, 'Service').flatMap(({ spec }) => spec?.ports ?? []);
      expect(services.map(({ targetPort }) => targetPort)).toEqual(['http', 'admin']);
      const policy = only(ofKind(manifests, 'NetworkPolicy')).spec?.ingress ?? [];
      expect(policy.flatMap(({ ports: allowed = [] }) => allowed.map(({ port }) => port))).toEqual([
        'http',
        'admin',
      ]);
    });

    it('lets Prometheus find the admin port through its Service', () => {
      const { selector, endpoints } = only(ofKind(manifests, 'ServiceMonitor')).spec ?? {};
      const services = ofKind(manifests, 'Service').filter(({ metadata }) =>
        isPartOf(selector?.matchLabels, metadata?.labels),
      );
      expect(only(services).spec?.ports?.map(({ name }) => name)).toEqual([only(endpoints ?? []).port]);
    });

    it('asks paths that the admin port has', async () => {
      const { startupProbe, readinessProbe, livenessProbe } = container();
      const paths = [startupProbe, readinessProbe, livenessProbe].map(probe => probe?.httpGet?.path);
      expect(paths).toEqual(['/live', '/ready', '/live']);
      await using world = await openWorld({ env: { ADMIN_PORT: '0' } });
      for (const path of paths)
        expect((await fetch(`${world.gateway.adminUrl}${path}`)).status, path).toBe(200);
    });

    it('gives a pod the time to drain and to answer all that is in progress', () => {
      const { DRAIN_MS, REQUEST_TIMEOUT_MS } = config();
      const before = container().lifecycle?.preStop?.sleep?.seconds ?? 0;
      // src/main.ts ends the process 5 s after all of it.
      const needed = before + (DRAIN_MS + REQUEST_TIMEOUT_MS + 5_000) / 1_000;
      const given = pod()?.spec?.terminationGracePeriodSeconds ?? 0;
      expect(given).toBeGreaterThanOrEqual(needed + 5);
    });

    it('drains for longer than it takes to see that a pod is not ready', () => {
      const { periodSeconds = 10, failureThreshold = 3 } = container().readinessProbe ?? {};
      expect(config().DRAIN_MS).toBeGreaterThan(periodSeconds * failureThreshold * 1_000);
    });

    it('may do nothing but serve', () => {
      expect(pod()?.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(container().securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });

    it('replaces pods one by one, each only when its successor is ready', () => {
      expect(deployment().spec?.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
      expect(deployment().spec).not.toHaveProperty('replicas');
      expect(only(ofKind(manifests, 'HorizontalPodAutoscaler')).spec?.minReplicas).toBeGreaterThanOrEqual(2);
    });

    it('shares limits by Redis in production, by parts of the most replicas that there can be', () => {
      const { REDIS_URL, CALLER_ID_SECRET, REPLICAS } = config();
      expect([REDIS_URL !== null, CALLER_ID_SECRET !== null]).toEqual(
        folder === 'production' ? [true, true] : [false, false],
      );
      const { maxReplicas } = only(ofKind(manifests, 'HorizontalPodAutoscaler')).spec ?? {};
      if (REDIS_URL !== null) expect(REPLICAS).toBe(maxReplicas);
    });
  });
});
