// The demo project: made once, and filled once with the files of `docs/demo`, so that no screen is empty.
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readCommit } from '../../core/commit/chain.ts';
import type { CommitIo } from '../../core/commit/commit.ts';
import { createProject } from '../../core/commit/project.ts';
import { parseProjectName } from '../../core/model/ids.ts';

export const DEMO = parseProjectName('demo');

/** Seeds `workspace` when the project is new and the directory is not there; anything else is left as it is.
 *  A crash in between is safe: the copy becomes the workspace by one rename. */
export async function seedDemo(io: CommitIo, sourceDir: string, workspace: string): Promise<void> {
  const { at } = await createProject(io, DEMO, { kind: 'system', id: 'fs-sync up' });
  const { parents } = await readCommit(io.objects, at.current.commit_sha);
  if (parents.length > 0) return;
  if (await exists(workspace)) return;
  const copy = `${workspace}.seeding`;
  await rm(copy, { recursive: true, force: true });
  await mkdir(dirname(workspace), { recursive: true });
  await cp(sourceDir, copy, { recursive: true, preserveTimestamps: true });
  // Git keeps no empty directories, and an empty one is worth seeing.
  await mkdir(join(copy, 'inbox'));
  await rename(copy, workspace);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
