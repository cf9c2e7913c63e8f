import { describe, expect, it } from 'vitest';
import type { LifecycleState } from '../../src/server/lifecycle.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { meetingNumber } from '../support/upstream.ts';
import { askAndWait, openWorld } from '../support/world.ts';

const STATES: readonly LifecycleState[] = ['starting', 'ready', 'draining', 'stopped'];

/** A lifecycle that was brought to a state, and the transitions since then. */
function openAt(state: LifecycleState) {
  const lifecycle = new Lifecycle();
  lifecycle.advance(state);
  const transitions: LifecycleState[] = [];
  const remove = lifecycle.onChange(to => transitions.push(to));
  return { lifecycle, transitions, remove };
}

describe('a lifecycle', () => {
  it('begins with starting', () => {
    expect(new Lifecycle().state).toBe('starting');
  });

  it.each(
    STATES.flatMap(from => STATES.map(to => [from, to, STATES.indexOf(to) > STATES.indexOf(from)] as const)),
  )('goes from %s to %s: %s', (from, to, goes) => {
    const { lifecycle, transitions } = openAt(from);
    expect(lifecycle.advance(to)).toBe(goes);
    expect([lifecycle.state, transitions]).toEqual(goes ? [to, [to]] : [from, []]);
  });

  it('notifies no listener that was removed', () => {
    const { lifecycle, transitions, remove } = openAt('starting');
    remove();
    lifecycle.advance('ready');
    expect(transitions).toEqual([]);
  });

  it('has the new state when it notifies', () => {
    const lifecycle = new Lifecycle();
    lifecycle.onChange(to => expect(lifecycle.state).toBe(to));
    expect(lifecycle.advance('ready')).toBe(true);
  });
});

it('a gateway is ready once it listens, draining while it finishes a request, and stopped when all is closed', async () => {
  await using world = await openWorld();
  const { lifecycle } = world.gateway;
  expect(lifecycle.state).toBe('ready');
  const transitions: LifecycleState[] = [];
  lifecycle.onChange(to => transitions.push(to));

  const id = meetingNumber(1);
  const { release, asked } = await askAndWait(world, id);
  const closed = world.gateway.close();
  expect(lifecycle.state).toBe('draining');
  release();
  expect((await asked).data).toEqual({ syncMeeting: { id } });
  await closed;
  expect(transitions).toEqual(['draining', 'stopped']);
});
