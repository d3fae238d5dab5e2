// Reads and follows `current`, the pointer that says what a project is (I2).
import { type Current, type CurrentAt, currentSchema } from '../model/commit.ts';
import { type ProjectName, parseProjectName } from '../model/ids.ts';
import { currentKey } from '../model/index-keys.ts';
import type { KeyValue, KvEntry, ReadOptions } from '../store/key-value.ts';

/** @returns undefined when there is no such project
 *  @throws StoreUnavailableError  whether there is one is unknown */
export async function readCurrent(
  index: Pick<KeyValue, 'get'>,
  project: ProjectName,
  options?: ReadOptions,
): Promise<CurrentAt | undefined> {
  const entry = await index.get(currentKey(project), options);
  return entry ? currentOf(entry) : undefined;
}

export function currentOf(entry: KvEntry): CurrentAt {
  const project = parseProjectName(entry.key.split('.')[1] ?? '');
  return { project, current: decodeCurrent(entry.value), revision: entry.revision };
}

export function encodeCurrent(current: Current): Uint8Array {
  return Buffer.from(JSON.stringify(current));
}

export function decodeCurrent(value: Uint8Array): Current {
  return currentSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
}

export type CurrentChange =
  /** the value is none that this version understands; others are not kept waiting by it */
  | { readonly kind: 'unreadable'; readonly key: string; readonly error: unknown }
  | { readonly kind: 'moved'; readonly at: CurrentAt }
  | { readonly kind: 'deleted'; readonly project: ProjectName }
  | { readonly kind: 'caught-up' };

/** Follows `current` of one project, or of all. The newest value always arrives, also after a reconnect. */
export async function* watchCurrent(
  index: Pick<KeyValue, 'watch'>,
  project: ProjectName | '*',
  options: { readonly signal: AbortSignal },
): AsyncIterable<CurrentChange> {
  const key = project === '*' ? 'projects.*.current' : currentKey(project);
  for await (const change of index.watch(key, options)) {
    switch (change.kind) {
      case 'put':
        yield readable(change.entry);
        break;
      case 'delete':
        yield { kind: 'deleted', project: parseProjectName(change.key.split('.')[1] ?? '') };
        break;
      case 'caught-up':
        yield change;
    }
  }
}

function readable(entry: KvEntry): CurrentChange {
  try {
    return { kind: 'moved', at: currentOf(entry) };
  } catch (error) {
    return { kind: 'unreadable', key: entry.key, error };
  }
}
