// An amount of bytes as a person writes it into a setting: plain, or with a unit of thousands (kB, MB, GB, TB) or of 1024
// (KiB, MiB, GiB, TiB).
import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

export const byteAmount = z.string().transform((text, context) => {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN));
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  context.addIssue({ code: 'custom', message: 'give an amount of bytes, at least 1, such as 500000, 500kB or 10MiB' });
  return z.NEVER;
});
