// JavaScript that Node 16 can parse: it ends the process of an older Node with a sentence, where anything else would fail without one.

/** The oldest major version of Node that runs the gateway; package.json names it in `engines`. */
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `This needs Node ${NEEDED} or newer, and is run by Node ${process.versions.node}: install Node ${NEEDED}, or on Linux with glibc run npm ci without --omit=optional, which includes it.\n`,
  );
  process.exit(1);
}
