// A server's memory is in use: what is not a program's is the cache of files that were read before, and a new page takes the
// place of an old one. On a machine that was just started, or a virtual one that hands free memory back to its host, each
// new page has to come from the host instead, which took several times what the programs' own work takes (2 ms of kernel
// time a megabyte, measured). That is no property of what is compared here, so memory is brought into use beforehand.
import { closeSync, openSync, readSync, truncateSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;
/** What the programs of a bench take for themselves at once. */
const LEFT_FREE_BYTES = 1536 * MIB;

/** Reads a file without content until the cache has taken what is free. The file stays in `dir`: what is deleted is free again. */
export function fillPageCache(dir: string): void {
  const sizeBytes = freemem() - LEFT_FREE_BYTES;
  if (sizeBytes <= 0) return;
  const file = join(dir, `in-use-${process.hrtime.bigint()}`);
  writeFileSync(file, '');
  truncateSync(file, sizeBytes);
  const buffer = Buffer.allocUnsafe(8 * MIB);
  const opened = openSync(file, 'r');
  try {
    while (readSync(opened, buffer) > 0);
  } finally {
    closeSync(opened);
  }
}
