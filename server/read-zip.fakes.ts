// Reads an archive as any program does, from the directory at its end, and checks each file's size and checksum.
import { crc32 } from 'node:zlib';
import { assert } from '../core/model/assert.ts';

/** @returns name → content; a directory's name ends in a slash */
export function readZip(archive: Uint8Array): Map<string, string> {
  const zip = Buffer.from(archive);
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  assert(end >= 0, 'an archive has an end');
  const found = new Map<string, string>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    assert(zip.readUInt32LE(at) === 0x02014b50, 'a record of the directory');
    assert((zip.readUInt16LE(at + 8) & 0x800) !== 0, 'names are UTF-8');
    const [checksum, size] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24)];
    const [nameBytes, extraBytes] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(start, start + size);
    assert(crc32(content) === checksum, `${name} is as it was put`);
    found.set(name, content.toString());
    at += 46 + nameBytes + extraBytes;
  }
  return found;
}
