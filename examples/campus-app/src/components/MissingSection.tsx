import type { ReactNode } from 'react';
import type { Missing } from '../useWeek.ts';
import { moduleOf } from '../week.ts';
import { ModuleTag } from './ModuleTag.tsx';
import { Problem } from './Problem.tsx';

interface MissingSectionProps {
  readonly missing: readonly Missing[];
  readonly say: (text: string) => void;
  readonly tryAgain: (id: string) => Promise<void>;
}

/** The meetings that did not come; on which day they are, nobody could tell. */
export function MissingSection({ missing, say, tryAgain }: MissingSectionProps): ReactNode {
  return (
    <aside aria-labelledby="missing">
      <h2 id="missing">Could not be loaded</h2>
      <ul>
        {missing.map(({ id, failure }) => (
          <li key={id} className="card missing">
            <Problem
              failure={failure}
              about={`a meeting of ${moduleOf(id)}`}
              tag={<ModuleTag code={moduleOf(id)} />}
              say={say}
              tryAgain={() => tryAgain(id)}
            />
          </li>
        ))}
      </ul>
    </aside>
  );
}
