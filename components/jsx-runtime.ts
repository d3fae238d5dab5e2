// What JSX compiles to here (`jsxImportSource` in tsconfig.json): an element is its HTML from the moment that it is made, so
// a page is written once and no tree of nodes is kept for it. Rendering is synchronous and has no context, because pages load
// first and render after. Hono's own renderer follows a render across awaits, and for that slows down every promise of the
// process; its types of elements and attributes are the ones that are checked.
import { raw } from 'hono/html';
import type { JSX } from 'hono/jsx/jsx-runtime';

export type { JSX };

type Html = ReturnType<typeof raw>;
type Props = Readonly<Record<string, unknown>>;
type Component = (props: Props) => unknown;

/** They have no content and no end tag. */
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));

/** They are there or not; every other attribute says `true` and `false` in words. */
const BOOLEAN = new Set(
  `allowfullscreen async autofocus autoplay checked controls default defer disabled formnovalidate hidden inert ismap itemscope
  loop multiple muted nomodule novalidate open playsinline readonly required reversed selected`.split(/\s+/),
);

export function jsx(tag: string | Component, props: Props): Html {
  if (typeof tag === 'function') return raw(textOf(tag(props)));
  let text = `<${tag}`;
  for (const name in props) if (name !== 'children') text += attribute(name, props[name]);
  return raw(VOID.has(tag) ? `${text}/>` : `${text}>${textOf(props.children)}</${tag}>`);
}

export const jsxs = jsx;
export const jsxDEV = jsx;

export const Fragment = ({ children }: Props): Html => raw(textOf(children));

function attribute(name: string, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${opening(name)}${escaped(value)}"`;
    case 'number':
      return `${opening(name)}${value}"`;
    case 'boolean':
      if (BOOLEAN.has(name)) return value ? `${opening(name)}"` : '';
      return `${opening(name)}${value}"`;
    default:
      if (value === undefined || value === null) return '';
      throw new TypeError(`the attribute ${name} is of type ${typeof value}: give text, a number or a boolean`);
  }
}

const openings = new Map<string, string>();

/** Names are the program's own, so there are few; one that could end the attribute is a mistake in it. */
function opening(name: string): string {
  const known = openings.get(name);
  if (known !== undefined) return known;
  if (!/^[\w:.-]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of an attribute`);
  const text = ` ${name}="`;
  openings.set(name, text);
  return text;
}

/** What stands between two tags. Text is escaped; what is an element already is not. */
function textOf(child: unknown): string {
  if (typeof child === 'string') return escaped(child);
  if (typeof child === 'number') return String(child);
  if (child === undefined || child === null || typeof child === 'boolean') return '';
  if (Array.isArray(child)) {
    let text = '';
    for (const one of child) text += textOf(one);
    return text;
  }
  if (isHtml(child)) return child.toString();
  throw new TypeError(`a child is of type ${typeof child}: give text, a number or an element`);
}

const isHtml = (child: unknown): child is Html => child instanceof String && 'isEscaped' in child;

const SPECIAL = /[&<>"'\r]/;
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // The parser would turn a bare one into a line feed, and a path must come back byte for byte.
  '\r': '&#13;',
};

const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replace(/[&<>"'\r]/g, (char) => REFERENCES[char] ?? char) : text;
