import { type ReactNode, useEffect, useRef } from 'react';
import type { MeetingFragment } from '../gql/graphql.ts';
import type { Loaded } from '../useWeek.ts';
import { moduleOf } from '../week.ts';
import { timeOf } from '../when.ts';
import { Badges } from './Badges.tsx';
import { JoinLink } from './JoinLink.tsx';
import { ModuleTag } from './ModuleTag.tsx';

interface MeetingCardProps {
  readonly loaded: Loaded;
  readonly timeZone: string;
  /** Whether it came at a later try, so that it is new to the reader. */
  readonly arrived: boolean;
}

/** One meeting: when, what, how to get in. */
export function MeetingCard({ loaded, timeZone, arrived }: MeetingCardProps): ReactNode {
  const { meeting, unreadable } = loaded;
  const { startDate, endDate } = meeting;
  const code = moduleOf(meeting.id);
  const title = titleOf(meeting, code);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    // The button that brought the meeting is gone, and the focus with it, unless the reader has moved on.
    if (arrived && document.activeElement === document.body) heading.current?.focus();
  }, [arrived]);

  return (
    <li className={arrived ? 'card meeting arrived' : 'card meeting'}>
      <p className="time">
        {startDate !== null && <time dateTime={startDate}>{timeOf(startDate, timeZone)}</time>}
        {startDate !== null && endDate !== null && (
          <>
            {' – '}
            <time dateTime={endDate}>{timeOf(endDate, timeZone, startDate)}</time>
          </>
        )}
      </p>
      <div>
        <h3 ref={heading} tabIndex={-1}>
          <ModuleTag code={code} /> {title}
        </h3>
        <Badges meeting={meeting} />
        {unreadable.length > 0 && <p className="note">LumiNUS sent details that cannot be read.</p>}
      </div>
      <JoinLink meeting={meeting} about={`${code} ${title}`} />
    </li>
  );
}

/** Beside the module's code, a topic need not begin with it. */
function titleOf({ topic, name }: MeetingFragment, code: string): string {
  return (topic ?? name ?? 'Meeting').replace(`${code} `, '');
}
