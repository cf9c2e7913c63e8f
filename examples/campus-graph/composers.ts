import type { CampusOptions } from './campus.ts';
import type { Service } from './serve.ts';

/** Three ways to the same campus graph. */
export type Composer = 'stitching' | 'apollo' | 'hive';

/** How each of them is started; loaded when it is, as each is large. */
export const COMPOSERS: Readonly<Record<Composer, (options: CampusOptions) => Promise<Service>>> = {
  async stitching(options) {
    const { startStitched } = await import('./stitched.ts');
    return startStitched(options);
  },
  async apollo(options) {
    const { startApollo } = await import('./federation/apollo.ts');
    return startApollo({ ...options, supergraphSdl: await compose(options) });
  },
  async hive(options) {
    const { startHive } = await import('./federation/hive.ts');
    return startHive({ ...options, supergraphSdl: await compose(options) });
  },
};

async function compose(options: CampusOptions): Promise<string> {
  const { composeSupergraph, subgraphsOf } = await import('./federation/compose.ts');
  return composeSupergraph(await subgraphsOf(options));
}
