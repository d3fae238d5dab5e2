// Files that are made up: what a test says of one, and the rows that pages see of them.
import { fakeSha, type Sha } from '../../core/model/ids.ts';
import { baseName, comparePaths, isUnder, type RelPath } from '../../core/model/rel-path.ts';
import type { FileRow, Tiers } from '../file-view.ts';
import { sumOfTiers } from '../folder-tiers.tsx';
import { FAKE_NOW } from './fake-time.ts';

export interface FakeFile {
  readonly path: string;
  readonly content: Uint8Array | string;
  readonly modifiedAt?: number;
  readonly mode?: number;
  readonly tiers?: Tiers;
  readonly mime?: string;
  /** what is shown as its size; default: the content's */
  readonly sizeBytes?: number;
}

export const coldProof: NonNullable<Tiers['cold']> = {
  verifiedAt: FAKE_NOW - 60_000,
  bucket: 'fs-cold',
  key: 'default/objects/9f86d081884c',
};

export const fakeTiers = (file: FakeFile): Tiers => file.tiers ?? { hot: true, cold: coldProof };

export const sizeOf = (file: FakeFile): number => file.sizeBytes ?? Buffer.byteLength(file.content);

export const shaOfFile = (file: FakeFile): Sha => fakeSha(`${file.path} ${String(file.content).slice(0, 100)}`);

export function fileRow(file: FakeFile): Extract<FileRow, { kind: 'file' }> {
  return {
    kind: 'file',
    path: file.path as RelPath,
    name: baseName(file.path),
    sha: shaOfFile(file),
    sizeBytes: sizeOf(file),
    modifiedAt: file.modifiedAt ?? FAKE_NOW,
    mode: file.mode ?? 0o644,
    tiers: fakeTiers(file),
  };
}

/** Directories come from the paths below them, and stand among the files in byte order, as in the real listing. */
export function rowsOf(files: readonly FakeFile[], prefix: string): FileRow[] {
  const rows = new Map<string, FileRow>();
  const start = prefix === '' ? 0 : prefix.length + 1;
  for (const file of files) {
    const end = file.path.indexOf('/', start);
    if (end < 0) {
      rows.set(file.path, fileRow(file));
      continue;
    }
    const path = file.path.slice(0, end) as RelPath;
    const known = rows.get(path);
    const before = known?.kind === 'dir' ? known : { files: 0, bytes: 0 };
    rows.set(path, {
      kind: 'dir',
      path,
      name: path.slice(start),
      files: before.files + 1,
      bytes: before.bytes + sizeOf(file),
      tiers: undefined,
    });
  }
  for (const [path, row] of rows) {
    if (row.kind === 'file' || row.files > 100) continue;
    const inside = files.filter((file) => isUnder(file.path, path));
    rows.set(path, { ...row, tiers: sumOfTiers(inside.map(fakeTiers)) });
  }
  return [...rows.values()].sort((a, b) => comparePaths(a.name, b.name));
}
