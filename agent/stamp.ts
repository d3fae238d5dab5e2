// A stamp that the agent leaves in the workspace's own folder and in its state, whenever the two agree on a commit. A
// folder whose stamp is older than the one in the state, or of which there is no state, is a copy: a backup that was
// restored, a disk that went back. What differs in it from the project may be old and not edited, so history is asked.
import { z } from 'zod';
import type { Clock } from '../core/model/clock.ts';
import { type Sha, shaSchema } from '../core/model/ids.ts';
import { OWN_FOLDER } from '../core/model/own-folder.ts';
import type { Disk } from './disk/disk.ts';
import { isDiskError } from './disk/disk-error.ts';
import { ctimeOf, type Fingerprint } from './disk/fingerprint.ts';
import { stagingFolder } from './marker.ts';
import type { Site } from './site.ts';
import type { WorkspaceState } from './state/state.ts';

const stampSchema = z.object({
  v: z.literal(1),
  /** milliseconds since 1970, or one more than the stamp before where the clock went back */
  at: z.int().nonnegative(),
  /** what the directory held then, or was about to */
  commit: shaSchema,
});
export type Stamp = z.infer<typeof stampSchema>;

const copySchema = z.object({
  /** nanoseconds since 1970 by the clock of the file system: what changed later was edited here */
  until: z.string().regex(/^\d+$/),
  commit: shaSchema.optional(),
  /** the agent was cut off: only what it brought last may be without a record */
  cutOff: z.boolean().optional(),
});

/** The directory is a copy from an earlier time, until all in it was compared with the project. */
export interface Copy {
  /** the commit that it held; undefined: nobody knows */
  readonly commit: Sha | undefined;
  /** It is no copy: the agent was cut off, and what it brought last may lie here without a record. */
  readonly isCutOff: boolean;
  /** Whether what has this fingerprint lay there when the copy was recognised. A time that lies ahead is from before the
   *  clock was set back. @param now  milliseconds since 1970 */
  mayBeOld(fingerprint: Fingerprint, now: number): boolean;
}

type Records = Pick<WorkspaceState, 'meta' | 'setMeta' | 'forget' | 'transaction'>;

const STAMP = 'stamp';
const COPY = 'copy';
const file = (root: string): string => `${root}/${OWN_FOLDER}/stamp.json`;

/** @returns undefined when there is none, or none that can be read as one */
export function readStamp(disk: Disk, root: string): Stamp | undefined {
  let text: string;
  try {
    text = disk.readText(file(root));
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    return stampSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Whether the agent was here later than this directory knows. */
export function isOlderCopy(disk: Disk, root: string, state: Pick<Records, 'meta'>): boolean {
  const left = Number(state.meta(STAMP) ?? -1);
  return left >= 0 && (readStamp(disk, root)?.at ?? -1) < left;
}

/** The records are of another time than the directory: they are forgotten, so that nothing that is missing here counts as
 *  deleted. From then on `copyOf` tells what may be old. */
export function beginCopy(disk: Disk, root: string, state: Records): void {
  const stamp = readStamp(disk, root);
  const copy = { until: String(fileTimeNow(disk, root)), ...(stamp && { commit: stamp.commit }) };
  state.transaction(() => {
    state.forget();
    state.setMeta(STAMP, String(stamp?.at ?? -1));
    state.setMeta(COPY, JSON.stringify(copy));
  });
}

/** The agent was cut off: what it had brought may be here without its record, and would look like something new. */
export function beginCutOff(disk: Disk, root: string, state: Records): void {
  const until = String(fileTimeNow(disk, root));
  const kept = state.meta(COPY);
  const copy = kept ? { ...copySchema.parse(JSON.parse(kept)), until } : { until, cutOff: true };
  state.setMeta(COPY, JSON.stringify(copy));
}

export function copyOf(state: Pick<Records, 'meta'>): Copy | undefined {
  const kept = state.meta(COPY);
  if (!kept) return undefined;
  const { until, commit, cutOff = false } = copySchema.parse(JSON.parse(kept));
  const last = BigInt(until);
  const isBefore = (changed: bigint, now: number) => changed <= last || changed / 1_000_000n > BigInt(now);
  return { commit, isCutOff: cutOff, mayBeOld: (fingerprint, at) => isBefore(ctimeOf(fingerprint), at) };
}

/** All in the directory was compared with the project. */
export function endCopy(state: Records): void {
  if (state.meta(COPY)) state.setMeta(COPY, '');
}

/** Leaves stamps while a workspace is open. */
export class Stamps {
  readonly #site: Pick<Site, 'disk' | 'root' | 'state' | 'log'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #isThere: () => boolean;
  /** the records as they were when the last one was left */
  #left: string | undefined;

  /** @param isThere  whether the directory is the workspace, as it was opened */
  constructor(site: Pick<Site, 'disk' | 'root' | 'state' | 'log'>, clock: Pick<Clock, 'now'>, isThere: () => boolean) {
    this.#site = site;
    this.#clock = clock;
    this.#isThere = isThere;
  }

  /** After the records moved. What they say has to be on disk. */
  async leave(): Promise<void> {
    const { state, root, log } = this.#site;
    const commit = state.base?.commitSha;
    const now = `${commit} ${state.meta('settled')}`;
    if (!commit || now === this.#left || !this.#isThere()) return;
    try {
      await this.#write(commit);
      this.#left = now;
    } catch (error) {
      // A full disk: an older stamp only means that a copy from between the two is not known as one.
      if (!isDiskError(error)) throw error;
      log.debug({ root, error }, 'the stamp could not be left');
    }
  }

  /** First in the folder, and only then in the state: a crash or a power loss in between makes the folder look newer. */
  async #write(commit: Sha): Promise<void> {
    const { disk, root, state } = this.#site;
    const at = Math.max(this.#clock.now(), Number(state.meta(STAMP) ?? -1) + 1);
    const stamp: Stamp = { v: 1, at, commit };
    const draft = `${stagingFolder(root)}/stamp`;
    const opened = disk.open(draft, 'overwrite');
    try {
      opened.write(Buffer.from(`${JSON.stringify(stamp)}\n`), 0);
      await opened.sync();
    } finally {
      opened.close();
    }
    disk.rename(draft, file(root));
    await disk.syncDirectory(`${root}/${OWN_FOLDER}`);
    state.setMeta(STAMP, String(at));
  }
}

/** As its file system has it, which may be another machine's. */
function fileTimeNow(disk: Disk, root: string): bigint {
  const scratch = `${stagingFolder(root)}/now`;
  const opened = disk.open(scratch, 'overwrite');
  try {
    opened.write(Buffer.from('x'), 0);
    return opened.stat().ctimeNs;
  } finally {
    opened.close();
    disk.unlink(scratch);
  }
}
