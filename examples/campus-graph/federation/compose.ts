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

/** Asks the two services for their schemas. The gateway tells its own while INTROSPECTION or GRAPHIQL is on. */
export async function subgraphsOf({ gatewayUrl, modulesUrl }: CampusOptions): Promise<Subgraph[]> {
  const places = [
    { name: 'modules', url: modulesUrl },
    { name: ZOOM, url: gatewayUrl },
  ];
  return await Promise.all(
    places.map(async place => ({ ...place, typeDefs: parse(await fetchSdl(place.url)) })),
  );
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
