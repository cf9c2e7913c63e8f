import { normalizedExecutor } from '@graphql-tools/executor';
import type { DocumentNode, ExecutionArgs, ExecutionResult, OperationDefinitionNode } from 'graphql';
import { getOperationAST, visit } from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import type { Plugin } from 'graphql-yoga';

/** How often a document has been run before it is compiled: compiling costs as much as a hundred runs. */
const RUNS_BEFORE_COMPILING = 10;

/** What compiling may cost: about a tenth of a millisecond a field, and some kilobytes that stay with the document. */
const MAX_FIELDS = 150;
const MAX_ROOT_SELECTIONS = 4;

/**
 * Tells whether graphql-jit does an operation well: not where it is large, which would make compiling worth attacking;
 * not with directives, where its errors name the places of skipped fields too and a null condition passes for false;
 * not with a field called __proto__, which it loses.
 */
function suitsCompiling(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  let suits = operation.selectionSet.selections.length <= MAX_ROOT_SELECTIONS;
  let fields = 0;
  visit(document, {
    Field({ alias }) {
      fields += 1;
      suits &&= fields <= MAX_FIELDS && alias?.value !== '__proto__';
    },
    Directive() {
      suits = false;
    },
  });
  return suits;
}

/** What is used of graphql-jit. */
export type Compiler = Pick<typeof import('graphql-jit'), 'compileQuery' | 'isCompiledQuery'>;

/** One operation of a document. */
interface Operation {
  readonly node: OperationDefinitionNode;
  runs: number;
  /** Undefined until it is worth it; null when it cannot be compiled. */
  compiled?: CompiledQuery['query'] | null;
}

/**
 * Compiles the operations that are run again and again, with graphql-jit: a third of the time of interpreting them.
 * What is compiled lives as long as its parsed document is kept, so there is a bound to it, and documents that vary
 * without end are never compiled. Variables that do not fit are told as the interpreter tells them.
 * @param compiler graphql-jit, where it is loaded already; by default it is loaded when it is first needed.
 * @param runsBeforeCompiling 0 compiles at the first run.
 */
export function compiledExecution(compiler?: Compiler, runsBeforeCompiling = RUNS_BEFORE_COMPILING): Plugin {
  let loaded = compiler;
  let loading: Promise<void> | undefined;
  /** By document, then by the name that was asked for: none will do where there is one operation. */
  const operations = new WeakMap<DocumentNode, Map<ExecutionArgs['operationName'], Operation>>();

  function operationOf({ document, operationName }: ExecutionArgs): Operation | null {
    const known = operations.get(document)?.get(operationName);
    if (known) return known;
    const node = getOperationAST(document, operationName);
    // Without a single operation to run there is an error to be told; the interpreter does that.
    if (!node) return null;
    const operation = { node, runs: 0 };
    const ofDocument = operations.get(document);
    if (ofDocument) ofDocument.set(operationName, operation);
    else operations.set(document, new Map([[operationName, operation]]));
    return operation;
  }

  function load(): Compiler | undefined {
    if (loading === undefined) {
      loading = import('graphql-jit').then(module => {
        loaded = module;
      });
    }
    return loaded;
  }

  function compile(
    { compileQuery, isCompiledQuery }: Compiler,
    { schema, document, operationName }: ExecutionArgs,
    node: OperationDefinitionNode,
  ): CompiledQuery['query'] | null {
    if (!suitsCompiling(document, node)) return null;
    const compiled = compileQuery(schema, document, operationName ?? undefined, {
      // The decoder has checked every value that leaves.
      disableLeafSerialization: true,
    });
    return isCompiledQuery(compiled) ? compiled.query : null;
  }

  return {
    onExecute({ args, setExecuteFn }) {
      const operation = operationOf(args);
      if (operation === null) return;
      operation.runs += 1;
      if (operation.runs <= runsBeforeCompiling) return;
      if (operation.compiled === undefined) {
        const jit = loaded ?? load();
        if (!jit) return;
        operation.compiled = compile(jit, args, operation.node);
      }
      const { compiled } = operation;
      if (compiled === null) return;
      setExecuteFn((): Promise<ExecutionResult> | ExecutionResult => {
        const result = compiled(args.rootValue, args.contextValue, args.variableValues);
        return result instanceof Promise || 'data' in result
          ? result
          : (normalizedExecutor(args) as ExecutionResult);
      });
    },
  };
}
