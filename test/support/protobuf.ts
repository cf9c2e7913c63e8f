/** The fields of a protobuf message by their numbers, each with its values in order; a message within is still bytes. */
export type ProtobufFields = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** Decodes a protobuf message without its schema. @throws Error when it is not well formed. */
export function decodeProtobuf(bytes: Buffer): ProtobufFields {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('the message ends early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const readers: Readonly<Record<number, () => bigint | Buffer>> = {
    0: varint,
    1: () => take(8),
    2: () => take(Number(varint())),
    5: () => take(4),
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const read = readers[tag & 7];
    if (read === undefined) throw new Error(`there is no wire type ${tag & 7}`);
    const field = tag >> 3;
    fields.set(field, [...(fields.get(field) ?? []), read()]);
  }
  return fields;
}
