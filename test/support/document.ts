import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

/** A code block of a document. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** A document of the repository. */
export interface Document {
  /** Its path from the root. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The targets of its links, as they are written. */
  readonly links: readonly string[];
}

/** A request with curl, and the block below it, which is expected to be the answer. */
export interface Request {
  readonly command: string;
  readonly answer: Block | undefined;
}

/** Reads a document. @param path from the root of the repository. */
export async function readDocument(path: string): Promise<Document> {
  const text = await readFile(new URL(path, ROOT), 'utf8');
  return {
    path,
    text,
    blocks: [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', block = '']) => ({
      language,
      text: block,
    })),
    links: [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
  };
}

/** The lines of a text without indentation and without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
}

/** The files and folders of the repository that a text names in backquotes; patterns are left out. */
export function pathsIn(text: string): string[] {
  const folders = /`((?:src|test|sandbox|scripts|bench|docs|examples)\/[\w./*-]*|[\w.]+\.(?:md|graphql))`/g;
  return [...text.matchAll(folders)].map(([, path = '']) => path).filter(path => !path.includes('*'));
}

/** The requests of a document. */
export function requestsIn({ blocks }: Document): Request[] {
  return blocks.flatMap(({ text }, index) =>
    text.startsWith('curl ') ? [{ command: text, answer: blocks[index + 1] }] : [],
  );
}

/** The commands of a document that are no requests, without their comments. */
export function commandsIn({ blocks }: Document): string[] {
  return blocks
    .filter(({ language, text }) => language === 'sh' && !text.startsWith('curl '))
    .flatMap(({ text }) => linesOf(text).map(line => line.replace(/\s+#.*/, '')));
}

/** Expects that the target of a link exists, with its heading if it names one. */
export async function expectTarget(document: Document, target: string): Promise<void> {
  if (/^https?:/.test(target)) return;
  const [path = '', heading] = target.split('#');
  const base = new URL(document.path, ROOT);
  if (path !== '') expect(existsSync(new URL(path, base)), `${document.path} links to ${target}`).toBe(true);
  if (heading === undefined) return;
  const text = path === '' ? document.text : await readFile(new URL(path, base), 'utf8');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => anchorOf(title));
  expect(headings, `${document.path} links to ${target}`).toContain(heading);
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

/** An answer with `…` wherever the expected one has it in place of a text. */
export function maskLike(expected: unknown, given: unknown): unknown {
  if (expected === '…' && typeof given === 'string') return '…';
  if (typeof expected !== 'object' || typeof given !== 'object' || expected === null || given === null)
    return given;
  if (Array.isArray(given)) {
    return given.map((one, index) => maskLike(Array.isArray(expected) ? expected[index] : undefined, one));
  }
  const parts = new Map(Object.entries(expected));
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, maskLike(parts.get(name), value)]),
  );
}

/** Reads the few options of curl that the documents use. */
export function readCurl(command: string) {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const after = (option: string): string[] => words.filter((_, index) => words[index - 1] === option);
  const [curl, address = ''] = words;
  expect([curl, address]).toEqual(['curl', expect.stringMatching(/^http:\/\/localhost:4000\//)]);
  expect(words).toHaveLength(2 + 2 * (after('-H').length + after('-d').length));
  return {
    method: 'POST',
    path: new URL(address).pathname,
    headers: new Headers(
      after('-H').map(header => [header.replace(/:.*/, ''), header.replace(/[^:]*: /, '')]),
    ),
    body: after('-d').join('&'),
  };
}
