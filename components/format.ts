// How numbers look, everywhere the same: sizes in decimal units as disks and object stores count them, counts with
// thin groups so that seven digits can be read at a glance.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1536` → `1.5 kB`, `24000000` → `24.0 MB`: short, and a column of them lines up. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 99.95 ? 0 : 1)} ${UNITS[unit]}`;
}

const counts = new Intl.NumberFormat('en-US');

/** `1234567` → `1,234,567`. */
export const formatCount = (count: number): string => counts.format(count);

/** `1` → `1 file`, `2` → `2 files`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** `a, b`, or the first three and how many there are more. */
export function fewOf(names: readonly string[]): string {
  const [shown, more] = [names.slice(0, 3), names.length - 3];
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Permission bits as `ls` writes them: `420` → `rw-r--r--`. */
export function formatMode(mode: number): string {
  let text = '';
  for (let bit = 8; bit >= 0; bit--) text += (mode >> bit) & 1 ? 'rwx'.charAt(2 - (bit % 3)) : '-';
  return text;
}

/** `0o644` as people type it after chmod. */
export const formatOctal = (mode: number): string => mode.toString(8).padStart(4, '0');

const SPANS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** `5400000` → `1.5 h`, in the largest unit of which there is one. */
export function formatDuration(ms: number): string {
  const [unitMs, unit] = SPANS.find(([size]) => ms >= size) ?? [1, 'ms'];
  return `${Number((ms / unitMs).toFixed(1))} ${unit}`;
}
