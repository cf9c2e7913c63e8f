import type { ReactNode } from 'react';
import type { MeetingFragment } from '../gql/graphql.ts';

interface JoinLinkProps {
  readonly meeting: MeetingFragment;
  /** The meeting's name, for those who hear the link without its card. */
  readonly about: string;
}

/** The way in, or why there is none. */
export function JoinLink({ meeting: { joinUrl, notFoundInZoom }, about }: JoinLinkProps): ReactNode {
  if (notFoundInZoom) return <p className="no-link">No longer in Zoom</p>;
  if (joinUrl === null) return <p className="no-link">No link yet</p>;
  return (
    <a className="button primary" href={joinUrl} target="_blank" rel="noopener noreferrer">
      Join<span className="visually-hidden"> {about} (opens in a new tab)</span>
    </a>
  );
}
