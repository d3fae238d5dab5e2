// From JSX to the text that is sent, and back into JSX.
import { raw } from 'hono/html';
import type { JSX } from 'hono/jsx/jsx-runtime';

export type Html = ReturnType<typeof raw>;

export const toHtml = (node: JSX.Element): string => String(node);

/** Text that has been rendered by `toHtml` already. */
export const rendered = (html: string): Html => raw(html);
