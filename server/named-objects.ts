// What a commit names has to be there before it does (I1), and be protected from a sweep that has it in its plan (I5). What is
// only in cold comes back to hot first, as with a restore.
import type { FileOp, OpFault } from '../app/file-commands.ts';
import { protectObjects } from '../core/history/protect-objects.ts';
import type { FileEntry } from '../core/model/entry.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { atOnce } from '../core/tier/at-once.ts';
import { objectNow } from './object-tiers.ts';

export interface NamedObjectsIo {
  readonly objects: Pick<ObjectStore, 'get' | 'put' | 'stat'>;
  readonly index: Pick<KeyValue, 'get'>;
  /** Brings it from cold to hot. @throws ObjectAbsentError  neither tier has it */
  recall(sha: Sha, project: ProjectName): Promise<unknown>;
  /** ends with the server */
  readonly ending: AbortSignal;
}

const LOOKS_AT_ONCE = 16;

type PutOp = Extract<FileOp, { kind: 'put' }>;

/** @returns the first op whose object no tier has, or has with another size */
export async function missingObject(
  io: NamedObjectsIo,
  project: ProjectName,
  ops: readonly FileOp[],
): Promise<{ readonly op: number; readonly why: OpFault } | undefined> {
  const puts = ops.flatMap((op, at) => (op.kind === 'put' ? [{ op, at }] : []));
  const shas = [...new Set(puts.map(({ op }) => op.sha))];
  const found = new Map<Sha, number>();
  await atOnce(shas, LOOKS_AT_ONCE, io.ending, async (sha) => {
    const object = await objectNow({ hot: io.objects, index: io.index }, sha);
    if (object && (object.tiers.hot || object.tiers.cold)) found.set(sha, object.sizeBytes);
  });
  for (const { op, at } of puts) {
    const sizeBytes = found.get(op.sha);
    if (sizeBytes === undefined) return { op: at, why: { kind: 'no-object', sha: op.sha } };
    if (sizeBytes !== op.sizeBytes) return { op: at, why: { kind: 'other-size', sha: op.sha, sizeBytes } };
  }
  const contents: Parameters<typeof protectObjects>[0] = {
    put: io.objects.put,
    get: async (sha, options) => {
      await io.recall(sha, project);
      return io.objects.get(sha, options);
    },
  };
  const first = new Map(puts.map(({ op }) => [op.sha, entryOf(op)]));
  const gone = await protectObjects(contents, [...first.values()]);
  if (gone.size === 0) return undefined;
  const lost = new Set([...first].flatMap(([sha, { path }]) => (gone.has(path) ? [sha] : [])));
  const at = puts.find(({ op }) => lost.has(op.sha));
  return at && { op: at.at, why: { kind: 'no-object', sha: at.op.sha } };
}

const entryOf = ({ path, sha, sizeBytes }: PutOp): FileEntry => ({ path, sha, size: sizeBytes, mode: 0, mtime: 0 });
