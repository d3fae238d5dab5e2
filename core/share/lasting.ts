// How long a link lasts, as people write it: `90m`, `12h`, `7d`, `4w`, `never`.
import { InvalidValueError, quote } from '../model/ids.ts';
import { MAX_SHARE_DAYS } from '../model/share.ts';

const DAY_MS = 24 * 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** @returns milliseconds; undefined: until it is revoked
 *  @throws InvalidValueError */
export function parseLasting(text: string): number | undefined {
  if (text === 'never') return undefined;
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= MAX_SHARE_DAYS * DAY_MS) return ms;
  throw new InvalidValueError(
    `${quote(text)} is no time that a link can last: give minutes, hours, days or weeks, at most ten years, such as 90m, 12h, 7d or 4w, or never`,
  );
}
