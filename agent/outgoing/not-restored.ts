// What a person wanted back and did not get (I9): a note of the workspace, kept over restarts. It ends when the files are
// here again, when the next restore begins, and after thirty days, because nobody may want them any more.
import { z } from 'zod';
import { type Clock, isoTime } from '../../core/model/clock.ts';
import { type RelPath, relPathSchema } from '../../core/model/rel-path.ts';
import type { Problems } from '../state/problems.ts';
import type { WorkspaceState } from '../state/state.ts';

export interface NoteIo {
  readonly clock: Pick<Clock, 'now'>;
  readonly problems: Pick<Problems, 'at' | 'set' | 'clearIf'>;
  readonly state: Pick<WorkspaceState, 'meta' | 'setMeta'> & {
    readonly rows: Pick<WorkspaceState['rows'], 'at'>;
  };
}

const META = 'not-restored';
const SAID_DAYS = 30;
/** That many paths are looked for; where there are more, the note stays until those are here. */
const LOOKED_FOR = 100;

const noteSchema = z.object({
  reason: z.string(),
  since: z.iso.datetime(),
  /** some of what is missing; none: nobody knows what it is */
  paths: z.array(relPathSchema),
});

/** @param missing  as they are named here */
export function noteNotRestored(io: NoteIo, reason: string, missing: readonly RelPath[]): void {
  const note = { reason, since: isoTime(io.clock.now()), paths: missing.slice(0, LOOKED_FOR) };
  io.state.setMeta(META, JSON.stringify(note));
  sayNotRestored(io);
}

/** Says what was noted, at a start too, or ends it. */
export function sayNotRestored(io: NoteIo): void {
  const { clock, problems, state } = io;
  const kept = state.meta(META);
  if (!kept) return;
  const { reason, since, paths } = noteSchema.parse(JSON.parse(kept));
  const isOld = clock.now() - Date.parse(since) > SAID_DAYS * 24 * 3_600_000;
  const isHere = paths.length > 0 && paths.every((path) => state.rows.at(path) !== undefined);
  if (isOld || isHere) endNotRestored(io);
  // Another note of the whole workspace goes first.
  else if ((problems.at('.')?.code ?? 'not-restored') === 'not-restored')
    problems.set('.', 'not-restored', reason, { came: since });
}

export function endNotRestored({ problems, state }: Pick<NoteIo, 'problems' | 'state'>): void {
  if (state.meta(META)) state.setMeta(META, '');
  problems.clearIf('.', ['not-restored']);
}
