// The deleted projects that can still be brought back, followed and kept in memory.
import type { DeletedProjectView } from '../app/project-view.ts';
import { decodeDeleted } from '../core/commit/delete-project.ts';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { KeyValue } from '../core/store/key-value.ts';

export class DeletedProjects {
  readonly #index: Pick<KeyValue, 'watch'>;
  readonly #log: Log;
  readonly #changed: (project: ProjectName) => void;
  /** by key */
  readonly #found = new Map<string, DeletedProjectView>();

  constructor(index: Pick<KeyValue, 'watch'>, log: Log, changed: (project: ProjectName) => void) {
    this.#index = index;
    this.#log = log;
    this.#changed = changed;
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#index.watch('projects.*.deleted.*', { signal })) {
      if (change.kind === 'caught-up') continue;
      const key = change.kind === 'put' ? change.entry.key : change.key;
      const name = projectNameSchema.safeParse(key.split('.')[1]);
      if (!name.success) continue;
      this.#found.delete(key);
      if (change.kind === 'put') {
        try {
          const { current, deleted_at, purge_after, renamed_to } = decodeDeleted(change.entry);
          const { files, bytes } = current;
          const times = { deletedAt: Date.parse(deleted_at), keptUntil: Date.parse(purge_after) };
          // What goes on under another name is not gone: nobody has to bring it back.
          if (renamed_to === undefined) this.#found.set(key, { name: name.data, files, bytes, ...times });
        } catch (error) {
          this.#log.warn({ error, key }, `${key} is not readable; it is left out of the deleted projects`);
        }
      }
      this.#changed(name.data);
    }
  }

  /** Newest first, each name once: the newest of it is what comes back. */
  list(): DeletedProjectView[] {
    const newest = new Map<ProjectName, DeletedProjectView>();
    for (const one of this.#found.values()) {
      if ((newest.get(one.name)?.deletedAt ?? -1) < one.deletedAt) newest.set(one.name, one);
    }
    return [...newest.values()].sort((a, b) => b.deletedAt - a.deletedAt);
  }
}
