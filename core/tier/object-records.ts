// The index's records of objects: read, and changed by compare-and-swap, because an archiver, a repair and a person who pins
// may meet at one.
import { isoTime } from '../model/clock.ts';
import type { Sha } from '../model/ids.ts';
import { objectKey } from '../model/index-keys.ts';
import { DEFAULT_MIME } from '../model/mime.ts';
import { type ObjectRecord, objectRecordSchema } from '../model/object-record.ts';
import type { ColdProof, StoredForm } from '../store/cold-store.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';

export async function readRecord(index: Pick<KeyValue, 'get'>, sha: Sha): Promise<ObjectRecord | undefined> {
  const entry = await index.get(objectKey(sha));
  return entry && decodeRecord(entry);
}

/** @param change  asked again when another change came first; what gives back what it got changes nothing */
export async function changeRecord(
  index: Pick<KeyValue, 'get' | 'compareAndSet'>,
  sha: Sha,
  change: (record: ObjectRecord | undefined) => ObjectRecord | undefined,
): Promise<ObjectRecord | undefined> {
  const key = objectKey(sha);
  for (;;) {
    const entry = await index.get(key);
    const was = entry && decodeRecord(entry);
    const next = change(was);
    if (next === was || next === undefined) return was;
    const bytes = Buffer.from(JSON.stringify(objectRecordSchema.parse(next)));
    const outcome = await index.compareAndSet(key, bytes, entry?.revision ?? 0);
    if (outcome.kind === 'set') return next;
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

function decodeRecord({ value }: KvEntry): ObjectRecord {
  return objectRecordSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
}
