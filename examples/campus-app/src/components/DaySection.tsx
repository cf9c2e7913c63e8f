import { type ReactNode, useId } from 'react';
import { type Day, dayName } from '../when.ts';
import { MeetingCard } from './MeetingCard.tsx';

interface DaySectionProps {
  readonly day: Day;
  readonly timeZone: string;
  /** The meeting that came at a later try. */
  readonly arrived: string | null;
}

/** The meetings of one day. */
export function DaySection({ day: { date, meetings }, timeZone, arrived }: DaySectionProps): ReactNode {
  const heading = useId();
  return (
    <section className="day" aria-labelledby={heading}>
      <h2 id={heading}>{date === '' ? 'No date yet' : <DayName date={date} />}</h2>
      <ul>
        {meetings.map(loaded => (
          <MeetingCard
            key={loaded.meeting.id}
            loaded={loaded}
            timeZone={timeZone}
            arrived={loaded.meeting.id === arrived}
          />
        ))}
      </ul>
    </section>
  );
}

function DayName({ date }: { readonly date: string }): ReactNode {
  const { weekday, day } = dayName(date);
  return (
    <time dateTime={date}>
      {weekday} <span>{day}</span>
    </time>
  );
}
