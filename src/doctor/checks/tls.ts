import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { Check, Finding } from '../check.ts';
import { failed, passed, skipped, warning } from '../check.ts';
import { endpointOf } from '../endpoint.ts';
import type { NetworkInput } from '../input.ts';
import { systemCode } from '../system-error.ts';

const DAY = 24 * 3600 * 1000;

/** A certificate that expires in fewer days is a warning: most are renewed a month before. */
const EXPIRES_SOON = 14;

/** Longest list of names of a certificate that is shown, in characters. */
const MAX_NAMES_LENGTH = 120;

const TRUST = 'Set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority, if you trust it.';
const INCOMPLETE = [
  'its issuer is unknown here, or the server does not send the certificates between them',
  `Have the server send its whole chain. ${TRUST}`,
] as const;

/** What is wrong with a certificate, by the code of OpenSSL or Node.js. */
const FAULTS: Readonly<Record<string, readonly [found: string, advice: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['it is self-signed', TRUST],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its authority is not trusted here; a proxy that inspects TLS has such certificates',
    TRUST,
  ],
  UNABLE_TO_GET_ISSUER_CERT: INCOMPLETE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: INCOMPLETE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: INCOMPLETE,
  CERT_HAS_EXPIRED: [
    'it has expired',
    'Have the certificate renewed, and check that the clock of this machine is right.',
  ],
  CERT_NOT_YET_VALID: [
    'it is not valid yet',
    'Check the clock of this machine first, then the certificate of the server.',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'it is for another host',
    'Correct the host of UPSTREAM_URL, or have a certificate issued for it.',
  ],
};

/** Checks the certificate of the upstream as a call does, and when it expires. */
export const tls: Check<NetworkInput> = {
  id: 'tls',
  title: 'TLS',
  needs: ['dns', 'tcp'],
  run({ config, clock, now }) {
    const { host, port, isAddress, isTls } = endpointOf(config.UPSTREAM_URL);
    if (!isTls) return skipped('UPSTREAM_URL is http: credentials are sent unencrypted');
    const timeout = config.UPSTREAM_CONNECT_TIMEOUT_MS;
    return new Promise<Finding>(resolve => {
      // A certificate that is not valid is looked at, too. Nothing is sent on this connection.
      const socket = connect({
        host,
        port,
        rejectUnauthorized: false,
        ...(isAddress ? {} : { servername: host }),
      });
      const finish = (finding: Finding): void => {
        cancelTimer();
        socket.destroy();
        resolve(finding);
      };
      const cancelTimer = clock.after(timeout, () =>
        finish(
          failed(
            `no TLS handshake within ${timeout} ms`,
            'Check that the server speaks TLS on this port, and that no firewall holds it back.',
          ),
        ),
      );
      socket.once('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate();
        // A code, where Node's types have an error.
        const fault: unknown = socket.authorizationError;
        const code = typeof fault === 'string' ? fault : 'unknown';
        finish(describe(certificate, socket.authorized ? null : code, now()));
      });
      socket.on('error', error => finish(describeHandshake(systemCode(error))));
    });
  },
};

function describe(certificate: X509Certificate | undefined, fault: string | null, now: number): Finding {
  if (certificate === undefined) return failed('the server has no certificate', 'Configure one there.');
  const days = Math.floor((certificate.validToDate.getTime() - now) / DAY);
  const issuer = issuerOf(certificate);
  if (fault !== null) {
    const [found, advice] = FAULTS[fault] ?? [
      'it cannot be verified',
      'Look the code up in the documentation of OpenSSL.',
    ];
    const names = fault === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `; it names ${namesOf(certificate)}` : '';
    return failed(
      `certificate by ${issuer}, expires ${dateOf(certificate)}: ${found} (${fault})${names}`,
      advice,
    );
  }
  const found = `certificate by ${issuer}, expires in ${days} days`;
  if (days >= EXPIRES_SOON) return passed(found);
  return warning(found, 'Have it renewed before it expires.');
}

function describeHandshake(code: string): Finding {
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'EPROTO' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
  )
    return failed(
      `what answers does not speak TLS (${code})`,
      'Correct the port of UPSTREAM_URL, or its scheme if the service is plain http.',
    );
  if (code === 'ECONNRESET')
    return failed(
      'the connection was closed during the TLS handshake (ECONNRESET)',
      'The server does not speak TLS on this port, or a proxy refuses this host name. Check both.',
    );
  return failed(
    `the TLS handshake failed (${code})`,
    'Check which versions and ciphers of TLS the server accepts.',
  );
}

function issuerOf(certificate: X509Certificate): string {
  const { O: organization, CN: name } = certificate.toLegacyObject().issuer;
  return String(organization ?? name ?? 'an unnamed issuer');
}

function namesOf({ subjectAltName = 'no names' }: X509Certificate): string {
  const text = subjectAltName.replaceAll(/DNS:|IP Address:/g, '');
  return text.length > MAX_NAMES_LENGTH ? `${text.slice(0, MAX_NAMES_LENGTH)}…` : text;
}

function dateOf({ validToDate }: X509Certificate): string {
  return validToDate.toISOString().slice(0, 10);
}
