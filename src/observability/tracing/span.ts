import type { TraceContext } from '../../lib/trace-context.ts';

/** What stands in an attribute. Nothing that a client or the upstream has sent may. */
export type Attributes = Readonly<Record<string, string | number | boolean | string[]>>;

/** A span that has ended. */
export interface Span {
  readonly trace: TraceContext;
  readonly spanId: string;
  /** Null where it is the first of its trace. */
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: 'server' | 'internal' | 'client';
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}
