/** A package of node_modules. */
export interface InstalledPackage {
  readonly name: string;
  readonly directory: string;
}

/** The package that a module belongs to; null for a module of ours or of the bundler. */
export function packageOf(moduleId: string): InstalledPackage | null {
  const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(moduleId);
  return match === null ? null : { name: match[1] ?? '', directory: match[0] };
}
