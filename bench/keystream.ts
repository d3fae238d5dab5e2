// Bytes that no layer can compress or share, made as they are read: the same again for the same seed.
import { createCipheriv, createHash } from 'node:crypto';
import type { Sha } from '../core/model/ids.ts';
import type { ByteSource } from '../core/store/object-store.ts';

const PART_BYTES = 1024 * 1024;

export function keystream(seed: number, sizeBytes: number): ByteSource {
  return async function* () {
    const key = Buffer.alloc(16);
    key.writeInt32BE(seed);
    const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
    const zeros = Buffer.alloc(Math.min(PART_BYTES, sizeBytes));
    for (let at = 0; at < sizeBytes; at += PART_BYTES) {
      yield cipher.update(zeros.subarray(0, Math.min(PART_BYTES, sizeBytes - at)));
    }
  };
}

export async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<Sha> {
  const hash = createHash('sha256');
  for await (const part of bytes) hash.update(part);
  return hash.digest('hex') as Sha;
}
