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
const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;

/** @param isDue  it is to come: without it what is a little ahead is a clock that is */
export function momentText(at: number, now: number, isDue: boolean): string {
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (seconds < 0 ? size >= WEEK_S + DAY_S / 2 : size >= WEEK_S) return dateOf(at, now);
  // A node's clock may be a little ahead of this one.
  if (isDue ? size < 2 : seconds < 2 && seconds > -60) return isDue ? 'now' : 'just now';
  return seconds > 0 ? `${wholeUnits(size)} ago` : `in ${wholeUnits(rounded(size))}`;
}

function wholeUnits(seconds: number): string {
  const [unit, word] = UNITS.find(([length]) => seconds >= length) ?? [1, 's'];
  return `${Math.floor(seconds / unit)} ${word}`;
}

/** To the unit that it is told in: what has only begun to run out is still all there. An age counts only what is over. */
function rounded(seconds: number): number {
  const [unit] = UNITS.find(([length]) => seconds >= length) ?? [1, 's'];
  return Math.round(seconds / unit) * unit;
}

function dateOf(at: number, now: number): string {
  const year = new Date(at).getFullYear();
  return year === new Date(now).getFullYear() ? day.format(at) : `${day.format(at)} ${year}`;
}
