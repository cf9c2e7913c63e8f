import { scenarioId } from '../../../../sandbox/scenarios.ts';

/** Meetings that are there. */
export const GOOD = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
export const ALSO_GOOD = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

/** Meetings that fail at the first call: neither code is tried again. */
export const FORBIDDEN = scenarioId(403);
export const NOT_FOUND = scenarioId(404);

/** No id at all. */
export const MALFORMED = '../../etc/passwd';
