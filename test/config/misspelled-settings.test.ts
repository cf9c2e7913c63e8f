import { describe, expect, it } from 'vitest';
import { findMisspelledSettings } from '../../src/config/misspelled-settings.ts';
import { SETTINGS } from '../../src/config/settings.ts';

const names = Object.keys(SETTINGS);
const nearestOf = (variable: string): string | undefined =>
  findMisspelledSettings({ [variable]: 'value' }, names)[0]?.nearest;

/** What Kubernetes sets in each container for a service, and Docker for a linked container. */
const serviceVariables = (service: string): string[] => {
  const prefix = service.toUpperCase().replaceAll('-', '_');
  return [
    'SERVICE_HOST',
    'SERVICE_PORT',
    'SERVICE_PORT_HTTPS',
    'PORT',
    'PORT_443_TCP',
    'PORT_443_TCP_PROTO',
    'PORT_443_TCP_PORT',
    'PORT_443_TCP_ADDR',
    'NAME',
    'ENV_URL',
  ].map(suffix => `${prefix}_${suffix}`);
};

describe('a variable that looks like a setting', () => {
  it.each([
    ['UPSTREAM_URLL', 'UPSTREAM_URL'],
    ['UPSTREAM_ULR', 'UPSTREAM_URL'],
    ['UPSTREAM_URI', 'UPSTREAM_URL'],
    ['UPSTREAMURL', 'UPSTREAM_URL'],
    ['upstream_url', 'UPSTREAM_URL'],
    ['UPSTERAM_ULR', 'UPSTREAM_URL'],
    ['JWT_JWKS_URI', 'JWT_JWKS_URL'],
    ['JWT_JWKS', 'JWT_JWKS_URL'],
    ['JWT_ISUER', 'JWT_ISSUER'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['GRAPHQL', 'GRAPHIQL'],
    ['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT_MS'],
    ['UPSTREAM_SUBSCRIPTION_KEYS', 'UPSTREAM_SUBSCRIPTION_KEY'],
    ['UPSTREAM_KEY', 'UPSTREAM_SUBSCRIPTION_KEY'],
    ['UPSTREAM_MAX_INFLIGHT', 'UPSTREAM_MAX_IN_FLIGHT'],
    ['UPSTREAM_MAX_IN_FLIGHT_PER', 'UPSTREAM_MAX_IN_FLIGHT_PER_CALLER'],
    ['UPSTREAM_TIMEOUT_MS', 'UPSTREAM_ATTEMPT_TIMEOUT_MS'],
  ])('%s is named with %s', (variable, setting) => {
    expect(nearestOf(variable)).toBe(setting);
  });

  it.each(names.filter(name => name.length >= 6 && !name.startsWith('OTEL_')))(
    '%s with a slip is named with it',
    name => {
      expect([nearestOf(`${name}S`), nearestOf(name.slice(0, -1)), nearestOf(name.toLowerCase())]).toEqual([
        name,
        name,
        name,
      ]);
    },
  );

  it.each(['OTEL_EXPORTER_OTLP_ENDPOINTS', 'OTEL_BLRP_SCHEDULE_DELAY', 'OTEL_LOG_LEVEL', 'OTEL_SERVICE'])(
    'is not %s: OpenTelemetry has many more variables than the gateway reads',
    variable => {
      expect(nearestOf(variable)).toBeUndefined();
    },
  );

  it('is none that is empty, as that is not set', () => {
    expect(findMisspelledSettings({ UPSTREAM_URLL: '', UPSTREAM_URI: undefined }, names)).toEqual([]);
  });
});

describe('no noise comes from', () => {
  it('a setting', () => {
    expect(names.map(nearestOf)).toEqual(names.map(() => undefined));
  });

  it.each([
    'upstream',
    'upstream-url',
    'upstream-breaker',
    'jwt',
    'graphiql',
    'host',
    'log-level',
    'request',
  ])('a service called %s', service => {
    expect(serviceVariables(service).filter(name => nearestOf(name) !== undefined)).toEqual([]);
  });

  it.each([
    ['short names', ['HOSTS', 'POST', 'PORTS', 'PORT0', 'PORT_', 'HOME', 'host', 'port', 'GHOST']],
    ['a shell', ['PATH', 'HOSTNAME', 'HOSTTYPE', 'SHLVL', '_', 'TERM', 'LANG', 'PWD', 'SSH_AUTH_SOCK']],
    ['Node', ['NODE_ENV', 'NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_EXTRA_CA_CERTS']],
    ['npm', ['npm_config_loglevel', 'npm_config_log_level', 'npm_package_name', 'npm_lifecycle_event']],
    ['proxies', ['HTTP_PROXY', 'https_proxy', 'NO_PROXY', 'UPSTREAM_PROXY', 'UPSTREAM_HOST']],
    ['a platform', ['WEBSITE_HOSTNAME', 'KUBERNETES_PORT', 'ECS_CONTAINER_METADATA_URI', 'DYNO']],
    ['other programs', ['JWT_SECRET', 'OTEL_LOG_LEVEL', 'LOG_FORMAT', 'BATCH_SIZE', 'CORS', 'UPSTREAM']],
  ])('%s', (_what, variables) => {
    expect(variables.filter(name => nearestOf(name) !== undefined)).toEqual([]);
  });
});
