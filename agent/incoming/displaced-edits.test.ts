// I8: an edit that slips in while a file is replaced, removed or moved, on a disk that does not let it back: it is told with
// where its bytes lie, and comes back when the disk works again.
import { afterEach, expect, test } from 'vitest';
import type { Disk } from '../disk/disk.ts';
import { FakeWorkspace, ROOT } from './workspace.fakes.ts';

let workspace: FakeWorkspace;
afterEach(() => workspace.close());

const STAGED = `${ROOT}/.fs-sync/staging/old-`;

/** A disk that lets nothing out of staging into `a` while it fails, and on which another program comes once, right before
 *  `a` is taken out of its place. */
function failing(code: string) {
  const told = { fails: true, comes: (): void => {} };
  const isOut = (from: string, to: string) => from === `${ROOT}/a` && to.startsWith(STAGED);
  const isBack = (from: string, to: string) => from.startsWith(STAGED) && to === `${ROOT}/a`;
  const watched = (disk: Disk): Disk => {
    const guarded =
      (verb: 'link' | 'rename'): Disk['link'] =>
      (from, to) => {
        if (isOut(from, to)) {
          const { comes } = told;
          told.comes = () => {};
          comes();
        }
        if (told.fails && isBack(from, to)) throw Object.assign(new Error('the disk fails'), { code });
        disk[verb](from, to);
      };
    return { ...disk, link: guarded('link'), rename: guarded('rename') };
  };
  return { told, watched };
}

/** A workspace with `a`, in which somebody writes `a` while the commit comes to disk; the edit cannot go back.
 *  @returns what is said of it */
async function displaced(commit: Record<string, string | undefined>, code: string, newFile = false) {
  const { told, watched } = failing(code);
  workspace = await FakeWorkspace.open({ watched });
  await workspace.commit({ a: 'before', other: 'other' });
  await workspace.inSync();
  told.comes = () => {
    if (newFile) workspace.machine.start().disk.unlink(`${ROOT}/a`);
    workspace.machine.writeFile(`${ROOT}/a`, Buffer.from('edited'));
  };
  await workspace.commit(commit);
  await workspace.until(({ problems }) => problems.some((one) => one.code === 'edit-displaced'));
  const problem = workspace.status.problems.find((one) => one.code === 'edit-displaced');
  expect(problem?.reason).toMatch(/an edit of a that could not go back/);
  expect(problem?.next_try).toBeDefined();
  const file = `${ROOT}/${problem?.path}`;
  expect(Buffer.from(workspace.machine.readFile(file)).toString()).toBe('edited');
  return { told, reason: problem?.reason ?? '' };
}

const kept = (): string[] => {
  const { disk } = workspace.machine.start();
  return disk.readDirectory(`${ROOT}/.fs-sync/kept`).map(({ name }) => disk.readText(`${ROOT}/.fs-sync/kept/${name}`));
};

async function untilTold(): Promise<void> {
  await workspace.until(({ problem_count }) => problem_count === 0);
  await workspace.until(({ state, pending_up }) => state === 'in-sync' && pending_up === 0);
}

test('I8: an edit of a file that is replaced is told with where it lies, and comes back over what replaced it', async () => {
  const { told, reason } = await displaced({ a: 'after' }, 'EIO');
  expect(reason).toMatch(/does not take it \(EIO\): check the file system.*kept, for 30 days/);
  expect(workspace.tree()).toEqual({ a: 'after', other: 'other' });
  told.fails = false;
  await untilTold();
  expect(workspace.tree()).toEqual({ a: 'edited', other: 'other' });
});

test('I8: an edit of a file that is removed is told, and comes back as a new file', async () => {
  const { told, reason } = await displaced({ a: undefined }, 'EACCES');
  expect(reason).toMatch(/give its user write permission/);
  expect(workspace.tree()).toEqual({ other: 'other' });
  told.fails = false;
  await untilTold();
  expect(workspace.tree()).toEqual({ a: 'edited', other: 'other' });
});

test('I8: a file that came under the old name of one that moves is told, and comes back', async () => {
  const { told } = await displaced({ a: undefined, moved: 'before' }, 'EIO', true);
  expect(workspace.tree()).toEqual({ moved: 'before', other: 'other' });
  told.fails = false;
  await untilTold();
  expect(workspace.tree()).toEqual({ a: 'edited', moved: 'before', other: 'other' });
});

test('I8: what came in its place meanwhile stays, and the edit is kept', async () => {
  const { told } = await displaced({ a: 'after' }, 'EIO');
  workspace.machine.writeFile(`${ROOT}/a`, Buffer.from('newer'));
  told.fails = false;
  await untilTold();
  expect(workspace.tree()).toEqual({ a: 'newer', other: 'other' });
  expect(kept()).toEqual(['edited']);
});

test('I8: an edit that could not go back before the agent ended is kept by its next start', async () => {
  await displaced({ a: 'after' }, 'EIO');
  await workspace.close();
  workspace = await workspace.again();
  expect(kept()).toEqual(['edited']);
});
