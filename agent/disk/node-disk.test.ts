import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { diskContract } from './disk.contract.ts';
import { nodeDisk } from './node-disk.ts';

const parent = mkdtempSync(join(tmpdir(), 'fs-disk-'));
afterAll(() => rmSync(parent, { recursive: true }));

diskContract('this machine', () => ({
  disk: nodeDisk,
  dir: mkdtempSync(join(parent, 'disk-')),
  makeLink: (path, target) => symlinkSync(target, path),
  makeRawFile: (dir, name) => writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), name]), ''),
}));

test.runIf(process.platform === 'linux')(
  'a directory where the kernel makes none is refused, and not tried for ever',
  () => {
    expect(() => nodeDisk.makeDirectories('/proc/none/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  },
);
