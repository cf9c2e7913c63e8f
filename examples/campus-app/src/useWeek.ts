import { useApolloClient, useFragment, useQuery } from '@apollo/client/react';
import { useMemo, useState } from 'react';
import { type Failure, failureOfRequest, type Trouble, troubleAt } from './failure.ts';
import { type MeetingFragment, MeetingFragmentDoc, OneMeetingDocument, WeekDocument } from './gql/graphql.ts';

/** A meeting that came, and whether some of its fields could not be read. */
export interface Loaded {
  readonly meeting: MeetingFragment;
  readonly unreadable: readonly string[];
}

/** A meeting that did not come, and why. */
export interface Missing {
  readonly id: string;
  readonly failure: Failure;
}

/** The meetings of a week, as far as they came. */
export type Week =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly failure: Failure; readonly tryAgain: () => Promise<Failure | null> }
  | {
      readonly state: 'ready';
      readonly loaded: readonly Loaded[];
      readonly missing: readonly Missing[];
      /** Asks for one meeting again; gives why it still does not come, or null when it came. */
      readonly tryAgain: (id: string) => Promise<Failure | null>;
    };

/** A join link may change or be withdrawn: what the cache holds is not asked before the gateway is. */
const FRESH = { fetchPolicy: 'network-only', errorPolicy: 'all' } as const;

/** Asks for all meetings in one request; those that fail leave the others as they are, and can be asked for again. */
export function useWeek(ids: readonly string[]): Week {
  const client = useApolloClient();
  const week = useQuery(WeekDocument, { ...FRESH, variables: { ids: [...ids] } });
  // A meeting that comes at a later try is not in the answer for the week, but it is in the cache.
  const { data: cached } = useFragment({
    fragment: MeetingFragmentDoc,
    from: ids.map(id => ({ __typename: 'ZoomMeeting', id })),
  });
  const error = useLast(week.error);
  const failure = useMemo(() => failureOfRequest(error), [error]);
  const troubles = useMemo(
    () => ids.map((_, index) => troubleAt(error, ['syncMeetings', index])),
    [ids, error],
  );
  const [retried, setRetried] = useState<ReadonlyMap<string, Trouble>>(new Map());

  if (week.data === undefined && error === undefined) return { state: 'loading' };

  const loaded: Loaded[] = [];
  const missing: Missing[] = [];
  for (const [index, id] of ids.entries()) {
    const meeting = week.data?.syncMeetings[index] ?? whole(cached[index]);
    const trouble = retried.get(id) ?? troubles[index];
    if (meeting) loaded.push({ meeting, unreadable: trouble?.unreadable ?? [] });
    else missing.push({ id, failure: trouble?.failure ?? failure });
  }

  const [first] = missing;
  if (loaded.length === 0 && first && missing.every(one => one.failure.code === first.failure.code)) {
    const tryAgain = async (): Promise<Failure | null> => {
      setRetried(new Map());
      const again = await week.refetch();
      return again.data ? null : failureOfRequest(again.error);
    };
    return { state: 'failed', failure: first.failure, tryAgain };
  }

  const tryAgain = async (id: string): Promise<Failure | null> => {
    // What comes goes into the cache as ZoomMeeting:<id>, and from there into this week.
    const again = await client.query({ ...FRESH, query: OneMeetingDocument, variables: { id } });
    const trouble = troubleAt(again.error, ['syncMeeting']);
    const still = again.data?.syncMeeting ? null : (trouble.failure ?? failureOfRequest(again.error));
    setRetried(earlier => new Map(earlier).set(id, { ...trouble, failure: still }));
    return still;
  };
  return { state: 'ready', loaded, missing, tryAgain };
}

/** Apollo gives an error beside the data it came with; when the cache changes, it gives the data anew without it. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  if (value === undefined || value === last) return last;
  setLast(value);
  return value;
}

/** The cache holds a meeting whole or not at all, as both queries ask for the same fragment of it. */
function whole(cached: Partial<MeetingFragment> | null | undefined): MeetingFragment | null {
  return isWhole(cached) ? cached : null;
}

function isWhole(cached: Partial<MeetingFragment> | null | undefined): cached is MeetingFragment {
  return cached?.id !== undefined;
}
