import { GraphQLEmailAddress } from 'graphql-scalars';
import type { GatewayError } from '../lib/errors.ts';
import { parseUuid } from '../lib/uuid.ts';
import type { CodeTable } from './codes.ts';
import type { ContractDrift } from './contract-drift.ts';
import { readDateTime } from './date-time.ts';
import { readUrl } from './url.ts';

/** What a field holds once it is decoded, by kind. */
export interface KindValues {
  uuid: string;
  /** An instant in UTC, to the millisecond, as RFC 3339 writes it. Text, as one Date makes V8 write an answer three times slower. */
  dateTime: string;
  string: string;
  email: string;
  url: string;
  list: readonly string[];
  int: number;
  boolean: boolean;
  code: number;
}

/** How a field travels on the wire. */
export type FieldKind = keyof KindValues;

/** A field as a field table describes it. */
export interface FieldSpec {
  readonly kind: FieldKind;
  /** Whoever has its value can get in, or act as host: never logged, marked in the schema. */
  readonly sensitive?: true;
  /** For kind `code`: the numbers that have a name. */
  readonly codes?: CodeTable;
}

/** The fields of a record beside its id, under the upstream's own names. */
export type FieldTable = Readonly<Record<string, FieldSpec>>;

/** The fields of a decoded record: null when the upstream did not set one, and the reason when it could not be read. */
export type DecodedFields<T extends FieldTable> = {
  readonly [F in keyof T]: KindValues[T[F]['kind']] | null | GatewayError;
};

/** What the decoder needs to know beside the response. */
export interface DecodeOptions {
  /** Offset from UTC, in minutes, of a date-time that carries none. */
  readonly offsetMinutes: number;
  readonly drift: ContractDrift;
}

/** What a reader returns for a value that cannot be read. */
export const BROKEN = Symbol('broken');

/** .NET's Guid.Empty stands for "not set". */
const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';
const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const INTEGER = /^-?\d{1,10}$/;

/**
 * Most parts of a list, blank ones included: with 35 other fields, so many of each of the 100 meetings of a request come
 * to 8,500 values, of the 10,000 that a request may be answered with. The size of a response would allow for 128,000.
 */
export const MAX_LIST_PARTS = 50;

/** A field of a table as its reader knows it. */
export interface Field {
  readonly name: string;
  /** The numbers that have a meaning; null for a field that holds no code. */
  readonly knownCodes: ReadonlySet<number> | null;
}

/** Reads the value of a field. */
export type Read<K extends FieldKind> = (
  value: unknown,
  field: Field,
  options: DecodeOptions,
) => KindValues[K] | null | typeof BROKEN;

/** How each kind of field is read once it is known to be neither missing nor null. */
export const READERS: { readonly [K in FieldKind]: Read<K> } = {
  string: value => (typeof value === 'string' ? value : BROKEN),
  boolean: value => (typeof value === 'boolean' ? value : BROKEN),
  int: readInt32,
  code: (value, field, { drift }) => {
    const code = readInt32(value);
    if (code !== BROKEN && field.knownCodes?.has(code) === false)
      drift.record('unknownCode', `${field.name}=${code}`);
    return code;
  },
  uuid: value => {
    if (value === '' || value === EMPTY_GUID) return null;
    return parseUuid(value) ?? BROKEN;
  },
  dateTime: (value, field, { offsetMinutes, drift }) => {
    if (value === '') return null;
    if (typeof value !== 'string') return BROKEN;
    const reading = readDateTime(value, offsetMinutes);
    if (reading === 'broken') return BROKEN;
    if (!reading.hadOffset) drift.record('noOffset', field.name);
    return reading.utc;
  },
  url: value => {
    if (value === '') return null;
    return typeof value === 'string' ? (readUrl(value) ?? BROKEN) : BROKEN;
  },
  email: value => {
    if (value === '') return null;
    if (typeof value !== 'string') return BROKEN;
    try {
      GraphQLEmailAddress.parseValue(value);
      return value;
    } catch {
      return BROKEN;
    }
  },
  list: value => {
    if (typeof value !== 'string') return BROKEN;
    const parts = value.split(',', MAX_LIST_PARTS + 1);
    if (parts.length > MAX_LIST_PARTS) return BROKEN;
    return parts.map(part => part.trim()).filter(part => part !== '');
  },
};

function readInt32(value: unknown): number | typeof BROKEN {
  const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= INT32_MIN && number <= INT32_MAX
    ? number
    : BROKEN;
}
