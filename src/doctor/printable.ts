/**
 * Makes a text fit for a terminal: on one line, without characters that control it, of at most so many characters.
 * Some texts come from other machines, such as the name in a certificate.
 */
export function printable(text: string, max: number): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?');
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain;
}
