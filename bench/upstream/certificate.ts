import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Files of a certificate for 127.0.0.1, and of its key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const OPTIONS = [
  ...['-x509', '-nodes', '-days', '2'],
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
];

/** Makes a certificate that is its own authority, in a folder. */
export async function createCertificate(dir: string): Promise<Certificate> {
  const files: Certificate = { certificate: join(dir, 'certificate.pem'), key: join(dir, 'key.pem') };
  await promisify(execFile)('openssl', ['req', ...OPTIONS, '-keyout', files.key, '-out', files.certificate]);
  return files;
}
