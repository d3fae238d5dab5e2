// When a page cannot be shown: what happened, and the next step. The world's errors are told as they are; our own bugs
// go to the log under a number that the page shows.
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { EmptyState } from '../components/empty-state.tsx';
import type { IconName } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { ObjectAbsentError, StoreUnavailableError } from '../core/store/store-errors.ts';
import type { AppEnv } from './context.ts';
import { sendPage } from './page.tsx';
import { explain } from './trouble.tsx';

/** What the address names is not there. The message is for the reader. */
export class NotFoundError extends Error {
  override name = 'NotFoundError';
}

interface Fault {
  readonly status: ContentfulStatusCode;
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
}

export function notFoundPage(c: Context<AppEnv>): Promise<Response> | Response {
  return sendFault(c, {
    status: 404,
    icon: 'search',
    title: 'There is nothing here',
    text: 'The address may be mistyped, or what it showed is gone.',
  });
}

export function errorPage(error: Error, c: Context<AppEnv>): Promise<Response> | Response {
  if (error instanceof HTTPException) return error.getResponse();
  if (error instanceof NotFoundError) {
    return sendFault(c, { status: 404, icon: 'search', title: 'Not found', text: error.message });
  }
  const number = randomUUID().slice(0, 8);
  c.get('services').log?.error({ err: error, path: c.req.path, number }, 'a page could not be shown');
  const ours = error instanceof StoreUnavailableError || error instanceof ObjectAbsentError;
  return sendFault(c, {
    status: ours ? 503 : 500,
    icon: ours ? 'wifi-off' : 'triangle-alert',
    title: ours ? 'Not available right now' : 'This page could not be shown',
    text: `${capital(explain(error))} Try again in a moment; if it stays, look for ${number} in the server's log.`,
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function sendFault(c: Context<AppEnv>, fault: Fault): Promise<Response> | Response {
  if (!c.get('session') || !c.get('assets') || !(c.req.header('accept') ?? '').includes('text/html')) {
    return c.text(`${fault.title}. ${fault.text}\n`, fault.status);
  }
  return sendPage(c, {
    title: fault.title,
    crumbs: [{ text: fault.title }],
    live: { still: '' },
    status: fault.status,
    view: (
      <EmptyState icon={fault.icon} title={fault.title} whole>
        <p>
          <VisibleText value={fault.text} />
        </p>
        <p>
          <a class="button button-primary" href={c.req.method === 'GET' ? requested(c) : '/projects'}>
            Try again
          </a>{' '}
          <a class="button" href="/projects">
            Projects
          </a>
        </p>
      </EmptyState>
    ),
  });
}

function requested(c: Context<AppEnv>): string {
  const url = new URL(c.req.url);
  return `${url.pathname}${url.search}`;
}
