import { type ReactNode, useState } from 'react';
import type { Failure } from '../failure.ts';
import { useSecondsLeft } from '../useSecondsLeft.ts';
import { momentName, ownTimeZone } from '../when.ts';

/** From so many seconds on, a countdown says less than the day and the time. */
const LONG = 3600;

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
      {left > 0 && (
        <span aria-hidden="true"> {left > LONG ? `from ${moment(left)}` : `in ${clock(left)}`}</span>
      )}
      <span className="visually-hidden">
        {' '}
        for {about}
        {left > 0 && `, possible ${left > LONG ? `from ${moment(left)}` : `in ${roughly(left)}`}`}
      </span>
    </button>
  );
}

/** For the eye: 0:57. */
function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The day and the time when a wait is over. To the minute, rounded up: the countdown goes on while it is shown. */
function moment(seconds: number): string {
  const minute = 60_000;
  return momentName(new Date(Math.ceil((Date.now() + seconds * 1000) / minute) * minute), ownTimeZone());
}

/** For the ear, which a count of seconds would only tire. */
function roughly(seconds: number): string {
  if (seconds <= 60) return 'less than a minute';
  return `about ${Math.ceil(seconds / 60)} minutes`;
}
