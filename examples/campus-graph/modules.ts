/** A module as the campus knows it: its meetings are ids, all else about them is the gateway's to tell. */
export interface Module {
  readonly code: string;
  readonly title: string;
  readonly meetings: readonly string[];
}

/** What the student of the example takes. On the sandbox any id is a meeting, and those that start with zeros fail. */
export const MODULES: readonly Module[] = [
  {
    code: 'CS2030S',
    title: 'Programming Methodology II',
    meetings: ['3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b', '7c9e6679-7425-40de-944b-e07fc1f90ae7'],
  },
  {
    code: 'MA1521',
    title: 'Calculus for Computing',
    meetings: ['550e8400-e29b-41d4-a716-446655440000', '00000000-0000-4000-8000-000000000403'],
  },
  {
    // A lecture that both modules share: the gateway is asked for it once.
    code: 'ST2334',
    title: 'Probability and Statistics',
    meetings: ['550e8400-e29b-41d4-a716-446655440000', '00000000-0000-4000-8000-000000000404'],
  },
];
