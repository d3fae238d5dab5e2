// The index's records of objects: read, and changed by compare-and-swap, because an archiver, a repair and a person who pins
// may meet at one.
import { isoTime } from '../model/clock.ts';
import type { Sha } from '../model/ids.ts';
import { objectKey } from '../model/index-keys.ts';
import { DEFAULT_MIME } from '../model/mime.ts';
import { type ObjectRecord, objectRecordSchema } from '../model/object-record.ts';
import type { ColdProof, StoredForm } from '../store/cold-store.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';

/** A record as it was seen; one that is not there has the revision 0. */
export interface SeenRecord {
  readonly record: ObjectRecord | undefined;
  readonly revision: number;
}

export async function seeRecord(index: Pick<KeyValue, 'get'>, sha: Sha): Promise<SeenRecord> {
  return seen(await index.get(objectKey(sha)));
}

export async function readRecord(index: Pick<KeyValue, 'get'>, sha: Sha): Promise<ObjectRecord | undefined> {
  return (await seeRecord(index, sha)).record;
}

/** @param change  asked again when another change came first; what gives back what it got changes nothing
 *  @param before  saves a reading; whether there is nothing to change is never decided by it, because it may be long ago */
export async function changeRecord(
  index: Pick<KeyValue, 'get' | 'compareAndSet'>,
  sha: Sha,
  change: (record: ObjectRecord | undefined) => ObjectRecord | undefined,
  before?: SeenRecord,
): Promise<ObjectRecord | undefined> {
  let now: SeenRecord | undefined;
  for (;;) {
    const { record: was, revision } = now ?? before ?? (await seeRecord(index, sha));
    const next = change(was);
    if (next === was || next === undefined) {
      if (now || !before) return was;
      now = await seeRecord(index, sha);
      continue;
    }
    const bytes = Buffer.from(JSON.stringify(objectRecordSchema.parse(next)));
    const outcome = await index.compareAndSet(objectKey(sha), bytes, revision);
    if (outcome.kind === 'set') return next;
    now = seen(outcome.entry);
  }
}

export function coldOf(proof: ColdProof): NonNullable<ObjectRecord['cold']> {
  return {
    bucket: proof.bucket,
    key: proof.key,
    etag: proof.etag,
    verified_at: isoTime(proof.verifiedAt),
    ...(proof.storageClass === undefined ? {} : { class: proof.storageClass }),
    ...(proof.stored === undefined ? {} : { stored: recordedForm(proof.stored) }),
  };
}

/** Its copy in cold was read and is not what it should be: it is no reason to drop another one any more (I3). */
export function noteDamage(
  index: Pick<KeyValue, 'get' | 'compareAndSet'>,
  { sha, sizeBytes }: { readonly sha: Sha; readonly sizeBytes: number },
  now: number,
): Promise<ObjectRecord | undefined> {
  const since = isoTime(now);
  return changeRecord(index, sha, (was) => {
    const { cold: _, ...rest } = was ?? { size: sizeBytes, mime: DEFAULT_MIME, created: since };
    return { ...rest, cold_damaged: since };
  });
}

/** A put has replaced what was there, or nothing was wrong with it. */
export function withCold(record: ObjectRecord, cold: NonNullable<ObjectRecord['cold']>): ObjectRecord {
  const { cold_damaged: _, ...rest } = record;
  return { ...rest, cold };
}

const recordedForm = ({ form, sizeBytes: size, sha }: StoredForm) => ({ form, size, ...(sha && { sha }) });

/** What a check of cold is to find by this record. */
export function expectedCopy(
  cold: Pick<NonNullable<ObjectRecord['cold']>, 'etag' | 'stored'> | undefined,
): ExpectedCopy {
  if (!cold) return {};
  const { etag, stored } = cold;
  if (!stored) return { etag };
  const { form, size, sha } = stored;
  return { etag, stored: { form, sizeBytes: size, ...(sha && { sha }) } };
}

export interface ExpectedCopy {
  readonly etag?: string;
  readonly stored?: StoredForm;
}

/** Its bytes were read to the end, and were right. */
export function asRead(cold: NonNullable<ObjectRecord['cold']>): NonNullable<ObjectRecord['cold']> {
  const { unread: _, ...rest } = cold;
  return rest;
}

function seen(entry: KvEntry | undefined): SeenRecord {
  if (!entry) return { record: undefined, revision: 0 };
  const record = objectRecordSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
  return { record, revision: entry.revision };
}
