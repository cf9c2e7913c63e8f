import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Seconds that the image has to become healthy, which its health check looks at every 10 s. */
const HEALTHY_WITHIN = 60;

const IMAGE = 'luminus-zoom-gateway:release-check';
const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--memory', '256m'];

const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

/** Builds the image and starts it with nothing that it may write to. @returns what stands in the way of a release. */
export async function checkImage(): Promise<string[]> {
  docker('build', '--quiet', '--network=host', '--tag', IMAGE, '.');
  const container = docker('run', '--detach', ...HARDENED, IMAGE);
  const inspect = (template: string): string => docker('inspect', '--format', template, container);
  try {
    for (
      let second = 0;
      second < HEALTHY_WITHIN && inspect('{{.State.Health.Status}}') === 'starting';
      second += 1
    )
      await delay(1_000);
    const health = inspect('{{.State.Health.Status}}');
    if (health !== 'healthy') return [`the container is ${health}`, docker('logs', container)];
    docker('stop', '--time', '30', container);
    const code = inspect('{{.State.ExitCode}}');
    return code === '0' ? [] : [`the container ended with code ${code}`];
  } finally {
    docker('rm', '--force', container);
  }
}
