/** The states of a gateway, in their order: it may skip some, but never goes back. */
const STATES = ['starting', 'ready', 'draining', 'stopped'] as const;

/**
 * Where a gateway is between its start and its end: `starting` until it accepts connections, `ready` while it serves,
 * `draining` while it only finishes the requests in flight, `stopped` when every connection is closed.
 */
export type LifecycleState = (typeof STATES)[number];

/** The one state that the server, the probes and the shutdown read. */
export class Lifecycle {
  #state: LifecycleState = 'starting';
  readonly #listeners = new Set<(state: LifecycleState) => void>();

  get state(): LifecycleState {
    return this.#state;
  }

  /** Registers a listener for every later transition. @returns a function that removes it. */
  onChange(listener: (state: LifecycleState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Goes to a later state and notifies the listeners. @returns false, and nothing changes, when it is there or beyond. */
  advance(to: LifecycleState): boolean {
    if (STATES.indexOf(to) <= STATES.indexOf(this.#state)) return false;
    this.#state = to;
    for (const listener of this.#listeners) listener(to);
    return true;
  }
}
