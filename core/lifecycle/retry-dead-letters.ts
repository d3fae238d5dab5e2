// Dead letters are tried again by an archive job that names their objects: such a job believes no record, and takes away the
// letter of each object that is in cold then, or that no file has any more.
import { readCurrent } from '../commit/current.ts';
import type { Sha } from '../model/ids.ts';
import type { TaskOf } from '../model/job.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { DeadLetter, DeadLetters } from '../tier/dead-letters.ts';

export interface RetryDeadIo {
  readonly dead: Pick<DeadLetters, 'read' | 'list'>;
  readonly index: Pick<KeyValue, 'get'>;
}

/** So many objects one job names; the others are tried again when these are through. */
const MAX_NAMED = 10_000;

/** @returns the job to ask for; undefined: there is no such letter (any more) */
export async function deadLetterTask(io: RetryDeadIo, which: Sha | 'all'): Promise<TaskOf<'archive'> | undefined> {
  const letters = await lettersOf(io.dead, which);
  const [first] = letters;
  if (!first) return undefined;
  const shas = letters.map(({ sha }) => sha);
  const { project } = first;
  // All projects are looked through where the letters are of several, or their project has another name now.
  const isOfOne = project !== undefined && letters.every((letter) => letter.project === project);
  const isThere = isOfOne && (await readCurrent(io.index, project)) !== undefined;
  return { kind: 'archive', ...(isThere ? { project } : {}), shas };
}

async function lettersOf(dead: RetryDeadIo['dead'], which: Sha | 'all'): Promise<readonly DeadLetter[]> {
  if (which !== 'all') {
    const letter = await dead.read(which);
    return letter ? [letter] : [];
  }
  const letters: DeadLetter[] = [];
  for await (const letter of dead.list()) if (letters.push(letter) === MAX_NAMED) break;
  return letters;
}
