import { expect, it } from 'vitest';
import { readDocument } from '../support/document.ts';
import { send } from '../support/http.ts';
import { openWorld } from '../support/world.ts';

it('the probes that docs/operations.md shows are answered as it shows', async () => {
  const { text } = await readDocument('docs/operations.md');
  const shown = [...text.matchAll(/^\$ curl http:\/\/127\.0\.0\.1:4001(\/(?:live|ready))\n(.*)$/gm)];
  expect(shown).toHaveLength(2);
  await using world = await openWorld({ env: { ADMIN_PORT: '0' } });
  for (const [, path, answer] of shown)
    expect((await send(`${world.gateway.adminUrl}${path}`)).text).toBe(answer);
});
