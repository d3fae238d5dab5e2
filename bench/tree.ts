// The files that sync benches send, and how they tell that all of them have come: made beforehand from random bytes that
// no layer can shrink, counted on the other side by name, then compared by content.
import { execFile } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Two directories that a program keeps equal, and a third beside them that it does not look at; all on one disk. */
export interface Pair {
  /** of the program */
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly scratch: string;
}

/** What a directory has to hold: path → SHA-256. */
export interface Tree {
  readonly directories: readonly string[];
  readonly filesEach: number;
  readonly shas: ReadonlyMap<string, string>;
}

const PART_BYTES = 1024 * 1024;
/** Far less than what is measured, and one system call a look. */
const LOOK_EVERY_MS = 5;
const ARRIVAL_MS = 300_000;

/** `directories` × `filesEach` files, ten directories in each directory above. */
export function makeTree(root: string, shape: { directories: number; filesEach: number; sizeBytes: number }): Tree {
  const shas = new Map<string, string>();
  const directories: string[] = [];
  for (let d = 0; d < shape.directories; d++) {
    const directory = `d${String(Math.floor(d / 10)).padStart(4, '0')}/s${d % 10}`;
    directories.push(directory);
    mkdirSync(join(root, directory), { recursive: true });
    for (let f = 0; f < shape.filesEach; f++) {
      const path = `${directory}/f${String(f).padStart(3, '0')}.bin`;
      const bytes = randomBytes(shape.sizeBytes);
      writeFileSync(join(root, path), bytes);
      shas.set(path, createHash('sha256').update(bytes).digest('hex'));
    }
  }
  return { directories, filesEach: shape.filesEach, shas };
}

/** @returns the SHA-256 of what was written */
export async function makeLargeFile(file: string, sizeBytes: number): Promise<string> {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(PART_BYTES);
  const hash = createHash('sha256');
  const handle = await open(file, 'wx');
  try {
    for (let at = 0; at < sizeBytes; at += PART_BYTES) {
      const part = cipher.update(zeros.subarray(0, Math.min(PART_BYTES, sizeBytes - at)));
      hash.update(part);
      await handle.writeFile(part);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** What was written before is on disk now, and is not paid for by the fsyncs of what is measured. */
export async function settleDisk(): Promise<void> {
  await promisify(execFile)('sync');
}

/** Resolves when every name is there. Both programs bring a file to its name when it is whole, and `damaged` compares the
 *  bytes afterwards; so only names are looked at here, and only in the first directory that lacks some. */
export async function untilArrived(root: string, tree: Tree): Promise<void> {
  let next = 0;
  await until(`${tree.shas.size} files in ${root}`, () => {
    for (let at = tree.directories[next]; at !== undefined; at = tree.directories[++next]) {
      if (namesIn(join(root, at)).filter((name) => tree.shas.has(`${at}/${name}`)).length < tree.filesEach)
        return false;
    }
    return true;
  });
}

export async function until(what: string, isThere: () => boolean): Promise<void> {
  const deadline = performance.now() + ARRIVAL_MS;
  while (!isThere()) {
    if (performance.now() > deadline) throw new Error(`waited ${ARRIVAL_MS / 1000} s in vain for ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** How many files do not hold what they have to. */
export function damaged(root: string, tree: Tree): number {
  let count = 0;
  for (const [path, sha] of tree.shas) {
    if (
      createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex') !== sha
    )
      count++;
  }
  return count;
}

export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: PART_BYTES })) hash.update(part as Buffer);
  return hash.digest('hex');
}
