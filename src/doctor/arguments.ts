import { parseArgs } from 'node:util';
import { parseUuid } from '../lib/uuid.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';

/** What the command line asks for. */
export interface Arguments {
  readonly json: boolean;
  readonly configOnly: boolean;
  readonly help: boolean;
  readonly meetingId: MeetingId | null;
}

/** How the doctor is called. */
export const USAGE = `Usage: npm run doctor -- [--json] [--config | meeting id]

Checks the settings and everything that the gateway depends on, one line each. Exits with 0 if nothing failed, else with 1.

  --json       one JSON document instead of lines; npm run --silent doctor -- --json leaves out npm's own lines
  --config     checks the settings and the files that they name, and nothing else
  meeting id   syncs this meeting once, and lists how its fields were read, without their values

It reads the settings of the gateway from the environment, and these variables of its own:

  DOCTOR_TOKEN             a user's token, to be checked and to sync the meeting with
  DOCTOR_SUBSCRIPTION_KEY  a caller's subscription key, for a gateway without UPSTREAM_SUBSCRIPTION_KEY
`;

/** Reads the arguments of the command line. @returns null where they cannot be used: nothing of them is repeated. */
export function readArguments(args: readonly string[]): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        config: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [id] = positionals;
    const meetingId = id === undefined ? null : parseUuid(id);
    if (positionals.length > 1 || (id !== undefined && (meetingId === null || values.config))) return null;
    return { json: values.json, configOnly: values.config, help: values.help, meetingId };
  } catch {
    return null;
  }
}
