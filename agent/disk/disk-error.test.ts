import { expect, test } from 'vitest';
import { isDiskError, isDiskFull, readFault, writeFault } from './disk-error.ts';

const diskError = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

test.each([
  ['EACCES', 'unreadable', /read permission/],
  ['EIO', 'unreadable', /EIO/],
  ['ENAMETOOLONG', 'name-too-long', /shorten/],
] as const)('reading fails with %s: %s, with the next step', (code, expected, words) => {
  const fault = readFault(diskError(code));
  expect(fault?.code).toBe(expected);
  expect(fault?.reason).toMatch(words);
});

test.each([
  ['ENOSPC', 'disk-full', /free some space/],
  ['EDQUOT', 'disk-full', /free some space/],
  ['EACCES', 'write-failed', /write permission/],
  ['EROFS', 'write-failed', /write permission/],
  ['EXDEV', 'write-failed', /another file system/],
  ['ENAMETOOLONG', 'name-too-long', /shorten/],
  ['EIO', 'write-failed', /EIO/],
] as const)('writing fails with %s: %s, with the next step', (code, expected, words) => {
  const fault = writeFault(diskError(code));
  expect(fault?.code).toBe(expected);
  expect(fault?.reason).toMatch(words);
});

test('what is no error of the disk is nobody’s problem but ours', () => {
  for (const error of [
    new TypeError('a bug'),
    'text',
    undefined,
    Object.assign(new Error('x'), { code: 'ERR_INVALID' }),
  ]) {
    expect(isDiskError(error)).toBe(false);
    expect(readFault(error)).toBe(undefined);
    expect(writeFault(error)).toBe(undefined);
  }
  expect(isDiskFull(diskError('ENOSPC'))).toBe(true);
  expect(isDiskFull(diskError('EIO'))).toBe(false);
});
