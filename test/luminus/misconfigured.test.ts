import { expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { openWorld } from '../support/world.ts';

const OWN_KEY = { UPSTREAM_SUBSCRIPTION_KEY: 'sandbox-own' };
const TOKEN_ALONE = { authorization: 'Bearer token' };

it.each([
  ['the key of the gateway, as missing', 601, OWN_KEY, 'UPSTREAM_SUBSCRIPTION_KEY'],
  ['the key of the gateway, as invalid', 602, OWN_KEY, 'UPSTREAM_SUBSCRIPTION_KEY'],
  ['the address', 613, OWN_KEY, 'UPSTREAM_URL'],
])(
  'an upstream that refuses %s is an error in the log that names the setting',
  async (_what, number, env, setting) => {
    await using world = await openWorld({ env });
    const { errors } = await world.ask(`{ syncMeeting(id: "${scenarioId(number)}") { id } }`, {
      headers: TOKEN_ALONE,
    });
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_MISCONFIGURED');
    expect(JSON.stringify(errors)).not.toContain(setting);
    expect(Object.keys(SETTINGS)).toContain(setting);
    expect(world.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([
      {
        level: 'error',
        message: 'upstream call failed',
        fields: expect.objectContaining({ code: 'UPSTREAM_MISCONFIGURED', setting }),
      },
    ]);
    expect(JSON.stringify(world.lines)).not.toContain(OWN_KEY.UPSTREAM_SUBSCRIPTION_KEY);
  },
);

it.each([
  [601, {}],
  [401, {}],
  [404, OWN_KEY],
  [503, OWN_KEY],
])('…%i is a warning: no setting is at fault', async (number, env) => {
  await using world = await openWorld({ env: { ...env, UPSTREAM_RETRY_BUDGET: '0' } });
  await world.ask(`{ syncMeeting(id: "${scenarioId(number)}") { id } }`);
  expect(world.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([
    {
      level: 'warn',
      message: 'upstream call failed',
      fields: {
        requestId: expect.any(String),
        traceId: expect.any(String),
        code: expect.any(String),
        cause: expect.any(Object),
      },
    },
  ]);
});
