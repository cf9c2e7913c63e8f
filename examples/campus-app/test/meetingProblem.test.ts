import { expect, test } from 'vitest';
import { ERRORS } from '../../../src/lib/errors.ts';
import { isKnown, meetingProblem } from '../src/meetingProblem.ts';

const FAILURE = {
  code: '',
  message: 'As the gateway says.',
  retryable: false,
  retryAfter: 0,
  requestId: 'r-1',
};

test.for(Object.keys(ERRORS))('the page has its own words for %s', code => {
  expect(isKnown(code)).toBe(true);
});

test('a code of a newer gateway is told in its own words', () => {
  expect(meetingProblem({ ...FAILURE, code: 'BRAND_NEW' })).toEqual({
    title: 'Could not be loaded',
    sentence: 'As the gateway says.',
    tryAgain: false,
    report: null,
  });
});

test('another try is offered where the gateway says that it can help', () => {
  expect(meetingProblem({ ...FAILURE, code: 'UPSTREAM_ERROR', retryable: true }).tryAgain).toBe(true);
  expect(meetingProblem({ ...FAILURE, code: 'FORBIDDEN' }).tryAgain).toBe(false);
});

test('where only people can help, there is a number to report', () => {
  expect(meetingProblem({ ...FAILURE, code: 'INTERNAL_SERVER_ERROR' }).report).toBe('r-1');
  expect(meetingProblem({ ...FAILURE, code: 'FORBIDDEN' }).report).toBeNull();
});
