import { failures } from './scenarios/failures.ts';
import { fields } from './scenarios/fields.ts';
import { refusals } from './scenarios/refusals.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { transport } from './scenarios/transport.ts';
import { wire } from './scenarios/wire.ts';

export { type Scenario, scenarioId } from './scenarios/scenario.ts';

/** Everything the upstream is known to answer, each under an id of its own. */
export const SCENARIOS: readonly Scenario[] = [
  ...refusals,
  ...failures,
  ...transport,
  ...wire,
  ...fields,
].sort((a, b) => a.number - b.number);
