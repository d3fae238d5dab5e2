// A moment. The server writes it in UTC, which is right without a script; the browser script rewrites it in the reader's
// time zone and keeps relative ones counting. Rendering never depends on "now", so that an unchanged row stays byte-equal.

/** ago: "12 s ago"; in: "in 12 s"; clock: "12:01:05"; date: "3 Jun 2026, 12:01" */
export type WhenStyle = 'ago' | 'in' | 'clock' | 'date';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function When({ at, as = 'ago' }: { at: number; as?: WhenStyle }) {
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso} data-when={as} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`}>
      {as === 'clock' || as === 'in' ? iso.slice(11, 19) : utcDate(at)}
    </time>
  );
}

function utcDate(at: number): string {
  const date = new Date(at);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())} UTC`;
}
