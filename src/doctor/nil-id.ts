import { parseUuid } from '../lib/uuid.ts';

const nil = parseUuid('00000000-0000-0000-0000-000000000000');
if (nil === null) throw new Error('the nil UUID is one');

/** The id of no meeting: a call for it changes nothing upstream. */
export const NIL_ID = nil;
