import { expect, test } from 'vitest';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { parseProjectName } from '../model/ids.ts';
import { MAX_PINS } from '../model/pin.ts';
import { parseRelPath, type RelPath } from '../model/rel-path.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { bringBackPins, pin, readPins } from './pins.ts';

test('pins go with a project to its new name, and who gets the old name has none', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'a', 'one');
  await pin(io, PROJECT, [''], ACTOR);
  const renamed = parseProjectName('renamed');
  await renameProject(io, PROJECT, renamed, ACTOR);
  await createProject(io, PROJECT, ACTOR);
  expect(await readPins(io.index, renamed)).toMatchObject([{ path: '', actor: ACTOR }]);
  expect(await readPins(io.index, PROJECT)).toEqual([]);
});

test('what was pinned since is not undone by what was pinned before', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await pin(io, PROJECT, [''], ACTOR);
  const now = await readPins(io.index, PROJECT);
  await bringBackPins(io.index, PROJECT, [{ path: parseRelPath('old'), actor: ACTOR, ts: '2026-01-01T00:00:00.000Z' }]);
  expect(await readPins(io.index, PROJECT)).toEqual(now);
});

test('what is pinned together is pinned as a whole, or not at all', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const [a, b, c] = ['a', 'b', 'c'].map((path) => parseRelPath(path)) as [RelPath, RelPath, RelPath];
  const many = Array.from({ length: MAX_PINS - 2 }, (_, i) => parseRelPath(`many/${i}`));
  expect(await pin(io, PROJECT, many, ACTOR)).toBe('pinned');
  expect(await pin(io, PROJECT, [a, b, c], ACTOR)).toBe('too-many');
  expect(await readPins(io.index, PROJECT)).toHaveLength(MAX_PINS - 2);
  // What is pinned already, or named twice, takes no room.
  expect(await pin(io, PROJECT, [...many, a, a, b], ACTOR)).toBe('pinned');
  expect(await readPins(io.index, PROJECT)).toHaveLength(MAX_PINS);
  expect(await pin(io, PROJECT, [a, b], ACTOR)).toBe('pinned-before');
});
