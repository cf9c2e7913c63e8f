import type { ReactNode } from 'react';
import type { MeetingFragment } from '../gql/graphql.ts';

/** What each kind of badge shows, drawn in a box of 16 by 16. */
const ICONS = {
  exam: 'M2 13.5V11l7.5-7.5L12 6l-7.5 7.5zM11 2l2.5 2.5',
  recording: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  waiting: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2 1.3',
  signIn: 'M8 2.5a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM3 13.5c.4-2.3 2.3-3.7 5-3.7s4.6 1.4 5 3.7',
} as const;

type Kind = keyof typeof ICONS;

/** What to know before one joins. */
export function Badges({ meeting }: { readonly meeting: MeetingFragment }): ReactNode {
  const badges = badgesOf(meeting);
  if (badges.length === 0) return null;
  return (
    <ul className="badges">
      {badges.map(([kind, text]) => (
        <li key={kind} className={kind}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={ICONS[kind]} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

function badgesOf(meeting: MeetingFragment): [Kind, string][] {
  const { meetingType, recordType, isWaitingRoom, meetingAuthentication, authenticationOpt } = meeting;
  const badges: [Kind, string][] = [];
  if (meetingType === 'EXAM') badges.push(['exam', 'Exam']);
  if (recordType === 'CLOUD') badges.push(['recording', 'Recorded']);
  if (recordType === 'LOCAL') badges.push(['recording', 'Recorded by the host']);
  // A number that has no name yet: better to expect a recording than not to.
  if (recordType === 'UNKNOWN') badges.push(['recording', 'May be recorded']);
  if (isWaitingRoom) badges.push(['waiting', 'Waiting room']);
  if (meetingAuthentication) {
    badges.push(['signIn', authenticationOpt === 'NUS_ZOOM' ? 'Sign in with NUS Zoom' : 'Sign in to Zoom']);
  }
  return badges;
}
