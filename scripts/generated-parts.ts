/**
 * Replaces the part of a document between `<!-- NAME -->` and `<!-- /NAME -->`.
 * @throws Error when the document has no place for the part.
 */
export function replacePart(document: string, name: string, text: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(document)) throw new Error(`there is no <!-- ${name} --> … <!-- /${name} --> to write to`);
  return document.replace(place, (_match, open: string, close: string) => `${open}\n${text}\n\n${close}`);
}

/** Renders a table in Markdown. @param rows the first one is the head. */
export function renderTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(escapeBars).join(' | ')} |`)
    .join('\n');
}

function escapeBars(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
