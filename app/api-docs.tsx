// The page of the HTTP API, drawn from its own document: each operation with what it takes, a command to try it with, and what
// each problem code means. No script of anybody, and open to who has no session: there is no secret in it.
import { type Context, Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import { Icon } from '../components/icon.tsx';
import { PROBLEMS } from '../core/api/problem.ts';
import { type ApiDocument, operationsOf } from './api-document.ts';
import { OperationPart, Words } from './api-operation.tsx';
import type { AppEnv } from './context.ts';
import { sendPage } from './page.tsx';
import { SESSION_COOKIE } from './session.ts';
import { API_DOCS_URL } from './url.ts';

/** @param document  asked once */
export function apiDocsRoutes(document: () => Promise<ApiDocument>): Hono<AppEnv> {
  let known: Promise<ApiDocument> | undefined;
  return new Hono<AppEnv>().get(API_DOCS_URL, async (c) => {
    known ??= document();
    const session = c.get('services').auth.session(getCookie(c, SESSION_COOKIE));
    if (session) c.set('session', session);
    return docsPage(c, await known);
  });
}

function docsPage(c: Context<AppEnv>, document: ApiDocument): Response | Promise<Response> {
  const all = operationsOf(document);
  const tags = [...new Set(all.flatMap(({ operation }) => operation.tags))];
  const base = new URL(c.req.url).origin;
  const { schemas } = document.components;
  return sendPage(c, {
    title: 'HTTP API',
    section: 'settings',
    crumbs: [{ text: 'HTTP API' }],
    live: { still: '' },
    view: (
      <div class="api">
        <header class="head">
          <h1>HTTP API</h1>
          <a class="button head-end" href="/openapi.json">
            <Icon name="file-code" />
            openapi.json
          </a>
        </header>
        <p>
          <Words text={document.info.description ?? ''} />
        </p>
        <p>
          Requests show a <a href="/settings/tokens">token</a>, as <code>Authorization: Bearer …</code>; clients are
          made from <a href="/openapi.json">/openapi.json</a>.
        </p>
        <nav class="filter-chips" aria-label="Parts of the API">
          {tags.map((tag) => (
            <a class="filter-chip" href={`#${idOf(tag)}`}>
              {tag}
            </a>
          ))}
          <a class="filter-chip" href="#problems">
            Problems
          </a>
        </nav>
        {tags.map((tag) => (
          <section class="panel" aria-labelledby={idOf(tag)}>
            <h2 id={idOf(tag)}>{tag}</h2>
            {all
              .filter(({ operation }) => operation.tags.includes(tag))
              .map((one) => (
                <OperationPart {...one} base={base} schemas={schemas} />
              ))}
          </section>
        ))}
        <Problems />
      </div>
    ),
  });
}

const idOf = (text: string): string => `part-${text.toLowerCase().replace(/[^a-z]+/g, '-')}`;

function Problems() {
  return (
    <section class="panel" aria-labelledby="problems">
      <h2 id="problems">Problems</h2>
      <p>
        What was not done is answered as <code>application/problem+json</code> (RFC 9457). Programs go by{' '}
        <code>code</code>; <code>detail</code> has the value and the rule, <code>field</code> names what is meant,{' '}
        <code>next</code> says what to do.
      </p>
      <table class="api-table api-problems">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Status</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(PROBLEMS).map(([code, { status, title }]) => (
            <tr id={code}>
              <td>
                <a href={`#${code}`}>
                  <code>{code}</code>
                </a>
              </td>
              <td class="num">{status}</td>
              <td>{title}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
