import { describe, expect, it } from 'vitest';
import { startGatewayProgram } from '../support/process.ts';

describe('npm start', () => {
  it('warns of each variable that looks like a setting, without its value, and starts', async () => {
    await using program = startGatewayProgram({
      UPSTREAM_URLL: 'https://secret.example',
      JWT_ISSUE: 'secret',
    });
    await program.says(/"nearest":"JWT_ISSUER".*\n/);
    const warnings = program
      .output()
      .match(/^.*"level":40.*$/gm)
      ?.map(line => JSON.parse(line));
    expect(warnings).toEqual([
      expect.objectContaining({ variable: 'UPSTREAM_URLL', nearest: 'UPSTREAM_URL' }),
      expect.objectContaining({ variable: 'JWT_ISSUE', nearest: 'JWT_ISSUER' }),
    ]);
    expect(program.output()).not.toContain('secret');
  });

  it('that fails for a setting says which variable was perhaps meant for it', async () => {
    await using program = startGatewayProgram({
      JWT_AUDIENCE: 'luminus',
      JWT_JWKS_URI: 'https://secret.example',
    });
    expect(await program.exit).toBe(1);
    expect(program.output()).toMatch(
      /JWT_JWKS_URL must be set[\s\S]*\n {2}JWT_JWKS_URI is no setting; JWT_JWKS_URL is\n/,
    );
    expect(program.output()).not.toContain('secret');
  });

  it('does not start where certificates would not be checked', async () => {
    await using program = startGatewayProgram({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(await program.exit).toBe(1);
    expect(program.output()).toContain('NODE_TLS_REJECT_UNAUTHORIZED must not be 0');
  });
});
