// A look at a workspace that somebody asked for from elsewhere, by `<node>.desired`: what waits is tried at once, what is
// current is asked for anew, what is at and below the path is compared with what is remembered, and the status says what came
// of it. It is asked for by time, so that who asked knows the answer, and what was answered once is not looked at again after
// a restart.
import { type Clock, isoTime } from '../core/model/clock.ts';
import type { ResyncStatus } from '../core/model/node-status.ts';
import { isUnder, type RelPath } from '../core/model/rel-path.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { isDiskError } from './disk/disk-error.ts';
import { checkParents } from './disk/disk-path.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import type { Site } from './site.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

export interface RescanAsk {
  /** ISO 8601 */
  readonly at: string;
  /** in the project; absent: all of it */
  readonly path?: RelPath;
}

export interface ResyncIo {
  readonly spec: Pick<WorkspaceSpec, 'prefix'>;
  readonly clock: Clock;
  changed(): void;
}

export class Resync {
  readonly #io: ResyncIo;
  #now: { readonly status: ResyncStatus; readonly isAnswered: boolean } | undefined;

  constructor(io: ResyncIo) {
    this.#io = io;
  }

  /** The same ask may come any number of times.
   *  @param open  undefined while it cannot be used: it is looked at when it can */
  ask({ at, path }: RescanAsk, open: OpenWorkspace | undefined): void {
    if (this.#now?.status.asked === at || placeOf(this.#io.spec, path) === undefined) return;
    this.#now = { status: { asked: at, ...(path !== undefined && { path }) }, isAnswered: false };
    this.#io.changed();
    if (open) void this.answer(open);
  }

  /** Looks, where that is asked for and was not done. Never fails: who does not get an answer asks again. */
  async answer(open: OpenWorkspace): Promise<void> {
    try {
      await this.#answer(open);
    } catch (error) {
      open.site.log.error({ error, root: open.site.root }, 'a look that was asked for could not be ended');
    }
  }

  async #answer(open: OpenWorkspace): Promise<void> {
    const asked = this.#now;
    const { state } = open.site;
    if (!asked || asked.isAnswered) return;
    if (state.meta(ANSWERED) === asked.status.asked) {
      this.#now = { ...asked, isAnswered: true };
      return;
    }
    open.retryNow();
    await heardNewest(open);
    const place = placeOf(this.#io.spec, asked.status.path);
    const found = place === undefined ? undefined : await lookAt(open, place);
    // Closed meanwhile: it is looked at when it is open again.
    if (found === undefined || this.#now !== asked) return;
    state.setMeta(ANSWERED, asked.status.asked);
    this.#now = { isAnswered: true, status: { ...asked.status, ended: isoTime(this.#io.clock.now()), found } };
    this.#io.changed();
  }

  /** @param looked  when the last look at everything ended, ISO 8601: what was answered before the agent started has that */
  status(looked: string | undefined): ResyncStatus | undefined {
    if (!this.#now) return undefined;
    const { status, isAnswered } = this.#now;
    return isAnswered && looked !== undefined ? { ended: looked, ...status } : status;
  }
}

/** Whoever follows `current` tries again for as long as it cannot be asked. */
async function heardNewest(open: OpenWorkspace): Promise<void> {
  try {
    await open.hearNewest();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    open.site.log.debug({ error }, 'what is current could not be asked for');
  }
}

/** In the records of the workspace: the ask that was answered last. */
const ANSWERED = 'resync';

/** Where a path of the project is in the workspace; undefined: it is none of it. */
function placeOf({ prefix }: Pick<WorkspaceSpec, 'prefix'>, path: RelPath | undefined): RelPath | '' | undefined {
  if (path === undefined || path === prefix) return '';
  if (prefix === undefined) return path;
  if (isUnder(path, prefix)) return path.slice(prefix.length + 1) as RelPath;
  return isUnder(prefix, path) ? '' : undefined;
}

/** I11: below what is no real directory nothing is looked at; what is in its place is.
 *  @returns how many paths were not as remembered; undefined: the workspace closed before */
async function lookAt({ site, rescans }: OpenWorkspace, place: RelPath | ''): Promise<number | undefined> {
  if (place !== '' && site.ignores.ignoresAny(place)) return 0;
  const looked = await rescans.look(place === '' ? '' : realStart(site, place));
  return looked.kind === 'over' ? undefined : looked.found;
}

function realStart({ disk, root }: Pick<Site, 'disk' | 'root'>, place: RelPath): RelPath | '' {
  try {
    const parents = checkParents(disk, root, place);
    return parents.kind === 'real' ? place : parents.at;
  } catch (error) {
    if (!isDiskError(error)) throw error;
    // A look at everything says what cannot be read.
    return '';
  }
}
