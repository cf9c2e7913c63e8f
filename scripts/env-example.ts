import type { Setting } from '../src/config/values.ts';

const HEAD = `# Copy this file to .env, which npm start and npm run dev read and git ignores, and remove the # of what you set.
# A variable of the environment has precedence over the file.
`;

/** Longest line of a description. */
const WIDTH = 100;

/** The text of .env.example: every setting with its description, commented out with its default. */
export function envExample(settings: Readonly<Record<string, Setting<unknown>>>): string {
  const entries = Object.entries(settings).map(([name, { default: value, description, secret }]) => {
    const file = secret === true ? ` ${name}_FILE can name a file that holds it.` : '';
    return `${wrap(description + file)}\n#${name}=${value ?? ''}\n`;
  });
  return [HEAD, ...entries].join('\n');
}

function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > WIDTH) lines.push('');
    lines.push(`${lines.pop()} ${word}`);
  }
  return lines.map(line => `#${line}`).join('\n');
}
