import { build } from '../../scripts/build/bundle.ts';

/** Builds the bundle once, before the tests that start it. */
export const setup = (): Promise<void> => build('dist');
