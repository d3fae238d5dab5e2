import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareFingerprint, fileClock, fingerprintOf, probeFileClock, sameContentFacts } from './fingerprint.ts';
import { nodeDisk } from './node-disk.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-print-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const statOf = () => lstatSync(join(dir, 'file'), { bigint: true });

test('the same file has the same fingerprint, an edited one another', () => {
  writeFileSync(join(dir, 'file'), 'one');
  const before = fingerprintOf(statOf());
  expect(compareFingerprint(before, fingerprintOf(statOf()))).toBe('same');
  writeFileSync(join(dir, 'file'), 'longer');
  expect(compareFingerprint(before, fingerprintOf(statOf()))).toBe('changed');
});

test('I7: on a coarse clock a file that was looked at right after its change is in doubt', () => {
  writeFileSync(join(dir, 'file'), 'one');
  const stat = statOf();
  const changedAt = Number(stat.ctimeMs);
  const coarse = (now: number) => fileClock(false, () => now);
  expect(compareFingerprint(coarse(changedAt + 1).keep(stat), fingerprintOf(stat))).toBe('doubtful');
  expect(compareFingerprint(coarse(changedAt + 1_000).keep(stat), fingerprintOf(stat))).toBe('same');
  expect(compareFingerprint(fileClock(true, () => changedAt).keep(stat), fingerprintOf(stat))).toBe('same');
});

test('a coarse clock that was set back leaves nothing in doubt until it is there again', () => {
  writeFileSync(join(dir, 'file'), 'one');
  const stat = statOf();
  const setBack = fileClock(false, () => Number(stat.ctimeMs) - 3_600_000);
  expect(compareFingerprint(setBack.keep(stat), fingerprintOf(stat))).toBe('same');
});

test('the probe leaves nothing behind', () => {
  expect(typeof probeFileClock(nodeDisk, join(dir, 'probe'))).toBe('boolean');
  expect(lstatSync(join(dir, 'probe'), { throwIfNoEntry: false })).toBe(undefined);
});

test('a link changes the times of an inode, not what it holds', () => {
  writeFileSync(join(dir, 'file'), 'one');
  const before = statOf();
  expect(sameContentFacts(before, { ...before, ctimeNs: before.ctimeNs + 1n } as typeof before)).toBe(true);
  expect(sameContentFacts(before, { ...before, mtimeNs: before.mtimeNs + 1n } as typeof before)).toBe(false);
});
