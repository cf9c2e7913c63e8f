import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

/** The documented operation as an OpenAPI subgraph; the caller's two credentials go on to the upstream. */
export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadOpenAPISubgraph('zoom', {
        source: './openapi.json',
        endpoint: '{env.UPSTREAM_URL}',
        operationHeaders: {
          Authorization: '{context.headers.authorization}',
          'Ocp-Apim-Subscription-Key': "{context.headers['ocp-apim-subscription-key']}",
        },
      }),
    },
  ],
});
