import { GatewayError } from '../lib/errors.ts';
import type { Uuid } from '../lib/uuid.ts';
import { parseUuid } from '../lib/uuid.ts';
import type { Decoded } from '../rest/operation.ts';
import type { ContractDrift } from './contract-drift.ts';
import type {
  DecodedFields,
  DecodeOptions,
  Field,
  FieldKind,
  FieldSpec,
  FieldTable,
  Read,
} from './field-kinds.ts';
import { BROKEN, READERS } from './field-kinds.ts';

export type { DecodeOptions } from './field-kinds.ts';

/** A record of the API: its id, and the fields of its table. */
export type DecodedRecord<T extends FieldTable> = { readonly id: Uuid } & DecodedFields<T>;

type Raw = Record<string, unknown>;

/** A field of a table with its reader, looked up once. */
interface FieldReader extends Field {
  readonly read: Read<FieldKind>;
}

/**
 * Makes what reads the records of one kind.
 * @param entity what such a record is called in messages.
 * @param fields the fields of a record beside its id, in the documented order.
 * @returns reads a parsed response, of any shape, for the id that was asked for. The response itself becomes the record
 * where it is as documented: most values are what they are read as. A field that cannot be read becomes a GatewayError in its
 * place; the others stand. A response that is no object, or not the record that was asked for, is unusable.
 */
export function createDecoder<T extends FieldTable>(
  entity: string,
  fields: T,
  options: DecodeOptions,
): (json: unknown, requested: Uuid) => Decoded<DecodedRecord<T>> {
  const readers = Object.entries(fields).map(readerOf);
  const names = ['id', ...Object.keys(fields)];
  // .NET serializers write PascalCase, too.
  const namesByLowerCase = new Map(names.map(name => [name.toLowerCase(), name]));

  return (json, requested) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return { unusable: 'not an object' };
    const record = isAsDocumented(json, names)
      ? json
      : byDocumentedName(json, namesByLowerCase, options.drift);
    const id = parseUuid(record['id']);
    if (id !== requested) return { unusable: id === null ? 'no id' : `id of another ${entity}` };
    record['id'] = id;
    for (const field of readers) {
      const value = record[field.name];
      if (value === null) continue;
      const decoded = readField(entity, field, value, options);
      if (decoded !== value) record[field.name] = decoded;
    }
    // The loop has just read every field of the table by the reader of its kind.
    return { value: record as DecodedRecord<T> };
  };
}

function readerOf([name, { kind, codes }]: [string, FieldSpec]): FieldReader {
  return { name, read: READERS[kind], knownCodes: codes ? knownCodesOf(codes) : null };
}

function knownCodesOf({ values, zeroIsUnset }: NonNullable<FieldSpec['codes']>): ReadonlySet<number> {
  const codes = Object.values(values).map(({ code }) => code);
  return new Set(zeroIsUnset ? [0, ...codes] : codes);
}

/** The ordinary response: the documented names, all of them and no others; in the documented order that takes no lookups. */
function isAsDocumented(json: object, names: readonly string[]): json is Raw {
  let count = 0;
  for (const name in json) {
    if (name !== names[count] && !names.includes(name)) return false;
    count += 1;
  }
  return count === names.length;
}

function byDocumentedName(
  json: object,
  namesByLowerCase: ReadonlyMap<string, string>,
  drift: ContractDrift,
): Raw {
  const raw: Raw = Object.create(null);
  for (const [name, value] of Object.entries(json)) {
    const known = namesByLowerCase.get(name.toLowerCase());
    if (known === undefined) drift.record('unknownField', name);
    else if (known === name || !(known in raw)) raw[known] = value;
  }
  return raw;
}

function readField(entity: string, field: FieldReader, value: unknown, options: DecodeOptions): unknown {
  if (value === undefined) {
    options.drift.record('missingField', field.name);
    return null;
  }
  const decoded = field.read(value, field, options);
  if (decoded !== BROKEN) return decoded;
  options.drift.record('brokenField', field.name);
  return new GatewayError('UPSTREAM_INVALID_RESPONSE', {
    message: `LumiNUS sent a value for "${field.name}" that cannot be read. Use the rest of the ${entity}; report the requestId if you need this field.`,
  });
}
