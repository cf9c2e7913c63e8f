/** A variable that is set and is no setting, and the setting it was probably meant for. */
export interface MisspelledSetting {
  readonly variable: string;
  readonly nearest: string;
}

/** Shortest setting, in characters, that a variable can be a misspelling of: near PORT and HOST are names that others use. */
const MIN_LENGTH = 6;

/** From this length on, two edits count as a misspelling; below it, only one. */
const LONG = 12;

/** What the variables of OpenTelemetry begin with. */
const OPEN_TELEMETRY = 'OTEL_';

/** How variables end that platforms and proxies set for a service; no setting does but HOST itself. */
const OF_SERVICES = '_HOST';

/**
 * Finds variables that look like settings and are none: misspelled ones, and those whose words are a part of a setting's,
 * as in UPSTREAM_TIMEOUT. A variable that only shares a prefix is not reported, as Kubernetes sets UPSTREAM_SERVICE_HOST and
 * UPSTREAM_PORT for a service of that name. Neither is one of OpenTelemetry's: it has many more than those that are honored here.
 * @param env the environment; a variable that is empty counts as not set.
 * @param settings the names of all settings.
 */
export function findMisspelledSettings(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly string[],
): readonly MisspelledSetting[] {
  return Object.keys(env).flatMap(variable => {
    if (!env[variable] || settings.includes(variable) || isOfOthers(variable)) return [];
    const nearest = nearestSetting(variable.toUpperCase(), settings);
    return nearest === undefined ? [] : [{ variable, nearest }];
  });
}

function isOfOthers(variable: string): boolean {
  return variable.endsWith(OF_SERVICES) || variable.startsWith(OPEN_TELEMETRY);
}

function nearestSetting(name: string, settings: readonly string[]): string | undefined {
  return settings
    .filter(setting => isMisspelled(name, setting) || isAbbreviated(name, setting))
    .map(setting => ({ setting, distance: editDistance(name, setting) }))
    .toSorted((a, b) => a.distance - b.distance)[0]?.setting;
}

function isMisspelled(name: string, setting: string): boolean {
  const maxEdits = setting.length < LONG ? 1 : 2;
  // A wrong first character is not considered: to compare every variable with every setting would delay a start with thousands of variables.
  return (
    name[0] === setting[0] &&
    setting.length >= MIN_LENGTH &&
    Math.abs(name.length - setting.length) <= maxEdits &&
    editDistance(name, setting, maxEdits) <= maxEdits
  );
}

/** Whether a name has two or more words of a setting in their order, its first among them. */
function isAbbreviated(name: string, setting: string): boolean {
  const firstWord = name.slice(0, name.indexOf('_') + 1);
  if (firstWord === '' || !setting.startsWith(firstWord)) return false;
  const words = setting.split('_');
  let from = 0;
  return name.split('_').every(word => {
    from = words.indexOf(word, from) + 1;
    return from > 0;
  });
}

/**
 * The least number of characters to insert, delete, replace or swap with their neighbor to make one text of another.
 * @param max gives up, with infinity, once it is certain that there are more.
 */
function editDistance(a: string, b: string, max = Number.POSITIVE_INFINITY): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    if (Math.min(...previous, ...current) > max) return Number.POSITIVE_INFINITY;
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
