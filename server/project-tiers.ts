// Which projects were taken off hot storage, and since when: followed in the index, for the pages.
import { type ProjectName, parseProjectName } from '../core/model/ids.ts';
import { tierKey } from '../core/model/index-keys.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { decodeTier } from '../core/tier/project-tier.ts';

export class ProjectTiers {
  readonly #coldSince = new Map<ProjectName, number>();

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
      const project = parseProjectName(key.split('.')[1] ?? '');
      const told = change.kind === 'put' ? decodeTier(change.entry) : undefined;
      if (told?.tier === 'cold') this.#coldSince.set(project, Date.parse(told.since));
      else this.#coldSince.delete(project);
      changed(project);
    }
  }
}
