import { hash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { parse, validate } from 'graphql';
import { InvalidInputError } from '../../lib/invalid-input-error.ts';
import { checkText, DOCUMENT_LIMITS, documentLimits } from './document-limits.ts';
import type { TrustedDocuments } from './persisted-operations.ts';

/** A manifest that cannot be used. */
export class ManifestError extends InvalidInputError {
  override readonly name = 'ManifestError';

  constructor(...issues: readonly string[]) {
    super(issues.join('\n'), issues);
  }
}

/**
 * Reads a manifest: a JSON object from hash to text, as codegen's client preset writes it.
 * A key may be a SHA-256 in hex, alone or after `sha256:`, which then must be that of the text, or any other name.
 * Each text also goes by its SHA-256, whatever the manifest calls it.
 * @throws ManifestError that names every entry whose hash or text is wrong.
 */
export function readManifest(json: string, schema: GraphQLSchema): TrustedDocuments {
  const documents = new Map<string, string>();
  const faults: string[] = [];
  for (const [key, text] of Object.entries(parseManifest(json))) {
    const digest = hash('sha256', text);
    const fault = faultOfKey(key, digest) ?? faultOfText(text, schema);
    // Quoted as JSON: a name may hold line breaks.
    if (fault !== null) faults.push(`its entry ${JSON.stringify(key)} ${fault}`);
    documents.set(key, text);
    documents.set(digest, text);
  }
  if (faults.length > 0) throw new ManifestError(...faults);
  return documents;
}

function parseManifest(json: string): Readonly<Record<string, string>> {
  const manifest = parseJson(json);
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
    throw new ManifestError('it is not a JSON object from hash to text');
  }
  if (!isOfTexts(manifest)) throw new ManifestError('not every value in it is the text of an operation');
  return manifest;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ManifestError('it is not JSON');
  }
}

function isOfTexts(manifest: object): manifest is Readonly<Record<string, string>> {
  return Object.values(manifest).every(value => typeof value === 'string');
}

/** What is wrong with a key that claims to be a hash, or null. */
function faultOfKey(key: string, digest: string): string | null {
  const claimed = /^sha256:(.*)$/is.exec(key)?.[1] ?? (/^[0-9a-f]{64}$/i.test(key) ? key : digest);
  return claimed.toLowerCase() === digest ? null : 'is not the SHA-256 of its text';
}

/** What is wrong with a text, or null. */
function faultOfText(text: string, schema: GraphQLSchema): string | null {
  try {
    const document = parse(text, { maxTokens: DOCUMENT_LIMITS.tokens });
    const [error] = validate(schema, document);
    if (error !== undefined) return `does not fit the schema: ${error.message}`;
    checkText(document);
    validate(schema, document, documentLimits);
    return null;
  } catch (error) {
    return `cannot be executed: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}
