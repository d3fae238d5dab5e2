// Edits that were taken out of their place in the moment in which they were made, and that the disk did not let back. Each is
// a problem under the name that its bytes have until then, and is tried again until it is back, or something newer has its
// place: then it is kept.
import { isFile } from '../../core/model/entry.ts';
import type { Log } from '../../core/model/log.ts';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { isDiskError, writeFault } from '../disk/disk-error.ts';
import { lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import { KEPT_DAYS, keepAside } from '../kept.ts';
import { LOOK_EVERY_MS } from '../marker.ts';
import type { FileRows } from '../state/file-rows.ts';
import type { Problems } from '../state/problems.ts';
import type { PlaceIo } from './apply.ts';
import { type TakenOut, trySettle } from './taken-out.ts';

export interface RetryIo extends PlaceIo {
  readonly state: { readonly rows: Pick<FileRows, 'at'> };
  readonly log: Log;
}

export class DisplacedEdits {
  readonly #problems: Problems;
  /** by where they lie */
  readonly #found = new Map<string, TakenOut>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Where they lie: nobody else takes them from there. */
  get files(): ReadonlySet<string> {
    return new Set(this.#found.keys());
  }

  /** @param error  of the disk */
  add(out: TakenOut, error: unknown): void {
    this.#found.set(out.file, out);
    const why = writeFault(error)?.reason ?? '';
    this.#problems.set(
      shown(out),
      'edit-displaced',
      `It is an edit of ${out.path} that could not go back to its place. ${why} It goes back by itself when the disk ` +
        `allows it; after a restart of the agent it lies in ${OWN_FOLDER}/kept, for ${KEPT_DAYS} days.`,
      { retryInMs: LOOK_EVERY_MS },
    );
  }

  /** Call it between two turns of the event loop.
   *  @returns paths that are to be looked at */
  retry(io: RetryIo): RelPath[] {
    const settled: RelPath[] = [];
    for (const out of [...this.#found.values()]) {
      try {
        settle(io, out);
      } catch (error) {
        if (!isDiskError(error)) throw error;
        this.add(out, error);
        continue;
      }
      this.#found.delete(out.file);
      this.#problems.clear(shown(out));
      settled.push(out.path);
    }
    return settled;
  }
}

const shown = ({ file }: TakenOut): string => file.slice(file.lastIndexOf(`${OWN_FOLDER}/`));

/** It goes back over what replaced it then, and over nothing that came later.
 *  @throws DiskError */
function settle(io: RetryIo, out: TakenOut): void {
  const { disk, root, log } = io;
  const row = io.state.rows.at(out.path);
  const isReplacement = row !== undefined && isFile(row.entry) && row.entry.sha === out.replacedBy;
  trySettle(io, out, (now) => isReplacement && compareFingerprint(row.fingerprint, fingerprintOf(now)) === 'same');
  if (!lstatIfThere(disk, out.file)) return;
  keepAside(disk, root, out.file);
  const { path } = out;
  log.warn(
    { root, path },
    `an edit that could not go back to its place was overtaken, and is kept in ${OWN_FOLDER}/kept`,
  );
}
