import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/load.ts';

function messageOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      PORT: 4000,
      HOST: '127.0.0.1',
      UPSTREAM_URL: new URL('https://luminus.azure-api.net'),
      UPSTREAM_SUBSCRIPTION_KEY: null,
      UPSTREAM_TIME_ZONE_OFFSET: 480,
      ALLOW_ANONYMOUS: false,
      GRAPHIQL: false,
      LOG_LEVEL: 'info',
      ADMIN_PORT: null,
      ADMIN_HOST: '127.0.0.1',
    });
  });

  it('that are empty count as not set', () => {
    expect(readConfig({ PORT: '', UPSTREAM_SUBSCRIPTION_KEY: '' })).toEqual(readConfig({}));
  });

  it.each([
    [
      { UPSTREAM_ATTEMPT_TIMEOUT_MS: '15000' },
      'UPSTREAM_ATTEMPT_TIMEOUT_MS must be less than REQUEST_TIMEOUT_MS',
    ],
    [{ UPSTREAM_RETRY_MIN_DELAY_MS: '1001' }, 'UPSTREAM_RETRY_MIN_DELAY_MS must not be more'],
  ])('that break a rule on two settings are an issue, beside those of single settings: %j', (env, issue) => {
    expect(messageOf({ ...env, PORT: 'web' })).toMatch(new RegExp(`PORT must be[\\s\\S]*${issue}`));
    expect(
      readConfig({ UPSTREAM_ATTEMPT_TIMEOUT_MS: '14999', UPSTREAM_RETRY_MIN_DELAY_MS: '1000' }),
    ).toBeTruthy();
  });

  it.each([
    [{ PORT: '4000', ADMIN_PORT: '4000' }, true],
    [{ PORT: '4000', ADMIN_PORT: '4000', HOST: '10.0.0.1' }, false],
    [{ PORT: '4000', ADMIN_PORT: '4000', HOST: '10.0.0.1', ADMIN_HOST: '10.0.0.1' }, true],
    [{ PORT: '4000', ADMIN_PORT: '4000', HOST: '0.0.0.0' }, true],
    [{ PORT: '4000', ADMIN_PORT: '4000', HOST: '10.0.0.1', ADMIN_HOST: '::' }, true],
    [{ PORT: '4000', ADMIN_PORT: '4001' }, false],
    [{ PORT: '0', ADMIN_PORT: '0' }, false],
    [{ PORT: '4000' }, false],
  ])('that open one port twice on an address are an issue: %j is: %s', (env, isIssue) => {
    expect(messageOf(env).includes('ADMIN_PORT must not be PORT')).toBe(isIssue);
  });

  it.each([
    [{ UPSTREAM_MAX_QUEUED: '63' }, true],
    [{ UPSTREAM_MAX_QUEUED: '64' }, false],
    [{ UPSTREAM_MAX_QUEUED: '0', REDIS_URL: '' }, false],
    [{ UPSTREAM_MAX_QUEUED: '0', UPSTREAM_CALLS_PER_SECOND: '0' }, false],
  ])('that leave no room to wait for the answer of Redis are an issue: %j is: %s', (env, isIssue) => {
    const paced = { REDIS_URL: 'redis://redis.example', UPSTREAM_CALLS_PER_SECOND: '10' };
    expect(messageOf({ ...paced, ...env }).includes('UPSTREAM_MAX_QUEUED must be at least')).toBe(isIssue);
  });

  it('cannot be changed once read', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it('that cannot be used are all listed in one error, without their values', () => {
    const message = messageOf({
      PORT: '65536',
      UPSTREAM_URL: 'ftp://secret.example',
      UPSTREAM_SUBSCRIPTION_KEY: 'two words',
      UPSTREAM_TIME_ZONE_OFFSET: 'Singapore',
      ALLOW_ANONYMOUS: 'perhaps',
      LOG_LEVEL: 'loud',
    });
    for (const name of [
      'PORT must be a whole number from 0 to 65535',
      'UPSTREAM_URL must be an http',
      'UPSTREAM_SUBSCRIPTION_KEY must be at most 256',
      'UPSTREAM_TIME_ZONE_OFFSET must be an offset',
      'ALLOW_ANONYMOUS must be on or off',
      'LOG_LEVEL must be one of debug, info',
    ]) {
      expect(message).toContain(name);
    }
    expect(message).not.toMatch(/secret|two words|perhaps|loud/);
  });

  it.each([
    ['PORT', '0', 0],
    ['PORT', '65535', 65535],
    ['UPSTREAM_TIME_ZONE_OFFSET', '-14:00', -840],
    ['UPSTREAM_TIME_ZONE_OFFSET', '+13:59', 839],
    ['GRAPHIQL', 'on', true],
    ['GRAPHIQL', 'FALSE', false],
    ['UPSTREAM_CONNECT_TIMEOUT_MS', '1', 1],
    ['REQUEST_TIMEOUT_MS', '300000', 300_000],
    ['UPSTREAM_SUBSCRIPTION_KEY', 'k'.repeat(256), 'k'.repeat(256)],
  ])('%s takes %s', (name, text, value) => {
    expect(readConfig({ [name]: text })).toMatchObject({ [name]: value });
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '4000 '],
    ['PORT', '4e3'],
    ['UPSTREAM_TIME_ZONE_OFFSET', '+14:01'],
    ['UPSTREAM_TIME_ZONE_OFFSET', '+08:60'],
    ['REQUEST_TIMEOUT_MS', '0'],
    ['REQUEST_TIMEOUT_MS', '300001'],
    ['UPSTREAM_URL', 'https://user:password@upstream.example'],
    ['UPSTREAM_URL', 'https://upstream.example/?key=1'],
    ['UPSTREAM_SUBSCRIPTION_KEY', 'k'.repeat(257)],
  ])('%s does not take %s', (name, text) => {
    expect(messageOf({ [name]: text })).toContain(`${name} must be`);
  });
});
