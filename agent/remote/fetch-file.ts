// Brings one file of a project to disk: into a part beside its place, verified by its sha (I6), and only then under its name. A part
// that a run has left that was cut is gone on with. Nothing is written through a symlink (I11).
import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import type { RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { diskPath } from '../disk/disk-path.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { makeParents } from '../incoming/parents.ts';
import type { ApiClient } from './api-client.ts';
import { leavePart, takePart } from './part-file.ts';
import { type FileAddress, FileChangedError, type FileFacts, factsOf, readFile } from './remote-file.ts';

export interface FetchIo {
  readonly client: ApiClient;
  /** absolute; it exists, and nothing is written outside of it */
  readonly root: string;
  /** a file that is there and differs is replaced */
  readonly force: boolean;
  /** bytes that came, or were there */
  readonly moved: (bytes: number) => void;
}

export type Fetched =
  | { readonly kind: 'fetched' | 'there-already' }
  /** `reason` is for a person */
  | { readonly kind: 'left'; readonly reason: string };

/** The bytes that came are not those of the file. */
export class WrongBytesError extends Error {
  override name = 'WrongBytesError';
}

const MOST_CHANGES = 5;

/** @param as  its path below the root
 *  @throws WrongBytesError, and what `readFile` throws */
export async function fetchFile(io: FetchIo, at: FileAddress, facts: FileFacts, as: RelPath): Promise<Fetched> {
  const obstacle = makeParents({ disk: nodeDisk, root: io.root }, as);
  if (obstacle && 'at' in obstacle) {
    return { kind: 'left', reason: `${obstacle.at} is no directory here: move it away` };
  }
  const target = diskPath(io.root, as);
  for (let changes = 0, now = facts; ; changes++) {
    const there = await lookAt(target, now);
    if (there === 'same') {
      io.moved(now.size);
      return { kind: 'there-already' };
    }
    if (there === 'other') return { kind: 'left', reason: 'something else than a file is there: move it away' };
    if (there === 'differs' && !io.force) return { kind: 'left', reason: DIFFERS };
    try {
      return await fetchAs(io, at, now, target);
    } catch (error) {
      if (!(error instanceof FileChangedError) || changes === MOST_CHANGES) throw error;
      now = await factsOf(io.client, at);
    }
  }
}

const DIFFERS = 'another file is there: move it away, or give --force';

async function lookAt(target: string, { sha, size }: FileFacts): Promise<'absent' | 'same' | 'differs' | 'other'> {
  let stat: Awaited<ReturnType<typeof lstat>>;
  try {
    stat = await lstat(target);
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return 'absent';
    throw error;
  }
  if (!stat.isFile()) return 'other';
  if (stat.size !== size) return 'differs';
  return (await hashOf(target)).digest('hex') === sha ? 'same' : 'differs';
}

async function fetchAs(io: FetchIo, at: FileAddress, facts: FileFacts, target: string): Promise<Fetched> {
  const part = await takePart(target, facts.sha);
  try {
    return await fetchInto(io, at, facts, { part, target });
  } finally {
    leavePart(part);
  }
}

async function fetchInto(
  io: FetchIo,
  at: FileAddress,
  facts: FileFacts,
  { part, target }: { readonly part: string; readonly target: string },
): Promise<Fetched> {
  const file = await open(
    part,
    constants.O_CREAT | constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await fill(io, at, facts, file, part);
    await file.chmod(facts.mode & 0o777);
    await file.utimes(facts.mtime / 1_000, facts.mtime / 1_000);
  } catch (error) {
    // What a cut line has left is gone on with by the next run; these bytes are of no use to any.
    if (error instanceof FileChangedError || error instanceof WrongBytesError) await rm(part, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  if (io.force) {
    await rename(part, target);
    return { kind: 'fetched' };
  }
  try {
    // Unlike a rename, it replaces nothing that came there meanwhile.
    await link(part, target);
    return { kind: 'fetched' };
  } catch (error) {
    if (!isDiskError(error, 'EEXIST')) throw error;
    // Another run may have brought the same.
    return (await lookAt(target, facts)) === 'same' ? { kind: 'there-already' } : { kind: 'left', reason: DIFFERS };
  } finally {
    await rm(part, { force: true });
  }
}

async function fill(io: FetchIo, at: FileAddress, facts: FileFacts, file: FileHandle, part: string): Promise<void> {
  const { size: left } = await file.stat();
  if (left > facts.size) await file.truncate(0);
  const have = left > facts.size ? 0 : left;
  const hash = have === 0 ? createHash('sha256') : await hashOf(part);
  io.moved(have);
  for await (const bytes of readFile(io.client, at, facts, have)) {
    hash.update(bytes);
    await file.appendFile(bytes);
    io.moved(bytes.length);
  }
  const came = hash.digest('hex');
  if (came !== facts.sha) {
    throw new WrongBytesError(
      `the bytes of ${at.path} have the sha ${came.slice(0, 12)}…, not ${facts.sha.slice(0, 12)}…, and were thrown away: get it again`,
    );
  }
}

async function hashOf(file: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes);
  return hash;
}
