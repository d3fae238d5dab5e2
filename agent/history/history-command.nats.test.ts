// `fs-sync history` as a person uses it: what it names is what `checkout --commit` takes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { PROJECT } from '../testing/fleet.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';
import { type ProgramEnd, Programs } from '../testing/program.ts';

let project: NatsProject;
let dir: string;
let programs: Programs;
/** Oldest first: the project's first, then one for each text of the file. */
const commits: Sha[] = [];
const FILE = parseRelPath('docs/read me.md');

beforeAll(async () => {
  project = await openNatsProject();
  dir = mkdtempSync(join(tmpdir(), 'fs-history-'));
  const { rig, tenant, io } = project;
  programs = new Programs(() => ({ NATS_URL: rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') }));
  const first = await readCurrent(io.index, PROJECT);
  if (first) commits.push(first.current.commit_sha);
  for (const [i, text] of ['one', 'two', 'three'].entries()) {
    await io.objects.put(shaOf(text), text.length, Buffer.from(text));
    const path = text === 'two' ? parseRelPath('other') : FILE;
    const entry = { path, sha: shaOf(text), size: text.length, mode: 0o644, mtime: i };
    const actor = { kind: 'node', id: 'node-a' } as const;
    const message = `text ${text}\n\u202eturned`;
    const made = await commit(io, { project: PROJECT, ops: [{ kind: 'put', entry }], actor, message });
    if (made.kind === 'committed') commits.push(made.commitSha);
  }
});
afterAll(async () => {
  programs.kill();
  await project.close();
  rmSync(dir, { recursive: true, force: true });
});

const history = (...args: string[]): Promise<ProgramEnd> => programs.start(['history', ...args]).ended;
const short = (at: number): string => commits.at(at)?.slice(0, 12) ?? '';

test('commits are listed newest first, page by page, and the beginning of one is taken back by other commands', async () => {
  const { code, out } = await history(PROJECT, '--limit', '2');
  expect(code).toBe(0);
  const lines = out.trim().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(`^${short(-1)} {2}[0-9-]+ [0-9:]+ UTC {2}node-a {2}1 updated {2}text three turned$`),
    ),
    expect.stringMatching(new RegExp(`^${short(-2)} .* 1 added {2}text two turned$`)),
    `Older ones: npx fs-sync history ${PROJECT} --from ${short(-3)}`,
  ]);
  const older = JSON.parse((await history(PROJECT, '--from', short(-3), '--json')).out);
  expect(older).toMatchObject({
    project: PROJECT,
    next: null,
    commits: [{ commit: commits[1] }, { commit: commits[0] }],
  });

  const place = join(dir, 'as-it-was');
  const checkout = programs.start(['checkout', '--project', PROJECT, '--commit', short(-2), place]);
  expect((await checkout.ended).code).toBe(0);
  expect(readFileSync(join(place, FILE), 'utf8')).toBe('one');
});

test('of one file only the commits are listed that changed it, with what they made of it', async () => {
  const { out } = await history(PROJECT, FILE, '--limit', '1');
  expect(out).toMatch(new RegExp(`^${short(-1)} .* 5 B, ${shaOf('three').slice(0, 12)} .*\\n`));
  expect(out).toContain(`Older ones: npx fs-sync history ${PROJECT} '${FILE}' --from `);
  const all = JSON.parse((await history(PROJECT, FILE, '--json')).out);
  expect(all.commits.map(({ commit: sha }: { commit: Sha }) => sha)).toEqual([commits[3], commits[1]]);
});

test.each([
  [['none'], /there is no project none/],
  [[PROJECT, 'nothing/there'], /demo never had a file nothing\/there in the commits that are kept/],
  [[PROJECT, '../x'], /"\.\.\/x"/],
  [[PROJECT, '--limit', '0'], /--limit is "0": give a whole number from 1 to 1000/],
  [[PROJECT, '--from', '0123456789'], /demo has no commit 0123456789: npx fs-sync history demo lists them/],
])('what is not there is said, with what to give: %j', async (args, message) => {
  const { code, err } = await history(...args);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});
