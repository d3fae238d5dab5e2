// The hands of a person on one node: what is done within one turn of the event loop, with the books kept of it, and the
// paths that there are to choose from.
import { shaOf } from '../../core/model/ids.ts';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { MemoryDiskError } from '../disk/memory-disk-error.ts';
import { EMPTY } from './books.ts';
import type { Dice } from './dice.ts';
import { HistoryError } from './history-error.ts';
import { at, parent, ROOT, type SimNode } from './sim-node.ts';
import { treeBelow } from './tree.ts';
import type { World } from './world.ts';

export const NAMES = ['a', 'b', 'c', 'd'];
/** Beyond what the agent reads in one turn. */
const LARGE_BYTES = [150_000, 1_500_000];

export class Hands {
  readonly world: World;
  readonly node: SimNode;
  readonly dice: Dice;

  constructor(world: World, node: SimNode, dice: Dice) {
    this.world = world;
    this.node = node;
    this.dice = dice;
  }

  /** One turn of the event loop: what it took and what it made goes into the books.
   *  @returns false when the disk refused it; then it may have happened in part */
  turn(what: string, work: () => void, finished = true): boolean {
    const { books } = this.node;
    const before = this.node.files();
    const directories = new Set(this.directories());
    this.world.say(this.node.name, what);
    mustBeAsLeft(this.world, this.node);
    try {
      work();
      for (const path of this.directories()) directories.delete(path);
      books.removedDirectories(directories);
    } catch (error) {
      if (!isDiskError(error)) throw error;
      this.world.say(this.node.name, `is refused: ${error.code}`);
      books.note(before, this.node.files(), finished);
      noteAsLeft(this.node);
      return false;
    }
    books.note(before, this.node.files(), finished);
    noteAsLeft(this.node);
    if (finished && this.dice.chance(0.3)) this.#sync(before);
    return true;
  }

  /** As `sync` of what is new does; from then on the power takes it no more. */
  #sync(before: ReadonlyMap<string, unknown>): void {
    for (const [path, sha] of this.node.files()) {
      if (before.get(path) === sha) continue;
      this.node.user.open(at(path), 'read').syncNow();
      // Of each directory on the way its name too.
      for (let dir = parent(path); ; dir = parent(dir)) {
        this.node.machine.syncNames(at(dir));
        if (dir === '') break;
      }
      this.node.books.synced(sha);
    }
  }

  /** Every content is another one, so that each can be looked for in the end. */
  content(): Buffer {
    const { name } = this.node;
    const size = this.dice.chance(0.01) ? this.dice.pick(LARGE_BYTES) : this.dice.below(120);
    if (this.dice.chance(0.05)) return Buffer.alloc(0);
    return Buffer.from(`${name}${this.world.nextSerial()} ${'x'.repeat(size)}`);
  }

  anyPath(): string {
    const { ownDirectory } = this.node;
    const depth = 1 + this.dice.below(3);
    const names = Array.from({ length: depth }, () => this.dice.pick(NAMES));
    return (ownDirectory !== undefined && this.dice.chance(0.25) ? [ownDirectory, ...names] : names).join('/');
  }

  someFile(): string | undefined {
    const files = [...this.node.files().keys()].filter((path) => this.mayWorkAt(path));
    return files.length === 0 ? undefined : this.dice.pick(files);
  }

  someDirectory(): string | undefined {
    const directories = this.directories().filter((path) => this.mayWorkAt(path));
    return directories.length === 0 ? undefined : this.dice.pick(directories);
  }

  /** Another node's directory is left to its people. */
  mayWorkAt(path: string): boolean {
    return !this.world.nodes.some(
      (node) => node !== this.node && (path === node.ownDirectory || path.startsWith(`${node.ownDirectory}/`)),
    );
  }

  directories(): string[] {
    const found: string[] = [];
    const walk = (dir: string) => {
      for (const entry of this.node.user.readDirectory(at(dir))) {
        const name = entry.name.toString('utf8');
        if (!entry.isDirectory() || name === OWN_FOLDER) continue;
        const path = dir === '' ? name : `${dir}/${name}`;
        found.push(path);
        walk(path);
      }
    };
    if (this.node.user.lstat(ROOT)) walk('');
    return found;
  }

  /** In place where there is a file; with the directories above it. */
  put(path: string, content: Buffer): void {
    this.stayInside(path);
    this.node.user.makeDirectories(at(parent(path)));
    this.node.machine.writeFile(at(path), content);
    // What is put back may have been synced when it was written first.
    this.node.books.written(shaOf(content));
    this.world.written.push([path, content]);
  }

  /** People write through no link, so that whatever changes outside was the agent. */
  stayInside(path: string): void {
    if (!this.node.isMounted) throw new MemoryDiskError('ENOENT', ROOT);
    const parts = path.split('/');
    for (const i of parts.keys()) {
      const above = at(parts.slice(0, i + 1).join('/'));
      const stat = this.node.user.lstat(above);
      if (!stat) return;
      if (stat.isSymbolicLink()) throw new MemoryDiskError('ELOOP', above);
    }
  }
}

/** Where only this node's people work, nothing comes from elsewhere.
 *  @throws HistoryError */
export function mustBeAsLeft(world: World, node: SimNode): void {
  const { ownDirectory, books, isMounted } = node;
  if (ownDirectory === undefined || books.own === undefined || !isMounted) return;
  const now = treeBelow(node, ownDirectory);
  const paths = [...new Set([...now.keys(), ...books.own.keys()])].filter(
    (path) => !isAsLeft(now.get(path), books.own?.get(path), world.mayBeCutOff),
  );
  if (paths.length === 0) return;
  const lines = paths.map((path) => `  ${path}: ${books.own?.get(path) ?? 'nothing'} | ${now.get(path) ?? 'nothing'}`);
  throw new HistoryError('own', `${node.name} has something else than its people left there:\n${lines.join('\n')}`);
}

/** Empty files are all the same bytes: which of them it is, only its time would say. An empty directory that others deleted
 *  may come back from a node that was cut off when it had just brought it. */
function isAsLeft(now: string | undefined, left: string | undefined, mayBeCutOff: boolean): boolean {
  const isNothing = (shown: string | undefined) => shown === undefined || shown.startsWith('directory');
  if (mayBeCutOff && isNothing(now) && isNothing(left)) return true;
  return now === left || (now?.startsWith(EMPTY) === true && left?.startsWith(EMPTY) === true);
}

function noteAsLeft(node: SimNode): void {
  const { ownDirectory, books, isMounted } = node;
  if (ownDirectory !== undefined && books.own !== undefined && isMounted) books.own = treeBelow(node, ownDirectory);
}
