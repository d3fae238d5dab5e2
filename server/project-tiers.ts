// Which projects were taken off hot storage, and since when: followed in the index, for the pages.
import { type ProjectName, parseProjectName } from '../core/model/ids.ts';
import { tierKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { decodeTier, type ProjectTier } from '../core/tier/project-tier.ts';

export class ProjectTiers {
  readonly #log: Log;
  readonly #coldSince = new Map<ProjectName, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Milliseconds since 1970; null: it is hot. */
  coldSince(project: ProjectName): number | null {
    return this.#coldSince.get(project) ?? null;
  }

  /** Runs until the signal aborts.
   *  @param changed  told of each project whose tier is another */
  async follow(
    index: Pick<KeyValue, 'watch'>,
    changed: (project: ProjectName) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const change of index.watch(tierKey('*'), { signal })) {
      if (change.kind === 'caught-up') continue;
      const key = change.kind === 'put' ? change.entry.key : change.key;
      try {
        changed(this.#take(key, change.kind === 'put' ? decodeTier(change.entry) : undefined));
      } catch (error) {
        this.#log.warn({ error, key }, `${key} cannot be read: the project is shown as it was`);
      }
    }
  }

  #take(key: string, told: ProjectTier | undefined): ProjectName {
    const project = parseProjectName(key.split('.')[1] ?? '');
    if (told?.tier === 'cold') this.#coldSince.set(project, Date.parse(told.since));
    else this.#coldSince.delete(project);
    return project;
  }
}
