// What every cold store does with objects, whatever holds the bytes: verified on the way in and out (I6), compressed where
// that is asked for and worth it, and read in either form, because a setting changes and what is stored stays. An object's
// sha and size are always those of its plain bytes.
import { Readable } from 'node:stream';
import type { Sha } from '../model/ids.ts';
import { ByteTaker } from './byte-taker.ts';
import type { ColdAdapter } from './cold-adapter.ts';
import type { ColdCheck, ColdGetOptions, ColdStore, StoredForm } from './cold-store.ts';
import { compressObject } from './compress.ts';
import { decompressed, decompressedRange, spanOf, takeHead } from './decompress.ts';
import { decodeHead, type GzipHead, headLength } from './gzip-head.ts';
import { leavable } from './leavable.ts';
import { type ByteRange, collect, type ObjectReader } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';
import { clip, putBody, verified, watched } from './verify-bytes.ts';

export type ColdCompression = 'none' | 'gzip';

/** Has the head of an object of up to 1 GiB. */
const FIRST_LOOK_BYTES = 4 * 1024 + 128;

/** Only all bytes of an object can be verified: of one up to this size they are read for any range of it. A range of a larger
 *  one is given as cold has it, and of a compressed one each frame has a checksum of its own. */
const VERIFIED_RANGE_BYTES = 2 ** 20;

/** What lies under a key, by its first bytes. */
interface Seen {
  readonly storedBytes: number;
  /** undefined: plain bytes */
  readonly head: GzipHead | undefined;
}

/** @param compression  of what is put from now on */
export function coldObjects(adapter: ColdAdapter, compression: ColdCompression = 'none'): ColdStore {
  const { putStored, checkStored, getStored, storedLink, ...others } = adapter;

  async function start(sha: Sha, end: number, signal: AbortSignal | undefined) {
    const { sizeBytes, bytes } = await getStored(sha, { range: { start: 0, end }, ...withSignal(signal) });
    return { storedBytes: sizeBytes, bytes: await new ByteTaker(bytes).take(Number.POSITIVE_INFINITY) };
  }

  async function look(sha: Sha, signal?: AbortSignal): Promise<Seen> {
    const first = await start(sha, FIRST_LOOK_BYTES, signal);
    const length = headLength(first.bytes, sha);
    if (length === undefined) return { storedBytes: first.storedBytes, head: undefined };
    const { storedBytes, bytes } = length <= FIRST_LOOK_BYTES ? first : await start(sha, length, signal);
    return { storedBytes, head: decodeHead(bytes.subarray(0, length), sha, storedBytes) };
  }

  async function getWhole(sha: Sha, { sizeBytes: known, signal }: ColdGetOptions): Promise<ObjectReader> {
    const reader = await getStored(sha, withSignal(signal));
    const taker = new ByteTaker(reader.bytes);
    try {
      const head = await takeHead(taker, sha, reader.sizeBytes);
      const sizeBytes = head?.sizeBytes ?? reader.sizeBytes;
      requireSize(sha, sizeBytes, known);
      const plain = head ? decompressed(head, taker) : taker.rest();
      return { sizeBytes, bytes: leaving(taker, verified(sha, sizeBytes, 'cold', plain), signal) };
    } catch (error) {
      taker.leave();
      throw error;
    }
  }

  async function getRange(sha: Sha, range: ByteRange, { sizeBytes: known, signal }: ColdGetOptions) {
    const { storedBytes, head } = await look(sha, signal);
    const sizeBytes = head?.sizeBytes ?? storedBytes;
    requireSize(sha, sizeBytes, known);
    const wanted = clip(range, sizeBytes);
    if (wanted.start === wanted.end) return { sizeBytes, bytes: Readable.from([]) };
    if (sizeBytes <= VERIFIED_RANGE_BYTES) {
      const whole = await collect((await getWhole(sha, { sizeBytes, ...withSignal(signal) })).bytes);
      return { sizeBytes, bytes: Readable.from([whole.subarray(wanted.start, wanted.end)]) };
    }
    const span = head && spanOf(head, wanted);
    const reader = await getStored(sha, { range: span?.stored ?? wanted, ...withSignal(signal) });
    const taker = new ByteTaker(reader.bytes);
    if (reader.sizeBytes !== storedBytes) {
      taker.leave();
      throw new StoreUnavailableError('cold', `object ${sha.slice(0, 12)} was stored anew while it was read`);
    }
    const bytes = head && span ? decompressedRange(head, taker, span, wanted) : taker.rest();
    return { sizeBytes, bytes: leaving(taker, bytes, signal) };
  }

  return {
    ...others,

    async put(sha, sizeBytes, body, options) {
      const signal = options?.signal;
      signal?.throwIfAborted();
      const form = compression === 'gzip' ? await compressObject(sha, sizeBytes, body, signal) : undefined;
      if (!form) return putStored(sha, { sizeBytes, sha }, putBody(sha, sizeBytes, 'cold', body, signal), signal);
      const { bytes, ...stored } = form;
      const proof = await putStored(sha, stored, watched(bytes, signal), signal);
      return { ...proof, sizeBytes, stored: { form: 'gzip', ...stored } };
    },

    async check(sha, { sizeBytes, etag, stored }) {
      const tag = etag === undefined ? {} : { etag };
      if (stored) return ofObject(await checkStored(sha, { ...bytesOf(stored), ...tag }), sizeBytes, stored);
      const plain = await checkStored(sha, { sizeBytes, sha, ...tag });
      if (plain.kind !== 'different') return plain;
      // Nobody who asks knows in which form it was stored.
      try {
        const { storedBytes, head } = await look(sha);
        if (head?.sizeBytes !== sizeBytes) return plain;
        const form: StoredForm = { form: 'gzip', sizeBytes: storedBytes };
        return ofObject(await checkStored(sha, { ...bytesOf(form), ...tag }), sizeBytes, form);
      } catch (error) {
        // A HEAD has found something: when it is gone now, this is not known to be absent.
        if (error instanceof ObjectAbsentError) return plain;
        if (error instanceof ObjectCorruptError) return { kind: 'different', detail: error.detail };
        throw error;
      }
    },

    async get(sha, options = {}) {
      options.signal?.throwIfAborted();
      return options.range ? getRange(sha, options.range, options) : getWhole(sha, options);
    },

    async signedLink(sha, options) {
      const link = await storedLink(sha, options);
      if (link.kind === 'none' || !(await look(sha)).head) return link;
      // With Content-Encoding a browser would decode it, but ranges would count compressed bytes (RFC 9110), and who does
      // not decode would save them under the file's name.
      return { kind: 'none', reason: 'its copy in cold is compressed, and a link gives what lies there as it is' };
    },
  };
}

function requireSize(sha: Sha, sizeBytes: number, known: number | undefined): void {
  if (known === undefined || sizeBytes === known) return;
  throw new ObjectCorruptError(sha, 'cold', `it has ${sizeBytes} bytes instead of ${known}`);
}

const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

const bytesOf = ({ sizeBytes, sha }: StoredForm) => ({ sizeBytes, ...(sha === undefined ? {} : { sha }) });

function ofObject(check: ColdCheck, sizeBytes: number, stored: StoredForm): ColdCheck {
  return check.kind === 'proven' ? { kind: 'proven', proof: { ...check.proof, sizeBytes, stored } } : check;
}

/** What is read gives its source back: at the end, at an error, and when its reader leaves before it began. */
function leaving(
  taker: ByteTaker,
  parts: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<Uint8Array> {
  async function* bytes() {
    try {
      for await (const part of parts) {
        signal?.throwIfAborted();
        yield part;
      }
    } finally {
      taker.leave();
    }
  }
  return leavable(bytes(), () => taker.leave());
}
