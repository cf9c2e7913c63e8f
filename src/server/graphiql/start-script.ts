import type { GraphiQLTab } from './tabs.ts';

/** What the script that starts GraphiQL depends on. */
export interface StartScriptOptions {
  readonly firstTab: GraphiQLTab;
  /** Tells upstreams apart. */
  readonly upstreamId: string;
  /** The call that starts GraphiQL, up to its arguments: the element and the options. */
  readonly call: string;
}

/**
 * Writes the script that starts GraphiQL in a browser, up to the arguments of the call.
 * - Everything is stored under the name of this gateway and its upstream: on localhost, other projects use the same storage.
 * - GraphiQL looks up its first tab in the storage: without it the tab has no variables, and a reload opens another.
 * - Headers are stored only where the user has turned it on in the settings of GraphiQL, which forgets that by itself.
 */
export function startScript({ firstTab, upstreamId, call }: StartScriptOptions): string {
  return `
        const prefix = ${asScript(`luminus-zoom-gateway ${upstreamId} `)};
        const ownKeys = () => Object.keys(localStorage).filter(key => key.startsWith(prefix));
        const storage = {
          getItem: key => localStorage.getItem(prefix + key),
          setItem: (key, value) => localStorage.setItem(prefix + key, value),
          removeItem: key => localStorage.removeItem(prefix + key),
          get length() { return ownKeys().length },
          clear() { for (const key of ownKeys()) localStorage.removeItem(key) },
        };
        for (const [name, value] of Object.entries(${asScript(firstTab)})) {
          if (storage.getItem('graphiql:' + name) === null) storage.setItem('graphiql:' + name, value);
        }
        const persistsHeaders = storage.getItem('graphiql:shouldPersistHeaders') === 'true';
        ((root, { initialHeaders, ...options }) => ${call}root, {
          ...options,
          storage,
          shouldPersistHeaders: persistsHeaders || undefined,
          ...(persistsHeaders ? {} : { initialHeaders }),
        }))(`;
}

/** A value as JavaScript that can stand in a script element. */
function asScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
