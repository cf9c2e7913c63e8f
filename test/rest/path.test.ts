import { expect, it } from 'vitest';
import { path } from '../../src/rest/path.ts';
import { idOf } from '../support/upstream.ts';

const A = idOf('3F2B8C1E-5d4a-4e6f-9a7b-1c2d3e4f5a6b');

it('a path is made of its template and checked uuids', () => {
  expect(path`/zoom/Meeting/${A}/Sync`).toBe('/zoom/Meeting/3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b/Sync');
  expect(path`/zoom/${A}/${A}`).toBe(`/zoom/${A}/${A}`);
  expect(path`/zoom`).toBe('/zoom');
});

it('a text that was not checked does not compile', () => {
  const text: string = '../../admin';
  // @ts-expect-error A text could lead to another operation.
  expect(path`/zoom/Meeting/${text}/Sync`).toContain('admin');
  // @ts-expect-error A path is made by the template tag alone.
  const unsafe: ReturnType<typeof path> = `/zoom/Meeting/${text}/Sync`;
  expect(unsafe).toContain('admin');
});
