/** The workloads by letter, in the order they run. */
export const WORKLOADS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] as const;

/** The letter of a workload. */
export type Workload = (typeof WORKLOADS)[number];
