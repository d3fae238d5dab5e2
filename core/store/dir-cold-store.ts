// The embedded cold tier: a directory with the very keys that S3 has, `<tenant>/objects/<sha>` and
// `<tenant>/projects/…`, for a machine without an S3 server. A marker file tells an empty cold tier from a disk that is
// not mounted: when it is gone, everything is unknown and nothing is absent (I3).
import { randomUUID } from 'node:crypto';
import { open, opendir, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type Clock, systemClock } from '../model/clock.ts';
import { parseSha, type Sha, type Tenant } from '../model/ids.ts';
import type { ColdAdapter, StoredBytes } from './cold-adapter.ts';
import { documentKey, objectKey, objectsPrefix } from './cold-keys.ts';
import { type ColdCompression, coldObjects } from './cold-objects.ts';
import type { ColdProof, ColdStore } from './cold-store.ts';
import { directoryError, fileErrorCode } from './dir-cold-store-errors.ts';
import { openWriter, syncDirectory } from './dir-cold-store-write.ts';
import type { ByteRange } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';
import { clip, verified } from './verify-bytes.ts';

/** What proofs and events name as the bucket of an embedded cold tier. */
export const DIRECTORY_BUCKET = 'cold-directory';

const MARKER = '.nats-fs-sync-cold';
const INCOMING = '.incoming';
const PART_BYTES = 512 * 1024;
const SHA_NAME = /^[0-9a-f]{64}$/;

/** Opens the directory, makes it when it is not there, and removes what crashed writers left.
 *  @throws StoreDeniedError, StoreUnavailableError, StoreFullError */
export async function dirColdStore(
  rootDir: string,
  tenant: Tenant,
  { clock, compression }: { readonly clock?: Clock; readonly compression?: ColdCompression } = {},
): Promise<ColdStore> {
  return coldObjects(await dirAdapter(rootDir, tenant, clock), compression);
}

async function dirAdapter(rootDir: string, tenant: Tenant, clock: Clock = systemClock): Promise<ColdAdapter> {
  const root = resolve(rootDir);
  const marker = join(root, MARKER);
  const tenantDir = join(root, tenant);
  const objectsDir = join(root, objectsPrefix(tenant));
  const pathOf = (sha: Sha) => join(root, objectKey(tenant, sha));

  /** Whatever a file operation meets is told in the words of store-errors.ts. */
  async function translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw directoryError(root, cause);
    }
  }

  async function requireRoot(): Promise<void> {
    if (await isThere(marker)) return;
    throw new StoreUnavailableError('cold', `${root} is not the cold directory now (its marker is gone): mount it`);
  }

  /** A file that is missing is missing only while the cold directory itself is there. */
  async function orMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (cause) {
      if (fileErrorCode(cause) !== 'ENOENT') throw cause;
      await requireRoot();
      return undefined;
    }
  }

  async function proofOf(sha: Sha): Promise<ColdProof | undefined> {
    const found = await orMissing(() => stat(pathOf(sha), { bigint: true }));
    if (!found) return undefined;
    return {
      // Proofs are told to the whole fleet; where this machine keeps its directory is nobody else's matter.
      bucket: DIRECTORY_BUCKET,
      key: objectKey(tenant, sha),
      sizeBytes: Number(found.size),
      // A copy is written once, so that one that was changed in place shows by its time.
      etag: `"${found.size}-${found.mtimeNs.toString(36)}"`,
      checksumMatched: false,
      verifiedAt: clock.now(),
    };
  }

  /** A put that is repeated keeps a good copy, and with it the proof of it that others have. */
  async function isIntact(sha: Sha, { sizeBytes, sha: storedSha }: StoredBytes): Promise<boolean> {
    if (storedSha === undefined || (await proofOf(sha))?.sizeBytes !== sizeBytes) return false;
    try {
      for await (const _ of verified(
        storedSha,
        sizeBytes,
        'cold',
        readParts(pathOf(sha), { start: 0, end: sizeBytes }),
      ));
      return true;
    } catch (error) {
      if (error instanceof ObjectCorruptError) return false;
      throw error;
    }
  }

  const writer = await translated(async () => {
    const opened = await openWriter(join(root, INCOMING));
    if (!(await isThere(marker))) await opened.write(marker, [Buffer.from('The cold tier of nats-fs-sync.\n')]);
    return opened;
  });

  return {
    kind: 'directory',

    async putStored(sha, stored, body) {
      await translated(requireRoot);
      if (!(await translated(() => isIntact(sha, stored)))) {
        try {
          await writer.write(pathOf(sha), body.bytes);
        } catch (cause) {
          throw body.fault() ?? directoryError(root, cause);
        }
      }
      const proof = await translated(() => proofOf(sha));
      if (proof?.sizeBytes === stored.sizeBytes) return proof;
      throw new StoreUnavailableError('cold', `another program changed ${pathOf(sha)} while it was written`);
    },

    async checkStored(sha, expected) {
      const proof = await translated(() => proofOf(sha));
      if (!proof) return { kind: 'absent' };
      if (proof.sizeBytes !== expected.sizeBytes) {
        return { kind: 'different', detail: `it has ${proof.sizeBytes} bytes instead of ${expected.sizeBytes}` };
      }
      if (expected.etag !== undefined && proof.etag !== expected.etag) {
        return { kind: 'different', detail: 'it was written again since it was proven' };
      }
      return { kind: 'proven', proof };
    },

    async getStored(sha, { range, signal }) {
      const proof = await translated(() => proofOf(sha));
      if (!proof) throw new ObjectAbsentError(sha, 'cold');
      const { sizeBytes } = proof;
      return { sizeBytes, bytes: translatedParts(root, readParts(pathOf(sha), clip(range, sizeBytes), signal)) };
    },

    async delete(sha) {
      await translated(() =>
        orMissing(async () => {
          await unlink(pathOf(sha));
          await syncDirectory(objectsDir);
        }),
      );
    },

    async *list() {
      const directory = await translated(() => orMissing(() => opendir(objectsDir)));
      for await (const { name } of translatedParts(root, directory ?? [])) {
        if (!SHA_NAME.test(name)) continue;
        const found = await translated(() => orMissing(() => stat(join(objectsDir, name))));
        if (found) yield { sha: parseSha(name), sizeBytes: found.size, modifiedAt: found.mtimeMs };
      }
    },

    async storedLink() {
      return { kind: 'none', reason: 'cold is a directory of the server, which nobody else can read' };
    },

    async putDocument(key, bytes) {
      const path = join(root, documentKey(tenant, key));
      await translated(async () => {
        await requireRoot();
        await writer.write(path, [bytes]);
      });
    },

    async getDocument(key) {
      const path = join(root, documentKey(tenant, key));
      return translated(() => orMissing(() => readFile(path)));
    },

    async deleteDocument(key) {
      const path = join(root, documentKey(tenant, key));
      await translated(() =>
        orMissing(async () => {
          await unlink(path);
          await syncDirectory(dirname(path));
        }),
      );
    },

    async *listDocuments(prefix) {
      const options = { recursive: true, withFileTypes: true } as const;
      const entries = await translated(() => orMissing(() => readdir(join(tenantDir, 'projects'), options)));
      const files = (entries ?? []).filter((entry) => entry.isFile());
      const keys = files.map((file) => relative(tenantDir, join(file.parentPath, file.name)));
      yield* keys.filter((key) => key.startsWith(prefix)).sort();
    },

    async probe() {
      const path = join(root, INCOMING, `${process.pid}-probe-${randomUUID()}`);
      const content = Buffer.from('probe');
      await translated(async () => {
        await requireRoot();
        await writer.write(path, [content]);
        const read = await readFile(path).finally(() => rm(path, { force: true }));
        if (read.equals(content)) return;
        throw new StoreUnavailableError('cold', `${root} gives back other bytes than were written: check its disk`);
      });
      return { kind: 'directory', verifiesPayloadHash: true, returnsSha256: false, signedLinks: false };
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (fileErrorCode(cause) === 'ENOENT') return false;
    throw cause;
  }
}

async function* readParts(path: string, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const handle = await open(path);
  try {
    let at = range.start;
    while (at < range.end) {
      signal?.throwIfAborted();
      const part = Buffer.allocUnsafe(Math.min(PART_BYTES, range.end - at));
      const { bytesRead } = await handle.read(part, 0, part.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield part.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* translatedParts<T>(root: string, parts: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  try {
    yield* parts;
  } catch (cause) {
    throw directoryError(root, cause);
  }
}
