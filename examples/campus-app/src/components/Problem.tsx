import type { ReactNode } from 'react';
import type { Failure } from '../failure.ts';
import { meetingProblem } from '../meetingProblem.ts';
import { TryAgain } from './TryAgain.tsx';

interface ProblemProps {
  readonly failure: Failure;
  /** What did not come, in the middle of a sentence. */
  readonly about: string;
  readonly tag?: ReactNode;
  /** Tells those who do not see the page. */
  readonly say: (text: string) => void;
  readonly tryAgain: () => Promise<void>;
}

/** What went wrong, and what can be done about it. */
export function Problem({ failure, about, tag, say, tryAgain }: ProblemProps): ReactNode {
  const problem = meetingProblem(failure);
  return (
    <>
      <h3>
        {tag} {problem.title}
      </h3>
      <p>{problem.sentence}</p>
      {problem.report !== null && (
        <p className="note">
          To name when you report it: <code>{problem.report}</code>
        </p>
      )}
      {problem.tryAgain && <TryAgain failure={failure} about={about} say={say} tryAgain={tryAgain} />}
    </>
  );
}
