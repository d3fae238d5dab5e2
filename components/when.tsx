// A moment, in one form wherever it stands: how long ago it was or how soon it comes, its date where that is more than a week,
// and the whole of it in UTC on hover. The server writes the date in UTC, which is right without a script; the browser script
// keeps the words true. Rendering never depends on "now", so that an unchanged row stays byte-equal.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @param as  `due`: it is to come; without it, what is a little ahead is a clock that is.
 *    `clock`: "12:01:05", for what is read as a log, where each line stands between two others */
export function When({ at, as }: { at: number; as?: 'clock' | 'due' }) {
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso} data-when={as ?? ''} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`}>
      {as === 'clock' ? iso.slice(11, 19) : utcDate(at)}
    </time>
  );
}

function utcDate(at: number): string {
  const date = new Date(at);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())} UTC`;
}
