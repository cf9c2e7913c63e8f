import { createSchema, createYoga } from 'graphql-yoga';
import type { Module } from './modules.ts';
import { MODULES } from './modules.ts';
import type { Service } from './serve.ts';
import { GRAPHQL_PATH, serve } from './serve.ts';
import { GraphQLUUID } from './uuid.ts';

/** What the module service knows. Of a meeting that is the id: whoever composes the graph gets the rest elsewhere. */
export const MODULE_SDL = /* GraphQL */ `
  scalar UUID

  "A module (course) of the student who asks."
  type Module {
    "Such as CS2030S."
    code: String!
    title: String!
    "In the order of the time table. Null for a meeting that cannot be had, with an error that says why."
    meetings: [ZoomMeeting]!
  }

  type ZoomMeeting {
    id: UUID!
  }

  type Query {
    "The modules of the student who asks."
    modules: [Module!]!
    module(code: String!): Module
    "A made-up module with these meetings, to try ids out."
    moduleOf(meetings: [UUID!]!): Module
  }
`;

/** What a subgraph adds for Federation 2: it refers to meetings by id and cannot resolve them. */
export const SUBGRAPH_SDL = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  ${MODULE_SDL}
  extend type ZoomMeeting @key(fields: "id", resolvable: false)
`;

/** How it says so. No `_entities`: nothing here is resolved by key. */
export const SERVICE_SDL = /* GraphQL */ `
  type _Service {
    sdl: String!
  }

  extend type Query {
    _service: _Service!
  }
`;

/** How a module service differs from the example's. */
export interface ModuleServiceOptions {
  readonly modules?: readonly Module[];
  readonly port?: number;
  /** Whether it prints what goes wrong inside; it does unless this is false. */
  readonly logging?: boolean;
}

/** Starts the module service. */
export async function startModuleService({
  modules = MODULES,
  port,
  logging = true,
}: ModuleServiceOptions = {}): Promise<Service> {
  const yoga = createYoga({
    schema: createSchema({ typeDefs: [MODULE_SDL, SERVICE_SDL], resolvers: resolversFor(modules) }),
    graphqlEndpoint: GRAPHQL_PATH,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging,
  });
  return await serve(yoga, port);
}

function resolversFor(modules: readonly Module[]) {
  return {
    UUID: GraphQLUUID,
    Query: {
      modules: () => modules,
      module: (_query: unknown, { code }: { code: string }) => modules.find(module => module.code === code),
      moduleOf: (_query: unknown, { meetings }: { meetings: readonly string[] }): Module => ({
        code: 'TRIAL',
        title: 'Any meetings',
        meetings,
      }),
      _service: () => ({ sdl: SUBGRAPH_SDL }),
    },
    Module: {
      meetings: (module: Module) => module.meetings.map(id => ({ id })),
    },
  };
}
