import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';
import { MAX_LIST_PARTS } from '../luminus/field-kinds.ts';
import { MEETING_FIELDS } from '../luminus/meeting.ts';

/** The fields of a selection set at every level, those of fragments at each spread. */
export interface FieldCount {
  readonly fields: number;
  /** Those of them that are lists. */
  readonly lists: number;
}

/** The counts of a document are kept as long as the document. */
const counted = new WeakMap<SelectionSetNode, FieldCount>();

/** The fields whose value is a list. */
const LISTS: ReadonlySet<string> = new Set(
  Object.entries(MEETING_FIELDS).flatMap(([name, { kind }]) => (kind === 'list' ? [name] : [])),
);

/** Counts the values that come at most with each object of a field: one for each field below it, and the items of lists. */
export function selectedValues({ fieldNodes, fragments }: GraphQLResolveInfo): number {
  let values = 0;
  for (const { selectionSet } of fieldNodes) {
    if (!selectionSet) continue;
    const { fields, lists } = countFields(selectionSet, fragments);
    values += fields + lists * MAX_LIST_PARTS;
  }
  return values;
}

/** Counts the fields of a selection set as they are written. */
export function countFields(
  set: SelectionSetNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): FieldCount {
  const known = counted.get(set);
  if (known !== undefined) return known;
  let fields = 0;
  let lists = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      fields += 1;
      if (LISTS.has(selection.name.value)) lists += 1;
    }
    const below =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? fragments[selection.name.value]?.selectionSet
        : selection.selectionSet;
    if (!below) continue;
    const inner = countFields(below, fragments);
    fields += inner.fields;
    lists += inner.lists;
  }
  const count = { fields, lists };
  counted.set(set, count);
  return count;
}
