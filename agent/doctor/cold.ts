// What cold storage does, by doing it: puts a small object, proves it, reads it whole, in a range and by a link, and removes it. Only
// servers have its settings: elsewhere there is nothing to look at.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { shaOf } from '../../core/model/ids.ts';
import { messageOf } from '../../core/model/message-of.ts';
import type { ColdCapabilities, ColdStore } from '../../core/store/cold-store.ts';
import { type ColdSettings, coldDirectory, coldPlace, openCold } from '../../core/store/open-cold.ts';
import { StoreDeniedError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { clockFinding } from './clock.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const ABOUT = 'cold';
const PATIENCE_MS = 20_000;

export async function examineCold(settings: ColdSettings): Promise<Finding[]> {
  if (settings.S3_BUCKET === undefined && !existsSync(coldDirectory(settings.FS_DATA_DIR))) {
    return [
      ok(ABOUT, 'this machine has no settings of it (S3_BUCKET) and no directory of it: servers use it, not nodes'),
    ];
  }
  const place = coldPlace(settings);
  try {
    const cold = await openCold(settings);
    const capabilities = await cold.probe();
    return [
      ok(ABOUT, `${place} takes, gives back and removes what is put`),
      ...judgeCapabilities(capabilities),
      ...(await withObject(cold)),
      ...(settings.S3_ENDPOINT === undefined ? [] : await clockOf(settings.S3_ENDPOINT)),
    ];
  } catch (error) {
    if (!(error instanceof StoreUnavailableError || error instanceof StoreDeniedError)) throw error;
    return [
      fail(ABOUT, `${place}: ${messageOf(error)}`, {
        mend: 'check S3_BUCKET, S3_ENDPOINT, S3_REGION and the AWS_ keys, and whether this machine reaches the address',
        ...(settings.S3_ENDPOINT !== undefined && { command: `curl -sSI ${settings.S3_ENDPOINT}` }),
      }),
    ];
  }
}

export function judgeCapabilities({ kind, verifiesPayloadHash, returnsSha256 }: ColdCapabilities): Finding[] {
  if (kind !== 's3') return [];
  return [
    verifiesPayloadHash
      ? ok(ABOUT, 'it refuses bytes that are not those of their signed SHA-256')
      : fail(ABOUT, 'it takes bytes that are not those of their signed SHA-256, so that no upload is proven', {
          mend: 'use an S3 server that verifies x-amz-content-sha256, as AWS, Ceph and MinIO do; or look for a proxy before it',
        }),
    ok(
      ABOUT,
      returnsSha256
        ? 'it keeps SHA-256 checksums'
        : 'it keeps no SHA-256 checksums: copies are proven by size and ETag',
    ),
  ];
}

async function withObject(cold: ColdStore): Promise<Finding[]> {
  const bytes = randomBytes(4_096);
  const sha = shaOf(bytes);
  try {
    const proof = await cold.put(sha, bytes.length, bytes);
    const check = await cold.check(sha, { sizeBytes: bytes.length, etag: proof.etag });
    const proven =
      check.kind === 'proven'
        ? ok(ABOUT, 'a copy is proven by a fresh look at it')
        : fail(ABOUT, `a copy that was just put is ${check.kind}`, {
            mend: 'look whether something is between this machine and it, such as a caching proxy',
          });
    const range = { start: 100, end: 200 };
    const part = await readAll(await cold.get(sha, { range }));
    const ranged = part.equals(bytes.subarray(range.start, range.end))
      ? ok(ABOUT, 'a range of bytes is read alone')
      : fail(ABOUT, 'a range of bytes comes back as other bytes', {
          mend: 'use an S3 server that answers Range, or look for a proxy before it',
        });
    return [proven, ranged, await byLink(cold, bytes)];
  } finally {
    await cold.delete(sha);
  }
}

async function byLink(cold: ColdStore, bytes: Buffer): Promise<Finding> {
  const link = await cold.signedLink(shaOf(bytes), {
    expiresInSeconds: 60,
    fileName: 'doctor',
    contentType: 'text/plain',
  });
  if (link.kind === 'none') return ok(ABOUT, `there are no links to it: ${link.reason}`);
  const how = {
    mend: 'downloads by link (S3_LINKS_FROM_BYTES) need its address as browsers reach it: set S3_PUBLIC_ENDPOINT, or leave S3_LINKS_FROM_BYTES unset',
  };
  try {
    const response = await fetch(link.url, {
      headers: { range: 'bytes=0-99' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const got = Buffer.from(await response.arrayBuffer());
    if (response.status === 206 && got.equals(bytes.subarray(0, 100)))
      return ok(ABOUT, 'a pre-signed link gives the bytes, in ranges too');
    return warn(ABOUT, `a pre-signed link gave status ${response.status}`, how);
  } catch (error) {
    return warn(ABOUT, `a pre-signed link does not work from here: ${messageOf(error)}`, how);
  }
}

/** Every answer has its time; who may not ask is told it, too. */
async function clockOf(endpoint: string): Promise<Finding[]> {
  const asked = Date.now();
  try {
    const response = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(PATIENCE_MS) });
    const at = Date.parse(response.headers.get('date') ?? '');
    // It counts whole seconds.
    return Number.isNaN(at) ? [] : [clockFinding('S3', at + 500 - (asked + Date.now()) / 2)];
  } catch {
    return [];
  }
}

async function readAll({ bytes }: { readonly bytes: AsyncIterable<Uint8Array> }): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}
