// `fs-sync restore-index` as a person uses it after a disaster: a process of its own, a nats-server whose data directory was
// deleted, and a cold tier in a directory.
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { deleteProject } from '../../core/commit/delete-project.ts';
import { createProject } from '../../core/commit/project.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { isFile } from '../../core/model/entry.ts';
import { type ProjectName, parseProjectName, shaOf, type Tenant } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { dirColdStore } from '../../core/store/dir-cold-store.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { collect } from '../../core/store/object-store.ts';
import { natsProcess } from '../../core/testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import { ACTOR, putText } from '../../core/testing/test-project.ts';
import { ObjectArchiver } from '../../core/tier/archive-object.ts';
import { Claims } from '../../core/tier/claims.ts';
import { readThrough } from '../../core/tier/read-through.ts';
import { RestorePoints } from '../../core/tier/restore-points.ts';
import { Programs } from '../testing/program.ts';

const [SITE, DAMAGED, DELETED, HEADLESS] = (['site', 'damaged', 'old', 'headless'] as const).map(parseProjectName) as [
  ProjectName,
  ProjectName,
  ProjectName,
  ProjectName,
];
const { signal } = new AbortController();
let dir: string;
let rig: NatsRig;
let tenant: Tenant;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-restore-index-'));
  rig = await startNatsRig();
  tenant = rig.freshTenant();
});
afterAll(async () => {
  programs.kill();
  await rig.close();
  rmSync(dir, { recursive: true, force: true });
});
const programs = new Programs(() => ({ NATS_URL: rig.url, FS_TENANT: tenant, FS_DATA_DIR: dir }));
const fsSync = (...args: string[]) => programs.start(args).ended;

async function open() {
  const io = await natsProcess(rig, tenant);
  const cold = await dirColdStore(join(dir, 'cold'), tenant);
  const { objects: hot, nodes, index, clock } = io;
  const events = { publish: async () => {} };
  const tiers = { tenant, hot, cold, nodes, index, events, clock, log: silentLog };
  const claims = new Claims(memoryKeyValue(), 'server-1', clock);
  return { io, cold, index, points: new RestorePoints(tiers, new ObjectArchiver(tiers), claims) };
}

async function contentOf({ io, cold, index }: Awaited<ReturnType<typeof open>>, project: ProjectName) {
  const at = await readCurrent(index, project);
  const lines: string[] = [];
  if (!at) return lines;
  for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
    if (!isFile(entry)) continue;
    const { bytes } = await readThrough(io.objects, cold, entry.sha);
    lines.push(`${entry.path} ${entry.mode} ${entry.mtime} ${Buffer.from(await collect(bytes)).toString()}`);
  }
  return lines;
}

test('an empty NATS gets every project back byte for byte, a deleted one as deleted; one that has projects is left alone', async () => {
  const before = await open();
  const { io, points, index } = before;
  for (const project of [SITE, DAMAGED, DELETED, HEADLESS]) {
    await createProject(io, project, ACTOR);
    const ops = await Promise.all(['a', 'dir/b', 'dir/ü c'].map((path) => putText(io, path, `${path} of ${project}`)));
    await commit(io, { project, ops, actor: ACTOR });
    await points.advance(project, signal);
  }
  const at = await readCurrent(index, DELETED);
  if (!at) throw new Error('no project');
  await deleteProject(io, at);
  await points.advance(DELETED, signal);
  await before.cold.delete(shaOf('a of damaged'));
  const headless = await readCurrent(index, HEADLESS);
  if (!headless) throw new Error('no project');
  await before.cold.delete(headless.current.commit_sha);
  const content = await contentOf(before, SITE);
  expect(content).toHaveLength(3);

  const refused = await fsSync('restore-index', '--from-cold');
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringMatching(/NATS is not empty: it has 4 projects.*--missing/),
  });
  expect(await fsSync('restore-index')).toMatchObject({ code: 2, err: expect.stringContaining('--from-cold') });
  await io.link.close();
  await rig.stop();
  await rm(rig.storeDir, { recursive: true });
  await rig.restart();

  expect(await fsSync('restore-index', '--from-cold', '--project', 'sight')).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /cold storage \(directory\) has no restore point of sight, so nothing came back: check --project/,
    ),
  });
  const one = await fsSync('restore-index', '--from-cold', '--project', 'site');
  expect(one).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^site {2}is back: 3 files \(\d+ B\) as of .* UTC, commit/),
  });
  const others = await fsSync('restore-index', '--from-cold', '--missing');
  expect(others.code).toBe(2);
  expect(others.err).toContain('site  left as it is: NATS has it\n');
  expect(others.err).toMatch(/damaged {2}is back: 3 files .*\n {2}a cannot be read: cold does not have it\n/);
  expect(others.err).toMatch(
    /headless {2}not brought back: object \w+ is not in cold\n {2}When that is mended: .* --missing --project headless/,
  );
  expect(others.err).toMatch(/old {2}back as deleted, kept until .* undelete old: 3 files/);

  const after = await open();
  expect(await contentOf(after, SITE)).toEqual(content);
  expect(await readCurrent(after.index, DELETED)).toBeUndefined();
  expect((await fsSync('project', 'undelete', 'old')).out).toContain('old is back (3 files');
  expect(await contentOf(after, DELETED)).toHaveLength(3);
  await after.io.link.close();
});
