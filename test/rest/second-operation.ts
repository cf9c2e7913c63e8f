import DataLoader from 'dataloader';
import type { Uuid } from '../../src/lib/uuid.ts';
import type { DecodedRecord, DecodeOptions } from '../../src/luminus/decode.ts';
import { createDecoder } from '../../src/luminus/decode.ts';
import type { Operation } from '../../src/rest/operation.ts';
import { path } from '../../src/rest/path.ts';

/** The fields of a recording: an operation that the API does not have, to show what adding one takes. */
const RECORDING_FIELDS = {
  title: { kind: 'string' },
  recordedDate: { kind: 'dateTime' },
} as const;

export type Recording = DecodedRecord<typeof RECORDING_FIELDS>;

export function createGetRecording(options: DecodeOptions): Operation<Uuid, Recording> {
  return {
    name: 'getRecording',
    path: id => path`/zoom/Recording/${id}`,
    key: id => id,
    decode: createDecoder('recording', RECORDING_FIELDS, options),
  };
}

/** Loads recordings for one request: each id once. */
export function createRecordingLoader(call: (id: Uuid) => Promise<Recording>) {
  const loader = new DataLoader<Uuid, Promise<Recording>>(async ids => ids.map(call));
  return { load: async (id: Uuid) => await loader.load(id) };
}
