// Moments in the reader's words. The server writes UTC, and the title keeps saying it; what is relative is counted here, so that
// rows need no patch for the passing of time.

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export function localTimes(): void {
  const now = Date.now();
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-when]')) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const text =
      element.dataset.when === 'clock' ? clockOf(at, now) : momentText(at, now, element.dataset.when === 'due');
    if (element.textContent !== text) element.textContent = text;
  }
}

const clockOf = (at: number, now: number): string =>
  new Date(at).toDateString() === new Date(now).toDateString()
    ? clock.format(at)
    : `${day.format(at)} ${clock.format(at)}`;

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;
const WEEK_S = 7 * 86_400;

/** @param isDue  it is to come: without it what is a little ahead is a clock that is */
export function momentText(at: number, now: number, isDue: boolean): string {
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (size >= WEEK_S) return dateOf(at, now);
  // A node's clock may be a little ahead of this one.
  if (isDue ? size < 2 : seconds < 2 && seconds > -60) return isDue ? 'now' : 'just now';
  const [unit, word] = UNITS.find(([length]) => size >= length) ?? [1, 's'];
  const count = `${Math.floor(size / unit)} ${word}`;
  return seconds > 0 ? `${count} ago` : `in ${count}`;
}

function dateOf(at: number, now: number): string {
  const year = new Date(at).getFullYear();
  return year === new Date(now).getFullYear() ? day.format(at) : `${day.format(at)} ${year}`;
}
