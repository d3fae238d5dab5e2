// Whether what is printed has colours, and how. A terminal has them, a pipe has none; NO_COLOR takes them from the one, FORCE_COLOR
// gives them to the other (https://no-color.org, https://force-color.org).
import type { Env } from '../../core/settings/env.ts';
import type { Color } from '../progress/live-lines.ts';

export interface PaintOut {
  readonly isTTY?: boolean | undefined;
}

/** What a person asked for counts before what the stream is; of both, no colours: they take nothing away. */
export function hasColor(out: PaintOut, env: Env): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  const forced = env.FORCE_COLOR ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return out.isTTY === true && env.TERM !== 'dumb';
}

const CODES: Readonly<Record<Color, readonly [number, number]>> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  dim: [2, 22],
};

export type Paint = (color: Color, text: string) => string;

export function painter(out: PaintOut, env: Env): Paint {
  if (!hasColor(out, env)) return (_, text) => text;
  return (color, text) => `\x1b[${CODES[color][0]}m${text}\x1b[${CODES[color][1]}m`;
}
