import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readDateTime } from '../../src/luminus/date-time.ts';

const SINGAPORE = 8 * 60;
const at = (utc: string, hadOffset = true) => ({ utc, hadOffset });

it.each([
  ['2020-10-01T10:00:00+08:00', at('2020-10-01T02:00:00.000Z')],
  ['2020-10-01T10:00:00Z', at('2020-10-01T10:00:00.000Z')],
  ['2020-10-01T10:00:00.1234567+08:00', at('2020-10-01T02:00:00.123Z')],
  ['2020-10-01T10:00:00.5Z', at('2020-10-01T10:00:00.500Z')],
  ['2020-10-01T10:00:00-03:30', at('2020-10-01T13:30:00.000Z')],
  ['2020-10-01T10:00:00', at('2020-10-01T02:00:00.000Z', false)],
  ['2020-10-01T10:00:00.0000001', at('2020-10-01T02:00:00.000Z', false)],
  ['2020-02-29T00:00:00Z', at('2020-02-29T00:00:00.000Z')],
  ['0099-01-01T00:00:00Z', at('0099-01-01T00:00:00.000Z')],
  ['2020-10-01t10:00:00z', at('2020-10-01T10:00:00.000Z')],
  ['2020-03-01T01:00:00+08:00', at('2020-02-29T17:00:00.000Z')],
  ['0000-01-01T08:00:00+08:00', at('0000-01-01T00:00:00.000Z')],
  ['9999-12-31T15:59:59-08:00', at('9999-12-31T23:59:59.000Z')],
  ['2020-10-01T10:00:00+14:00', at('2020-09-30T20:00:00.000Z')],
])('%s is an instant', (text, reading) => {
  expect(readDateTime(text, SINGAPORE)).toEqual(reading);
});

it.each([
  '0001-01-01T00:00:00',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+08:00',
  '9999-12-31T23:59:59.9999999',
  '9999-12-31T23:59:59',
])('%s is not set', text => {
  expect(readDateTime(text, SINGAPORE)).toEqual({ utc: null, hadOffset: true });
});

it.each([
  '/Date(1597039200000+0800)/',
  'soon',
  '2021-02-29T00:00:00Z',
  '2020-13-01T00:00:00Z',
  '2020-00-01T00:00:00Z',
  '2020-10-32T00:00:00Z',
  '2020-10-00T00:00:00Z',
  '2020-10-01T24:00:00Z',
  '2020-10-01T10:60:00Z',
  '2020-10-01T10:00:60Z',
  '2020-10-01T10:00:00.12345678Z',
  '2020-10-01T10:00:00+14:01',
  '2020-10-01T10:00:00+08:60',
  '2021-02-29T00:00:00+08:00',
  '2021-02-29T00:00:00',
  '0000-01-01T07:59:59+08:00',
  '9999-12-31T16:00:00-08:00',
  '2020-10-01',
  '2020-10-01T10:00:00Z ',
])('%s is broken', text => {
  expect(readDateTime(text, SINGAPORE)).toBe('broken');
});

it('any instant, however it is written, is the one that Date reads', () => {
  const two = (most: number) => fc.nat({ max: most }).map(number => String(number).padStart(2, '0'));
  const text = fc
    .tuple(
      fc.date({ min: new Date('0002-01-02'), max: new Date('9998-12-30'), noInvalidDate: true }),
      two(23),
      two(59),
      two(59),
      fc.stringMatching(/^(?:\.\d{1,7})?$/),
      fc.constantFrom('Z', 'z', '+08:00', '-03:30', '+14:00', '-14:00', '+00:00'),
    )
    .map(
      ([date, h, m, s, fraction, zone]) =>
        `${date.toISOString().slice(0, 10)}T${h}:${m}:${s}${fraction}${zone}`,
    );
  fc.assert(
    fc.property(text, written => {
      const utc = new Date(written).toISOString();
      expect(readDateTime(written, SINGAPORE)).toEqual({ utc, hadOffset: true });
    }),
    { numRuns: 2_000 },
  );
});
