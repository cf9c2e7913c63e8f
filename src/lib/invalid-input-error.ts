/** An input that cannot be used: settings, or a file. */
export class InvalidInputError extends Error {
  override readonly name: string = 'InvalidInputError';
  /** All that is wrong with it, a sentence for each issue. */
  readonly issues: readonly string[];

  constructor(message: string, issues: readonly string[]) {
    super(message);
    this.issues = issues;
  }
}
