// Reading of objects, by people, programs and nodes. Each read is noted, so that what is read stays in hot, and the first one of
// a project that was taken off hot brings it back.
import { promoteOnFirstRead } from '../core/lifecycle/first-read.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { Bring } from '../core/tier/nats-recall.ts';
import type { Rehydrator } from '../core/tier/rehydrate.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import { type ReadNotes, TieredReader } from '../core/tier/tiered-reader.ts';
import type { LastReads } from './read-model/last-reads.ts';

export interface ReadingIo {
  readonly tiers: TierIo;
  readonly jobs: KeyValue;
  readonly lastReads: Pick<LastReads, 'note'>;
  readonly rehydrator: Rehydrator;
}

export interface Reading {
  readonly notes: ReadNotes;
  readonly reader: TieredReader;
  /** from cold, for a node */
  readonly bring: Bring;
}

/** @param ending  of the server */
export function openReading({ tiers, jobs, lastReads, rehydrator }: ReadingIo, ending: AbortSignal): Reading {
  const { index, clock, log } = tiers;
  const notes: ReadNotes = {
    read: (sha) => lastReads.note(sha),
    fromCold: (project) => {
      promoteOnFirstRead({ index, jobs, clock, log }, project).catch((error: unknown) =>
        log.warn({ error, project }, `whether the first read brings ${project} back is not known yet`),
      );
    },
  };
  return {
    notes,
    reader: new TieredReader(tiers, rehydrator, ending, notes),
    async bring(sha, project) {
      notes.read(sha);
      const { kind } = await rehydrator.rehydrate(sha, project, ending);
      if (kind === 'rehydrated' && project !== undefined) notes.fromCold(project);
    },
  };
}
