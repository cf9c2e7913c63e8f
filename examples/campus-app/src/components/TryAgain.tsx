import { type ReactNode, useState } from 'react';
import type { Failure } from '../failure.ts';
import { useSecondsLeft } from '../useSecondsLeft.ts';

interface TryAgainProps {
  readonly failure: Failure;
  readonly about: string;
  readonly say: (text: string) => void;
  readonly tryAgain: () => Promise<void>;
}

/**
 * A button to ask once more, as soon as the gateway says that it makes sense.
 * It is aria-disabled while it waits: a disabled button would drop the focus of who has just pressed it.
 */
export function TryAgain({ failure, about, say, tryAgain }: TryAgainProps): ReactNode {
  const [asking, setAsking] = useState(false);
  const left = useSecondsLeft(failure, () => say(`You can now try again for ${about}.`));

  async function press(): Promise<void> {
    if (asking || left > 0) return;
    setAsking(true);
    await tryAgain();
    setAsking(false);
  }

  return (
    <button type="button" className="button" aria-disabled={asking || left > 0} onClick={() => void press()}>
      {asking ? 'Trying again…' : 'Try again'}
      {left > 0 && <span aria-hidden="true"> in {clock(left)}</span>}
      <span className="visually-hidden">
        {' '}
        for {about}
        {left > 0 && `, possible in ${roughly(left)}`}
      </span>
    </button>
  );
}

/** For the eye: 0:57, and 1:02:03 for longer ones. */
function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** For the ear, which a count of seconds would only tire. */
function roughly(seconds: number): string {
  if (seconds <= 60) return 'less than a minute';
  if (seconds <= 3600) return `about ${Math.ceil(seconds / 60)} minutes`;
  return `about ${Math.ceil(seconds / 3600)} hours`;
}
