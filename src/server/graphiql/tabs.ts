/** One tab of GraphiQL: a query, and its variables as JSON. */
export interface GraphiQLTab {
  readonly query: string;
  readonly variables: string;
}

/** What GraphiQL opens with. */
export interface GraphiQLOptions {
  /** The tabs of a first visit: at least one. */
  readonly tabs: readonly [GraphiQLTab, ...GraphiQLTab[]];
  /** The headers of a new tab, as JSON; they hold no secrets. Null for none. */
  readonly headers: string | null;
  /** Tells upstreams apart, each of which has tabs of its own in a browser; it does not show where they are. */
  readonly upstreamId: string;
}

/** The first line of a first visit. Lines are short: the run button covers the rest. */
const WHAT_THIS_IS = '# LumiNUS Zoom gateway. Docs: the book icon.';

const FIRST_TAB: GraphiQLTab = tab(
  `${WHAT_THIS_IS}
# One Zoom meeting of a LumiNUS module.
# Press the run button, or Ctrl+Enter: the
# meeting appears on the right.
query FirstMeeting($id: UUID!) {
  syncMeeting(id: $id) {
    id
    name
    startDate
    endDate
    meetingDuration
    meetingType
    recordType
    joinUrl
    alternativeHosts
  }
}
`,
  { id: '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b' },
);

const MANY: GraphiQLTab = tab(
  `# Many meetings at once, in the order asked.
# The first and the last are the same one:
# LumiNUS is called once for it.
query ManyMeetings($ids: [UUID!]!) {
  syncMeetings(ids: $ids) {
    id
    name
    startDate
    meetingType
  }
}
`,
  {
    ids: [
      '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b',
      'b1d5a3c7-0e42-4c58-8f16-7a9e2d4c6b80',
      'e7c09f52-63d1-4b8a-a4f7-15d8b2e6c390',
      '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b',
    ],
  },
);

const FAILURES_OF_EACH_KIND: GraphiQLTab = tab(
  `# One failure of each kind the sandbox plays.
# Each is null, beside the first, which is
# fine; errors[] says at which path and why:
# see extensions.code. Takes a few seconds.
query EachFailure($ids: [UUID!]!) {
  syncMeetings(ids: $ids) {
    id
    name
  }
}
`,
  {
    ids: [
      '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b',
      ...[401, 403, 404, 605, 609, 612, 613, 400, 500, 503, 617, 620].map(
        number => `00000000-0000-4000-8000-000000000${number}`,
      ),
    ],
  },
);

const BROKEN_FIELDS: GraphiQLTab = tab(
  `# Three dates that cannot be read: each is
# null with an error at its own path, and
# the rest of the meeting stands.
query BrokenFields($id: UUID!) {
  syncMeeting(id: $id) {
    id
    name
    startDate
    endDate
    createdDate
  }
}
`,
  { id: '00000000-0000-4000-8000-000000000704' },
);

const NOT_AN_ID: GraphiQLTab = tab(
  `# An id that is none: BAD_USER_INPUT, and
# nothing is asked of LumiNUS. Correct the
# variable and run again.
query NotAnId($id: UUID!) {
  syncMeeting(id: $id) {
    id
  }
}
`,
  { id: 'not-an-id' },
);

/** The tabs in front of the sandbox: a first query, many at once, and what failures look like. */
export const SANDBOX_TABS: GraphiQLOptions['tabs'] = [
  FIRST_TAB,
  MANY,
  FAILURES_OF_EACH_KIND,
  BROKEN_FIELDS,
  NOT_AN_ID,
];

/** The tab in front of any other upstream. */
const MEETING: GraphiQLTab = tab(
  `${WHAT_THIS_IS}
# Put your token and your key into Headers
# below, and the id of a meeting into Variables.
query Meeting($id: UUID!) {
  syncMeeting(id: $id) {
    id
    name
    startDate
    endDate
    joinUrl
  }
}
`,
  { id: '<the id of a meeting>' },
);

/** The tabs in front of any other upstream. */
export const PLAIN_TABS: GraphiQLOptions['tabs'] = [MEETING];

/** The credentials of a caller, to be filled in. */
export const HEADERS_TEMPLATE = JSON.stringify(
  { Authorization: 'Bearer <token>', 'Ocp-Apim-Subscription-Key': '<key>' },
  null,
  2,
);

function tab(query: string, variables: object): GraphiQLTab {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
