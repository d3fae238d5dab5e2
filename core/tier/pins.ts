// Pins: paths that stay in hot. Read, changed by compare-and-swap, and resolved to the objects that they protect now.
import { readCurrent } from '../commit/current.ts';
import { listProjects } from '../commit/project.ts';
import { getEntry } from '../manifest/get.ts';
import { walkTree } from '../manifest/walk.ts';
import { isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import { isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { pinsKey } from '../model/index-keys.ts';
import { MAX_PINS, NO_PINS, type Pin, type Pins, pinsSchema } from '../model/pin.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { TierIo } from './tier-io.ts';

export type PinOutcome = 'pinned' | 'pinned-before' | 'too-many' | 'unpinned' | 'not-pinned';

export async function readPins(index: Pick<KeyValue, 'get'>, project: ProjectName): Promise<readonly Pin[]> {
  const entry = await index.get(pinsKey(project));
  return (entry ? decodePins(entry.value) : NO_PINS).pins;
}

/** All of them or none.
 *  @returns `pinned-before` where none of them is new */
export async function pin(
  io: Pick<TierIo, 'index' | 'clock'>,
  project: ProjectName,
  paths: readonly (RelPath | '')[],
  actor: Actor,
): Promise<PinOutcome> {
  return changePins(io.index, project, (pins) => {
    const before = new Set(pins.map(({ path }) => path));
    const added = [...new Set(paths)].filter((path) => !before.has(path));
    if (added.length === 0) return ['pinned-before', pins];
    if (pins.length + added.length > MAX_PINS) return ['too-many', pins];
    const ts = isoTime(io.clock.now());
    return ['pinned', [...pins, ...added.map((path) => ({ path, actor, ts }))]];
  });
}

/** All of them at once.
 *  @returns `not-pinned` where none of them was */
export async function unpin(
  io: Pick<TierIo, 'index'>,
  project: ProjectName,
  paths: readonly (RelPath | '')[],
): Promise<PinOutcome> {
  const gone = new Set(paths);
  return changePins(io.index, project, (pins) => {
    const left = pins.filter(({ path }) => !gone.has(path));
    return left.length === pins.length ? ['not-pinned', pins] : ['unpinned', left];
  });
}

/** Gives a project that has none the pins that it had before. */
export async function bringBackPins(
  index: Pick<KeyValue, 'get' | 'compareAndSet'>,
  project: ProjectName,
  pins: readonly Pin[],
): Promise<void> {
  await changePins(index, project, (now) => ['pinned', now.length === 0 && pins.length > 0 ? pins : now]);
}

/** The objects that pins of any project protect now. Pins hold for what is current below their paths. */
export async function pinnedObjects(io: Pick<TierIo, 'index' | 'nodes'>): Promise<Set<Sha>> {
  const pinned = new Set<Sha>();
  for (const project of await listProjects(io.index)) {
    const pins = await readPins(io.index, project);
    const at = pins.length > 0 ? await readCurrent(io.index, project) : undefined;
    if (!at) continue;
    for (const { path } of pins) {
      const entry = path === '' ? undefined : await getEntry(io.nodes, at.current.manifest_sha, path);
      if (entry && isFile(entry)) pinned.add(entry.sha);
      else
        for await (const one of walkTree(io.nodes, at.current.manifest_sha, { prefix: path }))
          if (isFile(one)) pinned.add(one.sha);
    }
  }
  return pinned;
}

async function changePins(
  index: Pick<KeyValue, 'get' | 'compareAndSet'>,
  project: ProjectName,
  change: (pins: readonly Pin[]) => readonly [PinOutcome, readonly Pin[]],
): Promise<PinOutcome> {
  for (;;) {
    const entry = await index.get(pinsKey(project));
    const was = (entry ? decodePins(entry.value) : NO_PINS).pins;
    const [outcome, pins] = change(was);
    if (pins === was) return outcome;
    const bytes = Buffer.from(JSON.stringify(pinsSchema.parse({ v: 1, pins })));
    if ((await index.compareAndSet(pinsKey(project), bytes, entry?.revision ?? 0)).kind === 'set') return outcome;
  }
}

function decodePins(value: Uint8Array): Pins {
  return pinsSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
}
