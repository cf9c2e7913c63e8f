import { normalizedExecutor } from '@graphql-tools/executor';
import type { DocumentNode, ExecutionArgs, ExecutionResult, OperationDefinitionNode } from 'graphql';
import { getOperationAST, Kind, visit } from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import type { Plugin } from 'graphql-yoga';
import { countFields } from '../../schema/selected-fields.ts';

/** How often a document has been run before it is compiled: compiling costs as much as a hundred runs. */
const RUNS_BEFORE_COMPILING = 10;

/** They bound what compiling costs: about a tenth of a millisecond a field, and some kilobytes for as long as the document is cached. */
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
 * Tells whether graphql-jit executes an operation as the interpreter does, at an acceptable cost. It does not for large
 * operations, whose compilation an attacker could provoke, and it compiles a fragment again at each spread; with
 * directives, where its errors also have the locations of skipped fields and a null condition counts as false; with a
 * field or variable named __proto__, which it drops; with a literal object, or a list in a list, for a custom scalar, where it
 * ignores variables.
 */
function canCompile(document: DocumentNode, { selectionSet }: OperationDefinitionNode): boolean {
  const fragments = Object.fromEntries(
    document.definitions.flatMap(one =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  );
  let canBe =
    selectionSet.selections.length <= MAX_ROOT_SELECTIONS &&
    countFields(selectionSet, fragments).fields <= MAX_FIELDS;
  visit(document, {
    Name({ value }) {
      canBe &&= value !== '__proto__';
    },
    Directive() {
      canBe = false;
    },
    ObjectValue() {
      canBe = false;
    },
    ListValue({ values }) {
      canBe &&= values.every(({ kind }) => kind !== Kind.LIST);
    },
  });
  return canBe;
}

/** The part of graphql-jit that is used. */
export type Compiler = Pick<typeof import('graphql-jit'), 'compileQuery' | 'isCompiledQuery'>;

/** One operation of a document. */
interface Operation {
  runs: number;
  /** Null until it is compiled, and where it cannot be. */
  compiled: CompiledQuery['query'] | null;
}

/** When operations are compiled. */
export interface CompilingOptions {
  /** How often an operation is interpreted first. */
  readonly runsBeforeCompiling?: number;
  /** Runs a job later: by default in an iteration of the event loop of its own, so that no request waits for it. */
  readonly schedule?: (job: () => void) => void;
}

/**
 * Compiles frequent operations to JavaScript, which runs in a third of the time that the interpreter takes.
 * A compiled operation is kept as long as its parsed document is cached, so that their number is bounded, and documents
 * that vary without end are never compiled. The errors of variables that do not fit are the interpreter's.
 */
export function useJit(
  { compileQuery, isCompiledQuery }: Compiler,
  { runsBeforeCompiling = RUNS_BEFORE_COMPILING, schedule = oneEachIteration() }: CompilingOptions = {},
): Plugin {
  /** By document, then by the requested name, which may be missing where the document has one operation. */
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
    if (!node || !canCompile(document, node)) return null;
    try {
      const compiled = compileQuery(schema, document, operationName ?? undefined, {
        // The decoder has checked every value.
        disableLeafSerialization: true,
      });
      return isCompiledQuery(compiled) ? compiled.query : null;
    } catch {
      // It is interpreted as before.
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

/** Runs jobs in their order, one in each iteration of the event loop. */
function oneEachIteration(): (job: () => void) => void {
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
