import { graphql } from 'relay-runtime';

/** Compiled by relay-compiler: the tag itself is never run. */
export const query = () => graphql`
  query meetingQuery($ids: [UUID!]!) {
    syncMeetings(ids: $ids) {
      id
      name
    }
  }
`;
