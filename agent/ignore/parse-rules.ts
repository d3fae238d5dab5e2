// Reads one `.fsignore`, in gitignore's syntax: each line becomes a pattern as seen from the project's top, so that the
// rules of a directory and of those above it make one list, the nearest last. A line that can never match is a fault that
// a person is told; the others count.
import { MAX_PATH_BYTES, type RelPath } from '../../core/model/rel-path.ts';

export const RULES_FILE = '.fsignore';

/** Enough for thousands of lines; a larger one is no list that a person wrote. */
export const MAX_RULES_BYTES = 256 * 1024;

export interface RuleFault {
  /** counted from 1 */
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

export interface ParsedRules {
  readonly patterns: readonly string[];
  readonly faults: readonly RuleFault[];
}

/** @param dir  where the file lies, from the project's top */
export function parseRules(text: string, dir: RelPath | ''): ParsedRules {
  const patterns: string[] = [];
  const faults: RuleFault[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const rule = trimEnd(line);
    if (rule === '' || rule.startsWith('#')) continue;
    const why = faultOf(rule);
    if (why === undefined) patterns.push(fromTop(rule, dir));
    else faults.push({ line: index + 1, text: rule, why });
  }
  return { patterns, faults };
}

/** Spaces at the end do not count, unless a backslash keeps one. */
function trimEnd(line: string): string {
  const bare = line.replace(/ +$/, '');
  if (bare.length === line.length) return line;
  const backslashes = bare.length - bare.replace(/\\+$/, '').length;
  return backslashes % 2 === 1 ? `${bare} ` : bare;
}

/** A pattern with a slash before its end is held to its directory; one without counts at any depth below. */
function fromTop(rule: string, dir: RelPath | ''): string {
  if (dir === '') return rule;
  const sign = rule.startsWith('!') ? '!' : '';
  const body = rule.slice(sign.length);
  const held = body.slice(0, -1).includes('/');
  return `${sign}/${literal(dir)}/${held ? body.replace(/^\//, '') : `**/${body}`}`;
}

const literal = (path: string): string => path.replace(/[\\*?[]/g, '\\$&');

/** @returns why the rule can never match, or undefined when it can */
function faultOf(rule: string): string | undefined {
  const body = rule.replace(/^!/, '').replace(/\/$/, '');
  if (body === '' || body === '/') return 'it names nothing';
  if (Buffer.byteLength(body) > MAX_PATH_BYTES) return 'it is longer than any path';
  if (body.includes('\0')) return 'it holds a NUL byte';
  if (body.includes('\ufffd')) return 'it is not valid UTF-8';
  if (body.split('/').some((segment) => segment === '.' || segment === '..')) {
    return 'a rule is never relative: begin it with / to hold it to its directory';
  }
  return escapeFault(body);
}

function escapeFault(body: string): string | undefined {
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '\\') {
      if (++i >= body.length) return 'its last backslash stands before nothing';
    } else if (body[i] === '[') {
      const end = bracketEnd(body, i);
      if (end === undefined) return 'its [ is never closed by a ]: write \\[ for the character itself';
      i = end;
    }
  }
  return undefined;
}

/** The `]` that ends the set of characters from `start` on; a `]` that comes first is one of the set. */
function bracketEnd(body: string, start: number): number | undefined {
  let i = start + 1;
  if (body[i] === '!' || body[i] === '^') i++;
  for (let first = true; i < body.length; i++, first = false) {
    const named = body.startsWith('[:', i) ? /^\[:[a-z]+:\]/.exec(body.slice(i)) : null;
    if (named) i += named[0].length - 1;
    else if (body[i] === '\\') i++;
    else if (body[i] === ']' && !first) return i;
  }
  return undefined;
}

/** Of a line, in characters. */
const SHOWN = 100;

/** One sentence for the problem of a `.fsignore`. */
export function describeFaults(faults: readonly RuleFault[]): string | undefined {
  const [first] = faults;
  if (!first) return undefined;
  const others = faults.length - 1;
  const more = others === 0 ? '' : ` So ${others === 1 ? 'is 1 more line' : `are ${others} more lines`}.`;
  const text = first.text.length > SHOWN ? `${first.text.slice(0, SHOWN)}…` : first.text;
  return `Line ${first.line}, ${JSON.stringify(text)}, is without effect: ${first.why}.${more} The other lines count.`;
}
