import type { GraphiQLOptions } from 'graphql-yoga';
import { SANDBOX_KEY } from '../../sandbox/server.ts';

const QUERY = `# The meetings of a student's modules: the ids
# come from the module service, the rest from
# the gateway. Press the run button, or
# Ctrl+Enter. Two meetings fail on purpose: the
# errors are below the data.
query MyMeetings {
  modules {
    code
    title
    meetings {
      id
      name
      startDate
      joinUrl
    }
  }
}
`;

/** Credentials the sandbox takes; the campus graph hands them on to the gateway. */
const HEADERS = { Authorization: 'Bearer student', 'Ocp-Apim-Subscription-Key': SANDBOX_KEY };

/** The same credentials, and a query, for a shell. */
export function curlCommand(url: string): string {
  const headers = Object.entries({ 'Content-Type': 'application/json', ...HEADERS });
  const options = headers.map(([name, value]) => `-H '${name}: ${value}'`).join(' ');
  return `curl ${url} ${options} -d '{"query":"{ modules { code meetings { id name } } }"}'`;
}

/** What GraphiQL starts with: a query that works at the first click. */
export const FIRST_LOOK = {
  title: 'Campus graph',
  defaultQuery: QUERY,
  headers: JSON.stringify(HEADERS, null, 2),
  // Headers hold credentials; they are not left behind in the browser.
  shouldPersistHeaders: false,
} satisfies GraphiQLOptions;
