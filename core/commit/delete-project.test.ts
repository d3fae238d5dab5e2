import { expect, test } from 'vitest';
import { parseProjectName } from '../model/ids.ts';
import { DEFAULT_POLICY } from '../model/policy.ts';
import { scriptedFaults } from '../testing/faults.ts';
import { faultyKeyValue } from '../testing/faulty-stores.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { walkChain } from './chain.ts';
import { type CommitIo, commit } from './commit.ts';
import { readCurrent } from './current.ts';
import { deleteProject, listDeleted, undeleteProject } from './delete-project.ts';
import { changePolicy, readPolicy } from './policy.ts';
import { createProject, listProjects } from './project.ts';
import { renameProject } from './rename-project.ts';

const OTHER = parseProjectName('other');

async function project() {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'a', 'x');
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  return { io, at };
}

test('a deleted project is gone from the list and comes back as it was', async () => {
  const { io, at } = await project();
  expect((await deleteProject(io, at)).kind).toBe('deleted');
  expect(await listProjects(io.index)).toEqual([]);
  expect(await listDeleted(io.index)).toMatchObject([{ name: PROJECT }]);
  expect(await undeleteProject(io, PROJECT)).toMatchObject({ kind: 'restored', at: { current: at.current } });
  expect(await listDeleted(io.index)).toEqual([]);
});

test('a project that moved since it was looked at is not deleted', async () => {
  const { io, at } = await project();
  await commitText(io, 'a', 'newer');
  expect((await deleteProject(io, at)).kind).toBe('moved');
  expect(await listProjects(io.index)).toEqual([PROJECT]);
  expect(await listDeleted(io.index)).toEqual([]);
});

test('a deleted name can be used again; then the old one does not come back over it', async () => {
  const { io, at } = await project();
  await deleteProject(io, at);
  await createProject(io, PROJECT, ACTOR);
  expect(await undeleteProject(io, PROJECT)).toEqual({ kind: 'exists' });
});

test('a renamed project keeps its content, its policy and its history', async () => {
  const { io, at } = await project();
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  const result = await renameProject(io, PROJECT, OTHER, ACTOR);
  expect(result.kind).toBe('renamed');
  expect(await listProjects(io.index)).toEqual([OTHER]);
  const moved = await readCurrent(io.index, OTHER);
  expect(moved?.current.manifest_sha).toBe(at.current.manifest_sha);
  expect(await readPolicy(io.index, OTHER)).toMatchObject({ deactivate: 'archived' });
  const chain = [];
  if (moved) for await (const { sha } of walkChain(io.objects, moved.current.commit_sha)) chain.push(sha);
  expect(chain).toContain(at.current.commit_sha);
});

test('a rename never takes the place of another project, and an interrupted one is completed', async () => {
  const { io } = await project();
  await createProject(io, OTHER, ACTOR);
  expect(await renameProject(io, PROJECT, OTHER, ACTOR)).toEqual({ kind: 'exists' });

  const target = parseProjectName('target');
  const dying = { ...io, index: { ...io.index, delete: () => Promise.reject(new Error('crash')) } };
  await expect(renameProject(dying, PROJECT, target, ACTOR)).rejects.toThrow('crash');
  await commitText(io, 'b', 'came in between');
  expect((await renameProject(io, PROJECT, target, ACTOR)).kind).toBe('renamed');
  expect((await readCurrent(io.index, target))?.current.files).toBe(2);
  expect(await listProjects(io.index)).toEqual([OTHER, target]);
});

test('two changes of a policy at once both hold; a project without one has the defaults', async () => {
  const { io } = await project();
  expect(await readPolicy(io.index, PROJECT)).toEqual(DEFAULT_POLICY);
  await Promise.all([
    changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' })),
    changePolicy(io.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' })),
  ]);
  expect(await readPolicy(io.index, PROJECT)).toMatchObject({ deactivate: 'archived', conflicts: 'keep-both' });
});

test('a rename of a new project never takes the place of what an older one of its name became', async () => {
  const { io } = await project();
  expect((await renameProject(io, PROJECT, OTHER, ACTOR)).kind).toBe('renamed');
  const before = await readCurrent(io.index, OTHER);
  await newProject(io);
  await commitText(io, 'z', 'new project');
  expect(await renameProject(io, PROJECT, OTHER, ACTOR)).toEqual({ kind: 'exists' });
  expect(await readCurrent(io.index, OTHER)).toEqual(before);
});

test('a rename said again after it was done is done; one that was cut off and built upon is completed', async () => {
  const { io } = await project();
  const dying = { ...io, index: { ...io.index, delete: () => Promise.reject(new Error('crash')) } };
  await expect(renameProject(dying, PROJECT, OTHER, ACTOR)).rejects.toThrow('crash');
  const at = await readCurrent(io.index, OTHER);
  expect(at).toBeDefined();
  await commit(io, { project: OTHER, ops: [await putText(io, 'built', 'upon')], actor: ACTOR });
  expect((await renameProject(io, PROJECT, OTHER, ACTOR)).kind).toBe('renamed');
  expect((await renameProject(io, PROJECT, OTHER, ACTOR)).kind).toBe('renamed');
  expect(await listProjects(io.index)).toEqual([OTHER]);
  expect((await readCurrent(io.index, OTHER))?.current.files).toBe(2);
});

test('a name that is used again and deleted again keeps both graces; the new one has no policy of the old', async () => {
  const { io, at } = await project();
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  await deleteProject(io, at);
  await newProject(io);
  expect(await readPolicy(io.index, PROJECT)).toEqual(DEFAULT_POLICY);
  expect((await listDeleted(io.index)).map(({ deleted }) => deleted.current.commit_sha)).toEqual([
    at.current.commit_sha,
  ]);
  const second = await readCurrent(io.index, PROJECT);
  if (!second) throw new Error('no project');
  await deleteProject(io, second);
  expect(await listDeleted(io.index)).toHaveLength(2);
});

test('a name whose deletion was cut off before its policy went starts with the defaults', async () => {
  const { io, at } = await project();
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  await io.index.delete(`projects.${PROJECT}.current`, at.revision);
  expect((await createProject(io, PROJECT, ACTOR)).kind).toBe('created');
  expect(await readPolicy(io.index, PROJECT)).toEqual(DEFAULT_POLICY);
});

test('I3: a deletion said again, or by two at once, keeps what brings the project back', async () => {
  const { io, at } = await project();
  const results = await Promise.all([deleteProject(io, at), deleteProject(io, at)]);
  expect(results.map(({ kind }) => kind)).toEqual(['deleted', 'deleted']);
  expect((await deleteProject(io, at)).kind).toBe('deleted');
  await createProject(io, PROJECT, ACTOR);
  expect((await deleteProject(io, at)).kind).toBe('deleted');
  expect((await listDeleted(io.index)).map(({ deleted }) => deleted.current.commit_sha)).toEqual([
    at.current.commit_sha,
  ]);
});

test('I1: a creation, a deletion and its undoing whose answers were lost are recognised', async () => {
  const io = memoryCommitIo();
  const losing = (nth: number, operation: string): CommitIo => {
    const faults = scriptedFaults([[operation, nth, { kind: 'drop-ack' }]]);
    return { ...io, index: faultyKeyValue(io.index, { faults }) };
  };
  const created = await createProject(losing(1, 'compareAndSet'), PROJECT, ACTOR);
  expect(created.kind).toBe('created');
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  expect((await deleteProject(losing(1, 'delete'), created.at)).kind).toBe('deleted');
  expect(await listProjects(io.index)).toEqual([]);
  expect((await undeleteProject(losing(2, 'compareAndSet'), PROJECT)).kind).toBe('restored');
  expect(await readPolicy(io.index, PROJECT)).toMatchObject({ deactivate: 'archived' });
  expect(await listDeleted(io.index)).toEqual([]);
});

test('a creation of what is there leaves its policy alone', async () => {
  const { io } = await project();
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  expect((await createProject(io, PROJECT, ACTOR)).kind).toBe('exists');
  expect(await readPolicy(io.index, PROJECT)).toMatchObject({ deactivate: 'archived' });
});
