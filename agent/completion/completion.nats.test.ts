// Completion as a shell does it: bash runs our script, which runs the built command, which asks a server for names.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, openApiServer, TOKEN } from '../testing/api-server.ts';
import { SCRIPTS } from './scripts.ts';

const PROGRAM = join(import.meta.dirname, '../../scripts/fs-sync.mjs');

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer();
});
afterAll(() => at.close());

/** What bash offers after these words. */
function offered(...typed: string[]): string[] {
  const script = [
    `fs-sync() { '${process.execPath}' '${PROGRAM}' "$@"; }`,
    SCRIPTS.bash,
    'COMP_WORDS=(fs-sync "$@"); COMP_CWORD=$#; _fs_sync',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const env = { ...process.env, FS_URL: at.url, FS_TOKEN: TOKEN, FS_DATA_DIR: at.dir };
  const { stdout } = spawnSync('bash', ['-c', script, 'bash', ...typed], { env, encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
}

test('bash offers commands, options and names of projects, and nothing where it knows better itself', async () => {
  expect(offered('wh')).toEqual(['whoami']);
  expect(offered('project', 'un')).toEqual(['undelete']);
  expect(offered('ls', '--re')).toEqual(['--recursive']);
  await expect.poll(() => offered('ls', 'd')).toEqual(['demo']);
  expect(offered('get', 'demo', '--to', '')).toEqual([]);
  const { code, out } = await at.run(['completion', 'bash']);
  expect([code, out]).toEqual([0, `${SCRIPTS.bash}\n`]);
  expect((await at.run(['help', 'exit-codes'])).out).toContain('2               something to mend first');
});
