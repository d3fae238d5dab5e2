// Amounts, speeds and times as a person reads them.
import type { Transfer } from '../../core/model/node-status.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 1234567 → `1.2 MB` */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** 4267 → `4,267` */
export const countText = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

export const filesText = (files: number): string => `${countText(files)} ${files === 1 ? 'file' : 'files'}`;

/** 23000 → `23 s` */
export function timeText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}

/** Bytes, speed and time left of a transfer; '' where there is nothing to say of them. */
export function paceText({ bytes_done, bytes_total, bytes_per_s, eta_ms }: Transfer): string {
  return [
    ...(bytes_total > 0 ? [amountText(bytes_done, bytes_total)] : []),
    ...(bytes_per_s > 0 ? [`${sizeText(bytes_per_s)}/s`] : []),
    ...(eta_ms !== null && eta_ms > 0 ? [`${timeText(eta_ms)} left`] : []),
  ].join(', ');
}

/** Of files that nobody has looked at yet the sizes are not known: until then all that is known may be done. */
const amountText = (done: number, total: number): string =>
  done === total ? sizeText(done) : `${sizeText(done)} of ${sizeText(total)}`;

/** `120 of 4,267 files to disk, 31 MB of 310 MB, 12 MB/s, 23 s left` */
export function transferText(transfer: Transfer, where: 'to disk' | 'to the project'): string {
  const pace = paceText(transfer);
  return `${countText(transfer.done)} of ${filesText(transfer.total)} ${where}${pace === '' ? '' : `, ${pace}`}`;
}
