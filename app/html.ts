// From JSX to the text that is sent. One place, because of one rule: a carriage return is written as a character
// reference. The HTML parser would turn a bare one into a line feed, and a path must come back byte for byte.
import { raw } from 'hono/html';
import type { JSX } from 'hono/jsx/jsx-runtime';
import { assert } from '../core/model/assert.ts';

export type Html = ReturnType<typeof raw>;

/** @throws AssertionError for a tree with asynchronous parts: pages load first and render after */
export function toHtml(node: JSX.Element): string {
  const text: unknown = node.toString();
  assert(typeof text === 'string', 'pages render synchronously');
  return text.replaceAll('\r', '&#13;');
}

/** Text that has been rendered by `toHtml` already. */
export const rendered = (html: string): Html => raw(html);
