/** On every response: it is not cached, its type is not sniffed, and it is not shared between credentials or origins. */
export const COMMON_HEADERS = {
  'Cache-Control': 'private, no-store',
  Vary: 'Authorization, Ocp-Apim-Subscription-Key, Accept, Origin',
  'X-Content-Type-Options': 'nosniff',
} as const;
