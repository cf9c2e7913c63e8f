import type { GraphiQLOptions } from 'graphql-yoga';

/** What a campus graph is made of. */
export interface CampusOptions {
  /** Where the gateway serves GraphQL. */
  readonly gatewayUrl: string;
  /** Where the module service serves GraphQL. */
  readonly modulesUrl: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** What GraphiQL starts with, where the composer can show it; left out, there is none. */
  readonly graphiql?: GraphiQLOptions;
}
