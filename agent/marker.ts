// The workspace's own folder `.fs-sync`: a marker that says which workspace this is, the lock that keeps a second agent
// out, and the staging directory. I9: where the marker is missing, the directory is not the workspace (it was moved, or
// its disk is not mounted), and nothing may be concluded from what it does not hold.
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { z } from 'zod';
import {
  type NodeId,
  nodeIdSchema,
  type ProjectName,
  projectNameSchema,
  type Tenant,
  tenantSchema,
} from '../core/model/ids.ts';
import { OWN_FOLDER } from '../core/model/own-folder.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { Disk, DiskLock } from './disk/disk.ts';
import { isDiskError } from './disk/disk-error.ts';
import { lstatIfThere } from './disk/disk-path.ts';
import { realPathOf } from './disk/real-path.ts';

const markerSchema = z.object({
  v: z.literal(1),
  tenant: tenantSchema,
  project: projectNameSchema,
  prefix: relPathSchema.optional(),
  /** made once, when the directory became a workspace */
  workspace: z.string().min(1),
});
export type Marker = z.infer<typeof markerSchema>;

export interface Identity {
  readonly tenant: Tenant;
  readonly project: ProjectName;
  /** a name that the project had before: the directory may still say that */
  readonly formerly?: ProjectName | undefined;
  readonly prefix: RelPath | undefined;
}

/** How often the marker is looked for, what could not go back is tried again, and records are made durable. */
export const LOOK_EVERY_MS = 2_000;

export const markerFile = (root: string): string => `${root}/${OWN_FOLDER}/workspace.json`;
export const lockFile = (root: string): string => `${root}/${OWN_FOLDER}/lock`;
export const stagingFolder = (root: string): string => `${root}/${OWN_FOLDER}/staging`;
/** What the names in staging begin with that survive a restart. */
export const PART = 'part-';
/** What the names of files begin with there that were being replaced: each may be the only copy of an edit. */
export const REPLACED = 'old-';

/** The directory is not the workspace that the agent remembers. The message says what to do. */
export class WorkspaceGoneError extends Error {
  override name = 'WorkspaceGoneError';
  /** @param instead  the marker that lies there now */
  constructor(root: string, instead?: Marker) {
    const why = instead
      ? `it is another workspace now, of project ${instead.project}`
      : `its marker ${OWN_FOLDER}/workspace.json is gone`;
    super(
      `${root} is not the workspace any more: ${why}. Nothing is synced and nothing is deleted. ` +
        'Mount or move the directory back.',
    );
  }
}

/** The directory belongs to something else; a person has to decide. */
export class WorkspaceRefusedError extends Error {
  override name = 'WorkspaceRefusedError';
}

/** The directory never was a workspace of this agent, and does not become one: nothing in it is the agent's. */
export class NeverTakenError extends WorkspaceRefusedError {
  override name = 'NeverTakenError';
}

/** Makes the directory a workspace, or recognises it as one.
 *  @param remembered  the id of the workspace that the agent knows under this root; undefined: none
 *  @returns the workspace's id
 *  @throws WorkspaceGoneError     the agent remembers a workspace here, and it is not there
 *  @throws WorkspaceRefusedError  it is another project's workspace, or no directory */
export function openWorkspace(disk: Disk, root: string, identity: Identity, remembered: string | undefined): string {
  const around = workspaceAround(disk, root);
  if (around !== undefined) {
    throw new WorkspaceRefusedError(
      `${root} lies in the workspace ${around}: each would carry what the other does, without end. Choose a directory outside of it.`,
    );
  }
  const found = readMarker(disk, root);
  if (found) {
    const mismatch = (['tenant', 'project', 'prefix'] as const).find(
      (field) => found[field] !== identity[field] && !(field === 'project' && found.project === identity.formerly),
    );
    if (mismatch) {
      throw new WorkspaceRefusedError(
        `${root} is the workspace of another ${mismatch} (${found[mismatch] ?? 'none'}, not ${identity[mismatch] ?? 'none'}): ` +
          `choose another directory, or remove ${OWN_FOLDER} in it.`,
      );
    }
    disk.makeDirectories(stagingFolder(root), 0o700);
    if (found.workspace !== remembered) makeNamesDurable(disk, root);
    return found.workspace;
  }
  if (remembered !== undefined) throw new WorkspaceGoneError(root);
  return createWorkspace(disk, root, identity);
}

function createWorkspace(disk: Disk, root: string, { tenant, project, prefix }: Identity): string {
  const workspace = randomUUID();
  try {
    disk.makeDirectories(root);
    disk.makeDirectories(stagingFolder(root), 0o700);
  } catch (error) {
    if (isDiskError(error, 'EEXIST', 'ENOTDIR')) {
      throw new WorkspaceRefusedError(`${root} is not a directory: name another one for project ${project}.`);
    }
    throw error;
  }
  writeMarker(disk, root, { v: 1, tenant, project, ...(prefix !== undefined && { prefix }), workspace });
  return workspace;
}

/** The directory says the name that its project has now. The caller holds its lock. */
export function renameMarker(disk: Disk, root: string, project: ProjectName): void {
  const found = readMarker(disk, root);
  if (found && found.project !== project) writeMarker(disk, root, { ...found, project });
}

function writeMarker(disk: Disk, root: string, marker: Marker): void {
  const draft = `${markerFile(root)}.new`;
  const file = disk.open(draft, 'overwrite');
  try {
    file.write(Buffer.from(`${JSON.stringify(marker)}\n`), 0);
    file.syncNow();
  } finally {
    file.close();
  }
  disk.rename(draft, markerFile(root));
  makeNamesDurable(disk, root);
}

/** Before the agent remembers the workspace: a power loss that took the marker back would look as if its disk were away. All
 *  of the directories may be new. */
function makeNamesDurable(disk: Disk, root: string): void {
  for (let dir = `${root}/${OWN_FOLDER}`; ; dir = dirname(dir)) {
    disk.syncDirectoryNow(dir);
    if (dir === dirname(dir)) return;
  }
}

/** @returns the workspace that the directory lies in, of whatever project and agent, also where links lead into it */
function workspaceAround(disk: Disk, root: string): string | undefined {
  for (let dir = dirname(realPathOf(disk, root)); ; dir = dirname(dir)) {
    if (readMarker(disk, dir)) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}

/** @returns undefined when there is none, or none that can be read as one */
export function readMarker(disk: Disk, root: string): Marker | undefined {
  let text: string;
  try {
    text = disk.readText(markerFile(root));
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Whether the marker that `openWorkspace` saw is still the one that lies there. One `lstat`: cheap enough for each batch. */
export class MarkerGuard {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #workspace: string;
  readonly #isOlderCopy: () => boolean;
  #inode: bigint | undefined;
  #instead: Marker | undefined;
  #isOlder = false;

  /** @param isOlderCopy  asked when another marker of this workspace came */
  constructor(disk: Disk, root: string, workspace: string, isOlderCopy: () => boolean) {
    this.#isOlderCopy = isOlderCopy;
    this.#disk = disk;
    this.#root = root;
    this.#workspace = workspace;
    this.#inode = this.#lookAgain();
  }

  /** The directory is this workspace as it was earlier: it has to be opened anew. */
  get isOlder(): boolean {
    return this.#isOlder;
  }

  /** The marker of another workspace, where that lies in the place of this one. */
  get instead(): Marker | undefined {
    return this.#instead;
  }

  isThere(): boolean {
    this.#instead = undefined;
    try {
      const inode = lstatIfThere(this.#disk, markerFile(this.#root))?.ino;
      if (inode === undefined) return false;
      // Another file under the same name: a disk that was mounted again, or a marker that was put back.
      if (inode !== this.#inode) {
        this.#inode = this.#lookAgain();
        this.#isOlder = this.#inode !== undefined && this.#isOlderCopy();
      }
      return inode === this.#inode && !this.#isOlder;
    } catch {
      return false;
    }
  }

  #lookAgain(): bigint | undefined {
    const found = readMarker(this.#disk, this.#root);
    if (found?.workspace !== this.#workspace) {
      this.#instead = found;
      return undefined;
    }
    return lstatIfThere(this.#disk, markerFile(this.#root))?.ino;
  }
}

/** Keeps a second agent out.
 *  @param node  whose agent it is, for who is kept out
 *  @throws WorkspaceRefusedError when another agent holds it */
export function lockWorkspace(disk: Disk, root: string, node?: NodeId): DiskLock {
  const lock = disk.lock(lockFile(root), node);
  if (lock) return lock;
  const holder = nodeIdSchema.safeParse(disk.lockedBy(lockFile(root)));
  const whose = holder.success ? `The agent of node ${holder.data}` : 'Another agent';
  throw new WorkspaceRefusedError(`${whose} syncs ${root} already: stop it first, or name another directory.`);
}

/** Removes what was staged and never placed; parts of large objects stay, and are gone on with (`incoming/part.ts`), and so
 *  does what was being replaced (`kept.ts`). */
export function clearStaging(disk: Disk, root: string): void {
  const staging = stagingFolder(root);
  for (const { name: bytes } of disk.readDirectory(staging)) {
    const name = bytes.toString('utf8');
    if (!name.startsWith(REPLACED) && !name.startsWith(PART)) disk.removeTree(`${staging}/${name}`);
  }
}
