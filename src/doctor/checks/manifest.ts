import { ConfigError, loadSettings } from '../../config/load.ts';
import type { Check } from '../check.ts';
import { failed, passed, skipped } from '../check.ts';
import type { LocalInput } from '../input.ts';

/** Checks the manifest of trusted documents as a start of the gateway does. */
export const manifest: Check<LocalInput> = {
  id: 'manifest',
  title: 'Manifest',
  needs: [],
  run({ env: { PERSISTED_DOCUMENTS: path }, files }) {
    if (!path) return skipped('PERSISTED_DOCUMENTS is not set: any operation may run');
    try {
      const { trusted } = loadSettings({ PERSISTED_DOCUMENTS: path }, files);
      // Each goes by its own name and by its hash.
      const texts = new Set(trusted?.values());
      return passed(`valid; ${texts.size} operations may run`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return failed(
        'the gateway does not start with it',
        'Generate the manifest again with the schema of this version:',
        error.issues,
      );
    }
  },
};
