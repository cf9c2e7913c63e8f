import { describe, expect, it } from 'vitest';
import { ConfigError, loadSettings } from '../../src/config/load.ts';
import { InvalidInputError } from '../../src/lib/invalid-input-error.ts';

const FILES: Readonly<Record<string, string>> = {
  'good.json': 'good',
  'bad.json': 'bad',
  key: 'k',
  'key-line': 'k\n',
  'key-crlf': 'k\r\n',
  'key-two-lines': 'k\nl\n',
  empty: '\n',
};

function load(env: Readonly<Record<string, string>>) {
  return loadSettings(env, {
    readFile(path) {
      const text = FILES[path];
      if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return text;
    },
    parseManifest(text) {
      if (text === 'bad')
        throw new InvalidInputError('bad', ['its first entry is wrong', 'its second is too']);
      return { text };
    },
  });
}

function issuesOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

describe('the settings of a process', () => {
  it('are read from the environment and from the file it names', () => {
    const { config, trusted, misspelled } = load({ PORT: '1', PERSISTED_DOCUMENTS: 'good.json' });
    expect([config.PORT, trusted, misspelled]).toEqual([1, { text: 'good' }, []]);
  });

  it.each([{}, { PERSISTED_DOCUMENTS: '' }])('need no file: %j', env => {
    expect(load(env).trusted).toBeNull();
  });

  it('come with variables that look like settings', () => {
    expect(load({ UPSTREAM_URLL: 'https://a.example' }).misspelled).toEqual([
      { variable: 'UPSTREAM_URLL', nearest: 'UPSTREAM_URL' },
    ]);
  });
});

describe('a secret setting', () => {
  it('may be in a file that its variable with _FILE names, without the line break at the end', () => {
    for (const name of ['key', 'key-line', 'key-crlf']) {
      expect(load({ UPSTREAM_SUBSCRIPTION_KEY_FILE: name }).config.UPSTREAM_SUBSCRIPTION_KEY).toBe('k');
    }
  });

  it('is not read from a file whose variable is empty', () => {
    const { config, misspelled } = load({
      UPSTREAM_SUBSCRIPTION_KEY: 'own',
      UPSTREAM_SUBSCRIPTION_KEY_FILE: '',
    });
    expect([config.UPSTREAM_SUBSCRIPTION_KEY, misspelled]).toEqual(['own', []]);
  });

  it.each([
    ['missing', "must name a file that can be read: ENOENT: no such file, open 'missing'"],
    ['empty', 'must name a file that is not empty'],
  ])('is an issue when its file is %s', (path, issue) => {
    expect(issuesOf({ UPSTREAM_SUBSCRIPTION_KEY_FILE: path })).toEqual([
      `UPSTREAM_SUBSCRIPTION_KEY_FILE ${issue}`,
    ]);
  });

  it('is an issue when it is set twice, beside the other issues', () => {
    const env = { UPSTREAM_SUBSCRIPTION_KEY: 'k', UPSTREAM_SUBSCRIPTION_KEY_FILE: 'key', PORT: 'web' };
    expect(issuesOf(env)).toEqual([
      'UPSTREAM_SUBSCRIPTION_KEY and UPSTREAM_SUBSCRIPTION_KEY_FILE must not both be set',
      'PORT must be a whole number from 0 to 65535',
    ]);
  });

  it('is an issue when its file has more than the value, and the value is not repeated', () => {
    expect(issuesOf({ UPSTREAM_SUBSCRIPTION_KEY_FILE: 'key-two-lines' })).toEqual([
      'UPSTREAM_SUBSCRIPTION_KEY must be at most 256 visible ASCII characters',
    ]);
  });
});

it('a setting that is no secret has no variable with _FILE', () => {
  expect(load({ PORT_FILE: 'key' }).config.PORT).toBe(4000);
});

describe('settings that cannot be used', () => {
  it('are listed in one error: those of the environment, those of the file, and what may be misspelled', () => {
    expect(issuesOf({ PORT: 'web', PERSISTED_DOCUMENTS: 'bad.json', UPSTREAM_URLL: 'secret' })).toEqual([
      'PORT must be a whole number from 0 to 65535',
      'PERSISTED_DOCUMENTS must be a manifest that can be used: its first entry is wrong',
      'PERSISTED_DOCUMENTS must be a manifest that can be used: its second is too',
      'UPSTREAM_URLL is no setting; UPSTREAM_URL is',
    ]);
  });

  it('may be a file alone', () => {
    expect(issuesOf({ PERSISTED_DOCUMENTS: 'missing.json' })).toEqual([
      "PERSISTED_DOCUMENTS must be a manifest that can be used: ENOENT: no such file, open 'missing.json'",
    ]);
  });

  it('do not hide a bug', () => {
    expect(() =>
      loadSettings(
        new Proxy(
          {},
          {
            get: () => {
              throw new RangeError('a bug');
            },
          },
        ),
        { readFile: () => '', parseManifest: () => null },
      ),
    ).toThrow(RangeError);
  });
});
