import { ApolloClient, type ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';

/** What a client needs to know of the world. */
export interface ClientOptions {
  /** Where the gateway's graph is, such as '/graphql'. */
  readonly uri: string;
  /** Gives the user's token; asked for each request, as tokens are renewed. */
  readonly token: () => string;
  /** How queries get there, if not each as its text: see links.ts. */
  readonly transport?: ApolloLink;
}

/** Makes the Apollo Client of one signed-in user. At sign-out, make another one: its cache holds her join links. */
export function createClient({ uri, token, transport }: ClientOptions): ApolloClient {
  const signed = new SetContextLink(({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${token()}` },
  }));
  return new ApolloClient({
    link: signed.concat(transport ?? new HttpLink({ uri })),
    // In memory alone. A cache that is persisted would put join links on disk.
    cache: new InMemoryCache(),
    devtools: { enabled: false },
  });
}
