// What is pinned in each project, for the pages: read once and kept until it changes, because every page of files asks for it,
// and a read of the index waits there behind what the archiver writes.
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import { pinsKey } from '../core/model/index-keys.ts';
import type { Pin } from '../core/model/pin.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { readPins } from '../core/tier/pins.ts';

export class PinBoard {
  readonly #index: Pick<KeyValue, 'get' | 'watch'>;
  readonly #known = new Map<ProjectName, Promise<readonly Pin[]>>();
  /** Only then is what is kept believed. */
  #isFollowing = false;

  constructor(index: Pick<KeyValue, 'get' | 'watch'>) {
    this.#index = index;
  }

  of(project: ProjectName): Promise<readonly Pin[]> {
    const known = this.#known.get(project);
    if (known) return known;
    const read = readPins(this.#index, project);
    if (!this.#isFollowing) return read;
    this.#known.set(project, read);
    read.catch(() => this.#known.get(project) === read && this.forget(project));
    return read;
  }

  /** Who changed them here does not wait to hear of it. */
  forget(project: ProjectName): void {
    this.#known.delete(project);
  }

  /** Runs until the signal aborts.
   *  @param changed  told of each project whose pins are others */
  async follow(changed: (project: ProjectName) => void, signal: AbortSignal): Promise<void> {
    try {
      for await (const change of this.#index.watch(pinsKey('*'), { signal })) {
        this.#isFollowing = true;
        if (change.kind === 'caught-up') continue;
        const key = change.kind === 'put' ? change.entry.key : change.key;
        const project = projectNameSchema.safeParse(key.split('.')[1]);
        if (!project.success) continue;
        this.forget(project.data);
        changed(project.data);
      }
    } finally {
      this.#isFollowing = false;
      this.#known.clear();
    }
  }
}
