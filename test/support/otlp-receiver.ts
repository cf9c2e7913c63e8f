import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { listen } from './http.ts';
import type { ProtobufFields } from './protobuf.ts';
import { decodeProtobuf } from './protobuf.ts';

/** A value of an attribute. */
export type AttributeValue = string | boolean | number | readonly AttributeValue[];

/** A span as it was received. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint;
  readonly endedAt: bigint;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly isError: boolean;
  readonly resource: Readonly<Record<string, AttributeValue>>;
}

/** A receiver of spans by OTLP/HTTP. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The path and the headers of each export. */
  readonly exports: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** What further exports are answered with; null for never. */
  status: number | null;
  /** Settles once so many spans were received. */
  received(count: number): Promise<readonly ReceivedSpan[]>;
}

const KINDS = ['internal', 'internal', 'server', 'client'] as const;
const ERROR = 2n;

/** Starts a receiver that decodes what it is sent. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const exports: { path: string; headers: IncomingHttpHeaders }[] = [];
  const watchers = new Set<() => void>();
  const server = createServer((request, response) => {
    void buffer(request).then(body => {
      exports.push({ path: request.url ?? '', headers: request.headers });
      if (receiver.status === null) return;
      response.writeHead(receiver.status, { 'Content-Type': 'application/x-protobuf' }).end();
      if (receiver.status !== 200) return;
      const isPacked = request.headers['content-encoding'] === 'gzip';
      spans.push(...decodeSpans(isPacked ? gunzipSync(body) : body));
      for (const look of watchers) look();
    });
  });
  const port = await listen(server);
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${port}`,
    spans,
    exports,
    status: 200,
    received: count =>
      new Promise(resolve => {
        const look = (): void => {
          if (spans.length < count) return;
          watchers.delete(look);
          resolve(spans);
        };
        watchers.add(look);
        look();
      }),
    [Symbol.asyncDispose]: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** Decodes an ExportTraceServiceRequest. @see https://github.com/open-telemetry/opentelemetry-proto */
function decodeSpans(body: Buffer): ReceivedSpan[] {
  return messages(decodeProtobuf(body), 1).flatMap(resourceSpans => {
    const [resource = new Map()] = messages(resourceSpans, 1);
    return messages(resourceSpans, 2)
      .flatMap(scopeSpans => messages(scopeSpans, 2))
      .map(span => decodeSpan(span, attributesIn(resource, 1)));
  });
}

function decodeSpan(span: ProtobufFields, resource: ReceivedSpan['resource']): ReceivedSpan {
  const [status] = messages(span, 15);
  return {
    traceId: bytesIn(span, 1).toString('hex'),
    spanId: bytesIn(span, 2).toString('hex'),
    traceState: bytesIn(span, 3).toString(),
    parentId: bytesIn(span, 4).toString('hex'),
    name: bytesIn(span, 5).toString(),
    kind: KINDS[Number(span.get(6)?.[0])] ?? 'internal',
    startedAt: bytesIn(span, 7).readBigUInt64LE(),
    endedAt: bytesIn(span, 8).readBigUInt64LE(),
    attributes: attributesIn(span, 9),
    isError: status?.get(3)?.[0] === ERROR,
    resource,
  };
}

function attributesIn(message: ProtobufFields, field: number): Record<string, AttributeValue> {
  const pairs = messages(message, field).map(pair => {
    const [value = new Map()] = messages(pair, 2);
    return [bytesIn(pair, 1).toString(), decodeValue(value)] as const;
  });
  return Object.fromEntries(pairs);
}

function decodeValue(value: ProtobufFields): AttributeValue {
  if (value.has(2)) return value.get(2)?.[0] === 1n;
  if (value.has(3)) return Number(value.get(3)?.[0]);
  if (value.has(4)) return bytesIn(value, 4).readDoubleLE();
  if (value.has(5)) return messages(value, 5).flatMap(list => messages(list, 1).map(decodeValue));
  return bytesIn(value, 1).toString();
}

function messages(message: ProtobufFields, field: number): ProtobufFields[] {
  return (message.get(field) ?? []).filter(value => typeof value !== 'bigint').map(decodeProtobuf);
}

function bytesIn(message: ProtobufFields, field: number): Buffer {
  const [value] = message.get(field) ?? [];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
