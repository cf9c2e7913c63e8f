import { describe, expect, it } from 'vitest';
import { FailureWindow, MAX_CALLERS } from '../../src/rest/failure-window.ts';

const RULE = { failureRatio: 0.5, minAttempts: 20, window: 10_000 };

/** A window, and what fills it at the moment that is set. */
function open(rule = RULE) {
  const window = new FailureWindow(rule);
  const world = {
    now: 0,
    isExceeded: () => window.isExceeded(),
    total: () => window.total(),
    fail: (caller: string, times: number): void => {
      for (let n = 0; n < times; n += 1) window.record(caller, true, world.now);
    },
    succeed: (caller: string, times: number): void => {
      for (let n = 0; n < times; n += 1) window.record(caller, false, world.now);
    },
  };
  return world;
}

describe('where one caller is alone', () => {
  it.each([
    [19, false],
    [20, true],
    [21, true],
  ])('%i failures of it are too many: %s', (failures, exceeded) => {
    const { fail, isExceeded } = open();
    fail('a', failures);
    expect(isExceeded()).toBe(exceeded);
  });

  it('it is alone again once the others have left the window', () => {
    const world = open();
    world.succeed('b', 1);
    world.now = 9_999;
    world.fail('a', 1_000);
    expect(world.isExceeded()).toBe(false);
    world.now = 10_000;
    world.fail('a', 1);
    expect(world.isExceeded()).toBe(true);
  });
});

describe('where there are several callers', () => {
  it.each([
    ['before', 'a', 'b'],
    ['after', 'b', 'a'],
  ])('no number of failures of one is too many, others come %s', (_when, first, second) => {
    const { fail, succeed, isExceeded } = open();
    for (const caller of [first, second]) {
      if (caller === 'b') succeed('b', 1);
      else fail('a', 19);
    }
    fail('a', 1_000);
    expect(isExceeded()).toBe(false);
  });

  it('that come in other steps of the window, no number of failures of one is too many either', () => {
    const world = open();
    world.fail('a', 10);
    world.now = 5_000;
    world.succeed('b', 1);
    world.now = 9_000;
    world.fail('a', 1_000);
    expect(world.isExceeded()).toBe(false);
  });

  it.each([
    [10, 9, false],
    [10, 10, true],
    [10, 11, true],
    [9, 1_000, false],
    [1_000, 10, true],
    [19, 1, false],
  ])('%i failures of one and %i of another are too many: %s', (a, b, exceeded) => {
    const { fail, isExceeded } = open();
    fail('a', a);
    fail('b', b);
    expect(isExceeded()).toBe(exceeded);
  });

  it.each([
    [20, 1],
    [10, 2],
    [4, 5],
  ])(
    'an outage that %i callers see, %i times each, shows by the 20th failure as if they were one',
    (callers, times) => {
      const { fail, isExceeded } = open();
      for (let n = 0; n < callers * times - 1; n += 1) fail(`${n % callers}`, 1);
      expect(isExceeded()).toBe(false);
      fail(`${callers - 1}`, 1);
      expect(isExceeded()).toBe(true);
    },
  );

  it('an outage that two heavy callers see two times in three shows', () => {
    const { fail, succeed, isExceeded } = open();
    for (let n = 0; n < 30; n += 1) {
      for (const caller of ['a', 'b']) {
        fail(caller, 2);
        succeed(caller, 1);
      }
    }
    expect(isExceeded()).toBe(true);
  });

  it('failures of two are needed also where few failures are too many', () => {
    const { fail, succeed, isExceeded } = open({ ...RULE, failureRatio: 0.1 });
    succeed('b', 20);
    fail('a', 100);
    expect(isExceeded()).toBe(false);
    fail('b', 1);
    expect(isExceeded()).toBe(true);
  });

  it('what a caller brings that is not heard any more still speaks against there being too many', () => {
    const { fail, succeed, isExceeded } = open();
    fail('a', 10);
    succeed('a', 20);
    fail('b', 10);
    expect(isExceeded()).toBe(false);
    fail('b', 1);
    expect(isExceeded()).toBe(true);
  });

  it('a caller is heard again once its failures have left the window', () => {
    const world = open();
    world.fail('a', 10);
    world.now = 5_000;
    world.fail('a', 1_000);
    world.now = 10_000;
    world.fail('b', 10);
    expect(world.isExceeded()).toBe(false);
    world.fail('a', 9);
    expect(world.isExceeded()).toBe(false);
    world.fail('a', 1);
    expect(world.isExceeded()).toBe(true);
  });

  it('a caller is heard for as many failures as have left the window', () => {
    const world = open();
    world.fail('a', 6);
    world.now = 5_000;
    world.fail('a', 4);
    world.fail('b', 1);
    world.now = 10_000;
    world.fail('a', 1_000);
    world.fail('b', 8);
    expect(world.isExceeded()).toBe(false);
    world.fail('b', 1);
    expect(world.isExceeded()).toBe(true);
    world.now = 15_000;
    world.fail('a', 1_000);
    expect(world.isExceeded()).toBe(false);
    world.fail('c', 1);
    expect(world.isExceeded()).toBe(true);
  });

  it('a caller whose failures have left the window does not count as one that fails', () => {
    const world = open({ ...RULE, failureRatio: 0.1 });
    world.fail('b', 1);
    world.now = 10_000;
    world.succeed('b', 20);
    world.fail('a', 10);
    expect(world.isExceeded()).toBe(false);
  });

  it.each([
    [MAX_CALLERS - 1, true],
    [MAX_CALLERS, true],
    [MAX_CALLERS + 1, false],
  ])('of %i that fail, the last is held to its few: %s', (callers, isHeld) => {
    const { fail, succeed, isExceeded } = open();
    succeed('fine', 1_200);
    for (let n = 1; n < callers; n += 1) fail(`${n}`, 1);
    fail('last', 300);
    expect(isExceeded()).toBe(!isHeld);
  });
});

it('looks at a few counts and not at each attempt, however many there are', () => {
  const { fail, succeed, isExceeded } = open();
  succeed('b', 1);
  // Were each looked at after each of them, this would take minutes.
  for (let n = 0; n < 100_000; n += 1) {
    fail('a', 1);
    if (isExceeded()) throw new Error('too many of one caller');
  }
  expect(isExceeded()).toBe(false);
});

it('tells how many attempts the window holds, to the quarter of a second', () => {
  const world = open();
  world.fail('a', 1);
  world.now = 249;
  world.succeed('b', 1);
  world.now = 250;
  world.succeed('c', 1);
  world.now = 9_999;
  world.fail('a', 1);
  expect(world.total()).toEqual({ attempts: 4, failures: 2 });
  world.now = 10_000;
  world.fail('a', 1);
  expect(world.total()).toEqual({ attempts: 3, failures: 2 });
});
