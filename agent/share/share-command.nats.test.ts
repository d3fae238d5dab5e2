// `fs-sync share`, `shares` and `unshare` as a person uses them: a process of its own a command, against a real nats-server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { passwordFits } from '../../core/share/password.ts';
import { listShares } from '../../core/share/shares.ts';
import { idOfToken } from '../../core/share/token.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { sharesBucket } from '../../core/store/nats-names.ts';
import { commitText } from '../../core/testing/test-project.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';
import { type ProgramEnd, Programs } from '../testing/program.ts';
import { shareCommand, unshareCommand } from './share-command.ts';

let works: NatsProject;
let dir: string;

beforeAll(async () => {
  works = await openNatsProject();
  await commitText(works.io, 'docs/a.md', 'a file');
  dir = mkdtempSync(join(tmpdir(), 'fs-share-'));
});
afterAll(async () => {
  programs.kill();
  await works.close();
  rmSync(dir, { recursive: true, force: true });
});

const settings = () => ({
  NATS_URL: works.rig.url,
  FS_TENANT: works.tenant,
  FS_DATA_DIR: join(dir, 'data'),
  FS_PUBLIC_URL: 'https://files.test/',
});
const programs = new Programs(settings);

/** @param typed  on its input */
async function run(args: readonly string[], typed = ''): Promise<ProgramEnd> {
  const program = programs.start(args);
  program.child.stdin?.end(typed);
  return program.ended;
}
const records = () => listShares(natsKeyValue(works.io.link, sharesBucket(works.tenant)));

test('a file is shared, listed, and not any more; its link has the address that people know', async () => {
  const made = await run(['share', 'demo', 'docs/a.md', '--expires', '12h', '--uses', '3']);
  expect([made.code, made.err]).toEqual([0, '']);
  const [link = '', line = '', end = ''] = made.out.split('\n');
  const [, token = ''] = /^https:\/\/files\.test\/s\/([\w-]{43})$/.exec(link) ?? [];
  expect(line).toMatch(/^[0-9a-f]{12} {2}demo\/docs\/a\.md {2}latest, until .* UTC, used 0 of 3 times, by /);
  const id = end.split(' ').at(-1) ?? '';
  expect(idOfToken(token)?.startsWith(id)).toBe(true);

  expect((await run(['shares'])).out).toBe(`${line}\n`);
  const [listed] = JSON.parse((await run(['shares', '--json'])).out);
  expect(listed).toMatchObject({ state: 'active', uses: 0, max_uses: 3, password: false });
  expect(JSON.stringify(listed)).not.toContain(token);

  expect((await run(['unshare', id])).out).toBe(
    'The link to demo/docs/a.md is revoked: whoever opens it from now on gets nothing.\n',
  );
  expect((await run(['unshare', id])).out).toBe('The link to demo/docs/a.md was revoked before.\n');
  expect((await run(['shares'])).out).toContain('Nothing is shared.');
  expect((await run(['shares', '--all'])).out).toContain('revoked');
});

test('a password comes by the input and is in no record; a commit is named by its beginning', async () => {
  const commit = (await works.io.index.get('projects.demo.current'))?.value ?? new Uint8Array();
  const { commit_sha: sha } = JSON.parse(Buffer.from(commit).toString());
  const args = ['share', 'demo', '--password', '--expires', 'never', '--commit', sha.slice(0, 8), '--json'];
  const made = JSON.parse((await run(args, 'correct horse\n')).out);
  expect(made).toMatchObject({ scope: { kind: 'directory', path: '', commit_sha: sha }, password: true });
  expect(made.expires).toBeUndefined();
  const record = (await records()).find(({ id }) => id === made.id);
  expect(record?.password && (await passwordFits(record.password, 'correct horse'))).toBe(true);
  expect(JSON.stringify(record)).not.toContain('horse');
});

test.each([
  ['none', {}, 'demo has nothing at "none"'],
  [undefined, { expires: '9y' }, '"9y" is no time that a link can last'],
  [undefined, { uses: '0' }, '--uses is "0": give a whole number from 1 to'],
  [undefined, { password: true }, 'give a password of 6 to 200 characters'],
  [undefined, { commit: 'ffffffff' }, 'has no commit ffffffff'],
])('share of %j with %j says what to mend, and makes no link', async (path, args, message) => {
  const before = (await records()).length;
  await expect(shareCommand('demo', path, args, async () => 'short', settings())).rejects.toThrow(message);
  expect(await records()).toHaveLength(before);
});

test('what is no project, and no link, is said with the next step', async () => {
  const never = () => Promise.reject(new Error('nobody is asked'));
  await expect(shareCommand('nope', undefined, {}, never, settings())).rejects.toThrow('there is no project nope');
  await expect(unshareCommand('ffffffff', {}, settings())).rejects.toThrow('npx fs-sync shares lists them');
  await expect(unshareCommand('../x', {}, settings())).rejects.toThrow('is no id of a link');
  const end = await run(['share', 'demo', '--password']);
  expect([end.code, end.out]).toEqual([2, '']);
  expect(end.err).toContain('type a password, or leave --password out');
});
