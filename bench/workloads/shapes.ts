/** How many meetings a query asks for, by how many clients. */
export interface Shape {
  readonly meetings: number;
  readonly connections: number;
}

/** Workload a. */
export const ONE: Shape = { meetings: 1, connections: 32 };

/** Workload b. Four clients, so that 200 calls wait for an upstream connection at most. */
export const FIFTY: Shape = { meetings: 50, connections: 4 };

/** Workload h: one request at a time, with nobody to share anything with. */
export const ALONE: Shape = { meetings: 1, connections: 1 };

/** The shapes of the workloads that measure CPU time. */
export const SHAPES = { a: ONE, b: FIFTY, h: ALONE } as const;
