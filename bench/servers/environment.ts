/** Where a peer listens; every server is told by its environment. */
export const PORT = Number(process.env['PORT']);

/** The upstream's origin. */
export const UPSTREAM_URL = process.env['UPSTREAM_URL'] ?? '';

/** As many connections to the upstream as the gateway has. */
export const CONNECTIONS = 64;

/** Path of the one operation. */
export function pathOf(id: string): string {
  return `/zoom/Meeting/${id}/Sync`;
}
