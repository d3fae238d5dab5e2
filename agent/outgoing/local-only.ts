// What was changed here in a workspace that only receives. It is not committed and not overwritten (I8): each path is a
// problem, and a person can have the project's version back; what was edited is kept aside then. The question's id follows
// from the paths and from when it began, so that a restart, which finds the same paths, asks the same question.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isoTime } from '../../core/model/clock.ts';
import { shaOf } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { checkParents, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { KEPT_DAYS, keepAside } from '../kept.ts';
import type { Site } from '../site.ts';
import { askBack } from './ask-back.ts';
import type { LocalChange } from './committer.ts';
import type { Paths } from './count-paths.ts';

const META = 'local-changes-question';
const EXAMPLES = 10;
const REASON =
  'It was changed here, and this workspace only receives: have it restored, or assign it anew with npx fs-sync activate … --mode two-way.';

/** From the first change until none is left. */
const openSchema = z.object({
  /** what was asked before, about the same paths, was another question */
  nonce: z.string(),
  since: z.iso.datetime(),
});

export class LocalOnly {
  readonly #site: Site;
  readonly #changes = new Map<RelPath, LocalChange>();
  #open: z.infer<typeof openSchema> | undefined;
  /** undefined: other paths than before */
  #id: string | undefined;

  constructor(site: Site) {
    this.#site = site;
    const kept = site.state.meta(META);
    this.#open = kept ? openSchema.parse(JSON.parse(kept)) : undefined;
  }

  get paths(): Paths {
    return this.#changes;
  }

  at(path: RelPath): LocalChange | undefined {
    return this.#changes.get(path);
  }

  add(change: LocalChange): void {
    if (!this.#open) this.#set({ nonce: randomUUID(), since: isoTime(this.#site.clock.now()) });
    if (!this.#changes.has(change.path)) this.#id = undefined;
    this.#changes.set(change.path, change);
    this.#site.problems.set(change.path, 'local-change', REASON);
  }

  /** The disk holds what it should again, or something else. */
  drop(path: RelPath): void {
    if (!this.#changes.delete(path)) return;
    this.#id = undefined;
    this.#site.problems.clearIf(path, ['local-change']);
    if (this.#changes.size === 0) this.#set(undefined);
  }

  /** All was looked at: what is not known as changed here by now was put back while nobody looked. */
  atRest(): void {
    if (this.#changes.size === 0) this.#set(undefined);
  }

  get question(): Question | undefined {
    const count = this.#changes.size;
    if (count === 0 || !this.#open) return undefined;
    return {
      id: this.#questionId(this.#open.nonce),
      since: this.#open.since,
      kind: 'local-changes',
      sentence: `${count} ${count === 1 ? 'path was' : 'paths were'} changed here, but this workspace only receives. Have the project's versions restored: what was changed is kept in .fs-sync/kept for ${KEPT_DAYS} days.`,
      count,
      files: this.#site.state.rows.totals.files,
      examples: [...this.#changes.keys()].slice(0, EXAMPLES),
    };
  }

  get isToBeRestored(): boolean {
    if (this.#changes.size === 0 || !this.#open) return false;
    return this.#site.answerTo(this.#questionId(this.#open.nonce)) === 'restore';
  }

  /** An answer holds for the paths that it was given for. */
  #questionId(nonce: string): string {
    this.#id ??= shaOf([nonce, ...[...this.#changes.keys()].sort()].join('\0'));
    return this.#id;
  }

  #set(open: z.infer<typeof openSchema> | undefined): void {
    if (this.#open === open) return;
    this.#open = open;
    this.#site.state.setMeta(META, open ? JSON.stringify(open) : '');
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
