import { type ReactNode, useState } from 'react';
import type { Failure } from '../failure.ts';
import { meetingProblem } from '../meetingProblem.ts';
import { useWeek, type Week } from '../useWeek.ts';
import { MEETING_IDS, moduleOf } from '../week.ts';
import { byDay, ownTimeZone, weekName, zoneName } from '../when.ts';
import { DaySection } from './DaySection.tsx';
import { MissingSection } from './MissingSection.tsx';
import { Problem } from './Problem.tsx';

/** A student's week: the meetings that came, day by day, and beside them the ones that did not. */
export function App(): ReactNode {
  const week = useWeek(MEETING_IDS);
  const timeZone = ownTimeZone();
  const [news, say] = useState<string | null>(null);
  const [arrived, setArrived] = useState<string | null>(null);
  const days = byDay(week.state === 'ready' ? week.loaded : [], timeZone);

  async function tryAgain(asking: Promise<Failure | null>, success: string | null): Promise<boolean> {
    // Said in between, so that the same failure twice is told twice.
    say('Trying again…');
    const failure = await asking;
    say(failure === null ? success : wordsOf(failure));
    return failure === null;
  }

  return (
    <>
      <header>
        <h1>Your week on Zoom</h1>
        <p>
          {weekName(days)} Times are in your own time zone, {zoneName(timeZone, days[0]?.date ?? '')}.
        </p>
      </header>
      <main aria-busy={week.state === 'loading'}>
        <p role="status" className={week.state === 'failed' ? 'visually-hidden' : ''}>
          {news ?? summary(week)}
        </p>
        {week.state === 'failed' && (
          <section className="card missing" aria-labelledby="failed">
            <h2 id="failed">Your meetings could not be loaded</h2>
            <Problem
              failure={week.failure}
              about="your meetings"
              say={say}
              tryAgain={async () => void (await tryAgain(week.tryAgain(), null))}
            />
          </section>
        )}
        {week.state === 'ready' && (
          <div className="week">
            <div className="days">
              {days.map(day => (
                <DaySection key={day.date} day={day} timeZone={timeZone} arrived={arrived} />
              ))}
            </div>
            {week.missing.length > 0 && (
              <MissingSection
                missing={week.missing}
                say={say}
                tryAgain={async id => {
                  const success = `The meeting of ${moduleOf(id)} is here now.`;
                  if (await tryAgain(week.tryAgain(id), success)) setArrived(id);
                }}
              />
            )}
          </div>
        )}
      </main>
    </>
  );
}

function summary(week: Week): string {
  if (week.state === 'loading') return 'Loading your meetings…';
  if (week.state === 'failed') return wordsOf(week.failure);
  const { loaded, missing } = week;
  return `${loaded.length} meetings this week.${missing.length > 0 ? ` ${missing.length} could not be loaded.` : ''}`;
}

function wordsOf(failure: Failure): string {
  const { title, sentence } = meetingProblem(failure);
  return `${title}. ${sentence}`;
}
