import { normalizedExecutor } from '@graphql-tools/executor';
import type { DocumentNode, ExecutionArgs, ExecutionResult, OperationDefinitionNode } from 'graphql';
import { getOperationAST, Kind, visit } from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import type { Plugin } from 'graphql-yoga';
import { countFields } from '../../schema/selected-fields.ts';

/** How often a document has been run before it is compiled: compiling costs as much as a hundred runs. */
const RUNS_BEFORE_COMPILING = 10;

/** What compiling may cost: about a tenth of a millisecond a field, and some kilobytes that stay with the document. */
const MAX_FIELDS = 150;
const MAX_ROOT_SELECTIONS = 4;

/** Most items in lists of variables: graphql-jit makes an error for each that does not fit, the interpreter for 50. */
const MAX_ITEMS = 100;

function countItems(variables: ExecutionArgs['variableValues']): number {
  let items = 0;
  for (const name in variables) {
    const value: unknown = variables[name];
    if (Array.isArray(value)) items += value.length;
  }
  return items;
}

/**
 * Tells whether graphql-jit does an operation well: not where it is large, which would make compiling worth attacking,
 * and it compiles a fragment anew at each spread; not with directives, where its errors name the places of skipped
 * fields too and a null condition passes for false; not with a field called __proto__, which it loses; not with an
 * object, or a list in a list, written out for a custom scalar, where it ignores variables.
 */
function suitsCompiling(document: DocumentNode, { selectionSet }: OperationDefinitionNode): boolean {
  const fragments = Object.fromEntries(
    document.definitions.flatMap(one =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  );
  let suits =
    selectionSet.selections.length <= MAX_ROOT_SELECTIONS &&
    countFields(selectionSet, fragments) <= MAX_FIELDS;
  visit(document, {
    Field({ alias }) {
      suits &&= alias?.value !== '__proto__';
    },
    Directive() {
      suits = false;
    },
    ObjectValue() {
      suits = false;
    },
    ListValue({ values }) {
      suits &&= values.every(({ kind }) => kind !== Kind.LIST);
    },
  });
  return suits;
}

/** What is used of graphql-jit. */
export type Compiler = Pick<typeof import('graphql-jit'), 'compileQuery' | 'isCompiledQuery'>;

/** One operation of a document. */
interface Operation {
  runs: number;
  /** Null until it is compiled, and where it cannot be. */
  compiled: CompiledQuery['query'] | null;
}

/** How operations come to be compiled. */
export interface CompilingOptions {
  /** How often an operation is interpreted first. */
  readonly runsBeforeCompiling?: number;
  /** Runs a job later: by default in a turn of the event loop of its own, so that no request pays for it. */
  readonly schedule?: (job: () => void) => void;
}

/**
 * Runs operations that come often as JavaScript compiled for them, in a third of the time of interpreting them.
 * What is compiled lives as long as its parsed document is kept, so there is a bound to it, and documents that vary
 * without end are never compiled. Variables that do not fit are told as the interpreter tells them.
 */
export function compiledExecution(
  { compileQuery, isCompiledQuery }: Compiler,
  { runsBeforeCompiling = RUNS_BEFORE_COMPILING, schedule = oneEachTurn() }: CompilingOptions = {},
): Plugin {
  /** By document, then by the name that was asked for: none will do where there is one operation. */
  const operations = new WeakMap<DocumentNode, Map<ExecutionArgs['operationName'], Operation>>();

  function operationOf({ document, operationName }: ExecutionArgs): Operation {
    const known = operations.get(document)?.get(operationName);
    if (known) return known;
    const operation: Operation = { runs: 0, compiled: null };
    const ofDocument = operations.get(document);
    if (ofDocument) ofDocument.set(operationName, operation);
    else operations.set(document, new Map([[operationName, operation]]));
    return operation;
  }

  function compile({ schema, document, operationName }: ExecutionArgs): Operation['compiled'] {
    const node = getOperationAST(document, operationName);
    if (!node || !suitsCompiling(document, node)) return null;
    try {
      const compiled = compileQuery(schema, document, operationName ?? undefined, {
        // The decoder has checked every value that leaves.
        disableLeafSerialization: true,
      });
      return isCompiledQuery(compiled) ? compiled.query : null;
    } catch {
      // It stays interpreted.
      return null;
    }
  }

  return {
    onExecute({ args, setExecuteFn }) {
      const operation = operationOf(args);
      operation.runs += 1;
      if (operation.runs === runsBeforeCompiling + 1) {
        schedule(() => {
          operation.compiled = compile(args);
        });
      }
      const { compiled } = operation;
      if (compiled === null || countItems(args.variableValues) > MAX_ITEMS) return;
      setExecuteFn((): Promise<ExecutionResult> | ExecutionResult => {
        const result = compiled(args.rootValue, args.contextValue, args.variableValues);
        return result instanceof Promise || 'data' in result
          ? result
          : (normalizedExecutor(args) as ExecutionResult);
      });
    },
  };
}

/** Runs jobs in the order they come, one in each turn of the event loop. */
function oneEachTurn(): (job: () => void) => void {
  const jobs: (() => void)[] = [];
  const next = (): void => {
    jobs.shift()?.();
    if (jobs.length > 0) setImmediate(next);
  };
  return job => {
    jobs.push(job);
    if (jobs.length === 1) setImmediate(next);
  };
}
