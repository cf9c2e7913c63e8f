import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from './failure.ts';

/** Counts down the seconds a failure asks to wait for; `onOver` is called once they are over. */
export function useSecondsLeft(failure: Failure, onOver: () => void): number {
  const [left, setLeft] = useState(failure.retryAfter);
  const over = useEffectEvent(onOver);

  useEffect(() => {
    const end = Date.now() + failure.retryAfter * 1000;
    setLeft(failure.retryAfter);
    if (failure.retryAfter === 0) return;
    const timer = setInterval(() => {
      // By the clock, not by counting: a timer stands still while the computer sleeps.
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(seconds);
      if (seconds > 0) return;
      clearInterval(timer);
      over();
    }, 1000);
    return () => clearInterval(timer);
  }, [failure]);

  return left;
}
