/** Formats a line of the log, which is JSON. */
export type FormatLine = (line: string) => string;

/**
 * Makes lines readable for people, by pino-pretty. It is a development dependency, and loaded only here.
 * @param isColored whether the log is read on a terminal.
 * @returns null where pino-pretty is not installed.
 */
export async function loadPrettyFormat(isColored: boolean): Promise<FormatLine | null> {
  try {
    const { prettyFactory } = await import('pino-pretty');
    return prettyFactory({
      colorize: isColored,
      singleLine: true,
      translateTime: 'SYS:HH:MM:ss.l',
      // What a newcomer wants to know first.
      messageFormat: '{msg}{if url} on {url}{end}',
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
