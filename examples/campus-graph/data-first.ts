import type { Plugin } from 'graphql-yoga';

/** Puts the data of a response in front of its errors, so that a person sees the meetings first. */
export const dataFirst: Plugin = {
  onResultProcess(payload) {
    const { result } = payload;
    if (!Array.isArray(result) && 'data' in result) payload.setResult({ data: result.data, ...result });
  },
};
