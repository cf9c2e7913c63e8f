/**
 * An item of a list that may fail alone: it settles with its error, which every executor takes for the failure of that
 * item. A rejected promise would do for most; graphql-jit loses the last item of a list when it is one.
 */
export function listItem<T>(item: Promise<T>): Promise<T> {
  return item.catch(error => error);
}
