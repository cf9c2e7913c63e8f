import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readUrl } from '../../src/luminus/url.ts';

it.each([
  'https://nus-sg.zoom.us/j/81234567890?pwd=aB3-x_.1',
  'https://zoom.us/j/81234567890',
  'https://zoom.us/',
  'http://zoom.us:8080/j/1#a',
])('%s stays as it is', text => {
  expect(readUrl(text)).toBe(text);
});

it.each([
  ['https://Zoom.US/J/1', 'https://zoom.us/J/1'],
  ['https://zoom.us', 'https://zoom.us/'],
  ['https://zoom.us:443/j/1', 'https://zoom.us/j/1'],
  ['https://zoom.us/a/../j/1', 'https://zoom.us/j/1'],
  [' https://zoom.us/j/1\n', 'https://zoom.us/j/1'],
  ['https:\\\\zoom.us\\j', 'https://zoom.us/j'],
])('%j is read as %s', (text, href) => {
  expect(readUrl(text)).toBe(href);
});

it.each([
  'zoom.us/j/1',
  '/j/1',
  'javascript:alert(1)',
  'java\nscript:alert(1)',
  'ftp://zoom.us/j/1',
  'https://',
  'https://zoom us/j/1',
  'soon',
])('%j is none', text => {
  expect(readUrl(text)).toBeNull();
});

it('any address is read as a parser reads it', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,4}$/);
  const address = fc
    .tuple(
      fc.array(label, { maxLength: 3 }),
      fc.stringMatching(/^[\w./-]{0,8}$/),
      fc.stringMatching(/^(?:\?[\w=&.%-]{0,6})?$/),
    )
    .map(([labels, path, query]) => `https://${labels.join('.')}/${path}${query}`);
  fc.assert(
    fc.property(address, text => {
      expect(readUrl(text)).toBe(URL.parse(text)?.href ?? null);
    }),
    { numRuns: 5_000 },
  );
});
