// What was changed here in a workspace that only receives. It is not committed and not overwritten (I8): each path is a
// problem, and a person can have the project's version back; what was edited is kept aside then.
import { randomUUID } from 'node:crypto';
import { isoTime } from '../../core/model/clock.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { checkParents, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { keepAside } from '../marker.ts';
import type { Site } from '../site.ts';
import { askBack } from './ask-back.ts';
import type { LocalChange } from './committer.ts';

const EXAMPLES = 10;
const REASON =
  'It was changed here, and this workspace only receives: have it restored, or give the workspace both directions.';

export class LocalOnly {
  readonly #site: Site;
  readonly #changes = new Map<RelPath, LocalChange>();
  #asked = { id: randomUUID() as string, since: '' };

  constructor(site: Site) {
    this.#site = site;
  }

  at(path: RelPath): LocalChange | undefined {
    return this.#changes.get(path);
  }

  add(change: LocalChange): void {
    if (this.#changes.size === 0) {
      this.#asked = { id: randomUUID(), since: isoTime(this.#site.clock.now()) };
    }
    this.#changes.set(change.path, change);
    this.#site.problems.set(change.path, 'local-change', REASON);
  }

  /** The disk holds what it should again, or something else. */
  drop(path: RelPath): void {
    if (this.#changes.delete(path)) this.#site.problems.clearIf(path, ['local-change']);
  }

  get question(): Question | undefined {
    const count = this.#changes.size;
    if (count === 0) return undefined;
    return {
      ...this.#asked,
      kind: 'local-changes',
      sentence: `${count} ${count === 1 ? 'path was' : 'paths were'} changed here, but this workspace only receives. Have the project's versions restored: what was changed is kept in .fs-sync/kept.`,
      count,
      files: this.#site.state.rows.totals.files,
      examples: [...this.#changes.keys()].slice(0, EXAMPLES),
    };
  }

  get isToBeRestored(): boolean {
    return this.#changes.size > 0 && this.#site.answerTo(this.#asked.id) === 'restore';
  }

  /** Sets aside what was changed, and asks for what the project has. */
  restore(): void {
    this.#site.state.transaction(() => {
      for (const path of [...this.#changes.keys()]) {
        this.#setAside(path);
        this.drop(path);
        askBack(this.#site, path);
      }
    });
  }

  #setAside(path: RelPath): void {
    const { disk, root } = this.#site;
    if (checkParents(disk, root, path).kind !== 'real') return;
    const there = lstatIfThere(disk, diskPath(root, path));
    if (!there) return;
    try {
      if (there.isDirectory()) disk.removeDirectory(diskPath(root, path));
      else keepAside(disk, root, diskPath(root, path));
    } catch (error) {
      // What came into the directory stays, and is told as a change of its own.
      if (!isDiskError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
    }
  }
}
