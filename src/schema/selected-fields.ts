import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';

/** The counts of a document are kept as long as the document. */
const counted = new WeakMap<SelectionSetNode, number>();

/**
 * Counts the fields below a field as they are written, those of fragments at each spread: at least as many values come
 * with each of its objects.
 */
export function selectedFields({ fieldNodes, fragments }: GraphQLResolveInfo): number {
  let fields = 0;
  for (const { selectionSet } of fieldNodes)
    fields += selectionSet ? countFields(selectionSet, fragments) : 0;
  return fields;
}

/** Counts the fields of a selection set at every level, those of fragments at each spread. */
export function countFields(
  set: SelectionSetNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): number {
  const known = counted.get(set);
  if (known !== undefined) return known;
  let fields = 0;
  for (const selection of set.selections) {
    const below =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? fragments[selection.name.value]?.selectionSet
        : selection.selectionSet;
    fields += selection.kind === Kind.FIELD ? 1 : 0;
    if (below) fields += countFields(below, fragments);
  }
  counted.set(set, fields);
  return fields;
}
