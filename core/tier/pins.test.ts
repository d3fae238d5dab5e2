import { expect, test } from 'vitest';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { parseProjectName } from '../model/ids.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { bringBackPins, pin, readPins } from './pins.ts';

test('pins go with a project to its new name, and who gets the old name has none', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'a', 'one');
  await pin(io, PROJECT, '', ACTOR);
  const renamed = parseProjectName('renamed');
  await renameProject(io, PROJECT, renamed, ACTOR);
  await createProject(io, PROJECT, ACTOR);
  expect(await readPins(io.index, renamed)).toMatchObject([{ path: '', actor: ACTOR }]);
  expect(await readPins(io.index, PROJECT)).toEqual([]);
});

test('what was pinned since is not undone by what was pinned before', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await pin(io, PROJECT, '', ACTOR);
  const now = await readPins(io.index, PROJECT);
  await bringBackPins(io.index, PROJECT, [{ path: parseRelPath('old'), actor: ACTOR, ts: '2026-01-01T00:00:00.000Z' }]);
  expect(await readPins(io.index, PROJECT)).toEqual(now);
});
