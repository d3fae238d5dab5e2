// Moments in the reader's time zone. The server writes UTC; relative ones are counted here, so that rows need no patch
// for the passing of time.

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export function localTimes(): void {
  const now = Date.now();
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-when]')) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const text = textOf(at, element.dataset.when, now);
    if (element.textContent !== text) element.textContent = text;
    const title = full.format(at);
    if (element.title !== title) element.title = title;
  }
}

function textOf(at: number, style: string | undefined, now: number): string {
  if (style === 'clock') return sameDay(at, now) ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
  if (style === 'date') return full.format(at);
  if (style === 'in') return at - now < 1_500 ? 'now' : `in ${ago(now, at).replace(' ago', '')}`;
  return ago(at, now);
}

function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  // A node's clock may be a little ahead of this one.
  if (seconds < 2) return seconds < -60 ? full.format(at) : 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  const date = new Date(at);
  const year = date.getFullYear();
  return year === new Date(now).getFullYear() ? day.format(at) : `${day.format(at)} ${year}`;
}

const sameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();
