// An object that a client put into cold by itself: proven, brought to the object's own key, recorded and told as one that the
// archiver brought, and only in cold until somebody reads or commits it. Where cold has no checksum of it, all of it is read and
// put, verified on the way: what was hashed is what is stored, also where the link's holder puts something else meanwhile.
import { isoTime } from '../model/clock.ts';
import type { ProjectName } from '../model/ids.ts';
import { archivingKey } from '../model/index-keys.ts';
import { DEFAULT_MIME } from '../model/mime.ts';
import type { ColdUploads, CopiedUpload, UploadedObject } from '../store/cold-uploads.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';
import { archivedEvent } from './archive-object.ts';
import type { Claims } from './claims.ts';
import { changeRecord, coldOf, seeRecord, withCold } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

export interface UploadedIo extends Pick<TierIo, 'tenant' | 'cold' | 'index' | 'events' | 'clock'> {
  /** shared with the archiver and the sweep: an object has one writer at a time in cold */
  readonly claims: Claims;
}

export interface Uploaded extends UploadedObject {
  /** of what lies in cold */
  readonly name: string;
  /** is told of it */
  readonly project: ProjectName;
}

export type UploadedOutcome =
  | { readonly kind: 'stored' }
  | Extract<CopiedUpload, { readonly kind: 'absent' | 'wrong-bytes' }>;

/** Repeatable from its start, whatever a crash left. Also of an object that cold has all bytes are proven, because who may name it
 *  has to have them; and it is put anew, which protects it from a sweep that has it in its plan (I5).
 *  @throws StoreUnavailableError and the like: what was put is still there */
export async function takeUploaded(io: UploadedIo, uploaded: Uploaded, signal: AbortSignal): Promise<UploadedOutcome> {
  const { uploads } = io.cold;
  if (!uploads) return { kind: 'absent' };
  for (;;) {
    const shared = await io.claims.share(archivingKey(uploaded.sha), signal, () => take(io, uploads, uploaded, signal));
    if (shared.kind === 'waited') continue;
    await uploads.drop(uploaded.name);
    return shared.result;
  }
}

async function take(
  io: UploadedIo,
  uploads: ColdUploads,
  uploaded: Uploaded,
  signal: AbortSignal,
): Promise<UploadedOutcome> {
  const { index, clock } = io;
  const { sha, sizeBytes, project } = uploaded;
  const before = await seeRecord(index, sha);
  const copied = await bring(io, uploads, uploaded, signal);
  if (copied.kind !== 'copied') return copied;
  const created = isoTime(clock.now());
  const record = await changeRecord(
    index,
    sha,
    (was) => withCold(was ?? { size: sizeBytes, mime: DEFAULT_MIME, created }, coldOf(copied.proof)),
    before,
  );
  const event = record && archivedEvent(io, project, sha, record);
  if (event) await io.events.publish([event]);
  return { kind: 'stored' };
}

async function bring(
  { cold }: UploadedIo,
  uploads: ColdUploads,
  { name, sha, sizeBytes }: Uploaded,
  signal: AbortSignal,
): Promise<Exclude<CopiedUpload, { readonly kind: 'unproven' }>> {
  const object = { sha, sizeBytes };
  const copied = await uploads.copy(name, object, signal);
  if (copied.kind !== 'unproven') return copied;
  const bytes = async function* () {
    yield* (await uploads.get(name, object, signal)).bytes;
  };
  try {
    return { kind: 'copied', proof: await cold.put(sha, sizeBytes, bytes, { signal }) };
  } catch (error) {
    if (error instanceof ObjectAbsentError) return { kind: 'absent' };
    if (error instanceof ObjectCorruptError) return { kind: 'wrong-bytes', detail: error.detail };
    throw error;
  }
}
