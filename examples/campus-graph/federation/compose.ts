import { readFile } from 'node:fs/promises';
import { assertCompositionSuccess, composeServices } from '@theguild/federation-composition';
import type { DocumentNode } from 'graphql';
import { parse } from 'graphql';
import type { CampusOptions } from '../campus.ts';

/** The name of the gateway among the subgraphs. */
export const ZOOM = 'zoom';

/** A subgraph, as both composition libraries take it. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

/** The gateway publishes its subgraph as a file, and hides its schema from callers. */
const ZOOM_SDL = new URL('../../../subgraph.graphql', import.meta.url);

/** The schemas of the two services: the gateway's from its file, that of the module service by asking it. */
export async function subgraphsOf({ gatewayUrl, modulesUrl }: CampusOptions): Promise<Subgraph[]> {
  return [
    { name: 'modules', url: modulesUrl, typeDefs: parse(await fetchSdl(modulesUrl)) },
    { name: ZOOM, url: gatewayUrl, typeDefs: parse(await readFile(ZOOM_SDL, 'utf8')) },
  ];
}

/**
 * Composes subgraphs into one supergraph. In earnest a build does this, and a file holds the result.
 * @throws an error that lists what does not fit.
 */
export function composeSupergraph(subgraphs: Subgraph[]): string {
  const composed = composeServices(subgraphs);
  assertCompositionSuccess(composed);
  return composed.supergraphSdl;
}

async function fetchSdl(url: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  const { data }: { data?: { _service: { sdl: string } } | null } = JSON.parse(await response.text());
  if (!data) throw new Error(`The service at ${url} does not tell its schema.`);
  return data._service.sdl;
}
