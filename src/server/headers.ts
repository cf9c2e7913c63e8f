/** On every answer: nothing is cached, guessed at, or shared between credentials or origins. */
export const COMMON_HEADERS = {
  'Cache-Control': 'private, no-store',
  Vary: 'Authorization, Ocp-Apim-Subscription-Key, Accept, Origin',
  'X-Content-Type-Options': 'nosniff',
} as const;
