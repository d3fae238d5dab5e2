// The pages of the HTTP API, drawn from its own document: each operation with what it takes, a command to try it with, and what
// each problem code means. No script of anybody, and open to who has no session: there is no secret in it.
import { type Context, Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import { PROBLEMS } from '../core/api/problem.ts';
import type { AppEnv } from './context.ts';
import { sendPage } from './page.tsx';
import { SESSION_COOKIE } from './session.ts';
import { API_DOCS_URL } from './url.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
/** As much of an OpenAPI document as is shown. */
export interface ApiDocument {
  readonly info: { readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

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
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const tags = [...new Set(all.flatMap(({ operation }) => operation.tags))];
  const base = new URL(c.req.url).origin;
  return sendPage(c, {
    title: 'HTTP API',
    crumbs: [{ text: 'HTTP API' }],
    live: { still: 'a document' },
    view: (
      <div>
        <header class="head">
          <h1>HTTP API</h1>
        </header>
        <section class="side-card">
          <p>{document.info.description}</p>
          <p>
            Requests show a token, made under <a href="/settings">Settings</a>: <code>Authorization: Bearer …</code>.
            The document from which clients are made is <a href="/openapi.json">/openapi.json</a>.
          </p>
          <nav aria-label="Parts of the API">
            <ul>
              {tags.map((tag) => (
                <li>
                  <a href={`#${idOf(tag)}`}>{tag}</a>
                </li>
              ))}
              <li>
                <a href="#problems">Problems</a>
              </li>
            </ul>
          </nav>
        </section>
        {tags.map((tag) => (
          <section class="side-card" aria-labelledby={idOf(tag)}>
            <h2 id={idOf(tag)}>{tag}</h2>
            {all
              .filter(({ operation }) => operation.tags.includes(tag))
              .map((one) => (
                <OperationPart {...one} base={base} schemas={document.components.schemas} />
              ))}
          </section>
        ))}
        <Problems />
      </div>
    ),
  });
}

const idOf = (text: string): string => `part-${text.toLowerCase().replace(/[^a-z]+/g, '-')}`;

interface Shown {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly base: string;
  readonly schemas: ApiDocument['components']['schemas'];
}

function OperationPart({ path, method, operation, base, schemas }: Shown) {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const schema = requestBody?.content['application/json']?.schema;
  const answers = Object.entries(responses).filter(([status]) => status !== 'default');
  return (
    <details id={operationId}>
      <summary>
        <code class="mono">{method}</code> <code class="breakable">{path}</code>
        <span class="muted">{summary}</span>
      </summary>
      {description.split('\n\n').map((text) => (
        <p>{text.replaceAll('`', '')}</p>
      ))}
      {parameters.length + fieldsOf(schema, schemas).length === 0 ? null : (
        <div class="lines">
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">In</th>
                <th scope="col">Type</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {[...parameters, ...fieldsOf(schema, schemas)].map((one) => (
                <tr>
                  <td>
                    <code>{one.name}</code>
                    {one.required === true ? '' : <span class="muted"> optional</span>}
                  </td>
                  <td>{one.in}</td>
                  <td>{typeOf(one.schema)}</td>
                  <td>{(one.description ?? one.schema.description ?? '').replaceAll('`', '')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p>
        Answers{' '}
        {answers.map(([status, answer], i) => (
          <>
            {i > 0 ? ', or ' : ''}
            <code>{status}</code>: {answer.description.replaceAll('`', '')}
          </>
        ))}
        ; or a <a href="#problems">problem</a>.
      </p>
      <pre class="lines">
        <code>{curlOf({ path, method, operation, base, schemas })}</code>
      </pre>
    </details>
  );
}

/** What a JSON body has, a row a field. */
function fieldsOf(schema: Schema | undefined, schemas: Shown['schemas']): readonly Parameter[] {
  const { properties = {}, required = [] } = resolved(schema, schemas);
  return Object.entries(properties).map(([name, one]) => ({
    ...{ name, in: 'body', schema: one, required: required.includes(name) },
  }));
}

const resolved = (schema: Schema | undefined, schemas: Shown['schemas']): Schema =>
  schema?.$ref === undefined ? (schema ?? {}) : (schemas[nameIn(schema.$ref)] ?? {});

const nameIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return nameIn(schema.$ref);
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  const some = schema.anyOf ?? schema.oneOf;
  if (some) return some.map(typeOf).join(' | ');
  if (schema.items) return `${typeOf(schema.items)}[]`;
  return schema.format ?? [schema.type ?? ''].flat().join(' | ');
}

function curlOf({ path, method, operation, base, schemas }: Shown): string {
  const { parameters = [], requestBody } = operation;
  const query = parameters.filter((one) => one.in === 'query' && one.required === true).map(({ name }) => `${name}=…`);
  const address = `${base}${path.replace(/\{(\w+)\}/g, '$1')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  const headers = parameters.filter((one) => one.in === 'header' && one.required === true);
  const schema = requestBody?.content['application/json']?.schema;
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} -H "Authorization: Bearer $TOKEN"`,
    ...headers.map(({ name }) => `  -H '${name}: …'`),
    ...(schema ? [`  -H 'Content-Type: application/json' -d '${JSON.stringify(exampleOf(schema, schemas))}'`] : []),
    ...(requestBody && !schema ? ['  --data-binary @file'] : []),
    `  '${address}'`,
  ];
  return lines.join(' \\\n');
}

/** What is required of it, and one field where nothing is. */
function exampleOf(schema: Schema, schemas: Shown['schemas'], depth = 0): unknown {
  const { type, properties, required = [], items, enum: words, const: word, anyOf, oneOf } = resolved(schema, schemas);
  const [some] = anyOf ?? oneOf ?? [];
  if (word !== undefined) return word;
  if (words) return words[0];
  if (some) return exampleOf(some, schemas, depth);
  if (properties && depth < 4) {
    const names = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
    return Object.fromEntries(names.map((name) => [name, exampleOf(properties[name] ?? {}, schemas, depth + 1)]));
  }
  if (items && depth < 4) return [exampleOf(items, schemas, depth + 1)];
  switch ([type].flat()[0]) {
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    default:
      return '…';
  }
}

function Problems() {
  return (
    <section class="side-card" aria-labelledby="problems">
      <h2 id="problems">Problems</h2>
      <p>
        What was not done is answered as application/problem+json (RFC 9457). Programs go by <code>code</code>;{' '}
        <code>detail</code> has the value and the rule, <code>field</code> names what is meant, <code>next</code> says
        what to do.
      </p>
      <div class="lines">
        <table>
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
      </div>
    </section>
  );
}
