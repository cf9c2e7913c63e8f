import { get } from 'node:http';

// Exits with 0 if the gateway of this container is alive. The admin port answers without a log line.
const url = `http://127.0.0.1:${process.env.ADMIN_PORT}/live`;

get(url, { timeout: 4_000 }, response => process.exit(response.statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
