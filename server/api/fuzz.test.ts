// Whatever is sent, the API answers, and never by a fault of its own: requests made from the document's schemas and around them.
// FS_FUZZ_REQUESTS says how many.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeEvent } from '../../app/testing/fake-events.ts';
import { fakeJob } from '../../app/testing/fake-jobs.ts';
import { fakeNodeSummary } from '../../app/testing/fake-nodes.ts';
import { FAKE_TOKEN } from '../../app/testing/fake-services.ts';
import { fakeShare } from '../../app/testing/fake-shares.ts';
import { FAKE_NOW } from '../../app/testing/fake-time.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import { fakeApi } from './api.fakes.ts';

const REQUESTS = Number(process.env.FS_FUZZ_REQUESTS ?? 20_000);
const HANGS_AFTER_MS = 10_000;

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What is there, so that requests get past the first question. */
const KNOWN: Readonly<Record<string, string>> = {
  ...{
    project: 'demo',
    path: 'docs/a.md',
    job: 'a-1',
    node: 'node-a',
    share: 'ab'.padEnd(32, '0'),
    webhook: 'ab'.padEnd(20, '0'),
  },
};

const junkText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', ' ', '\0', '../..', '%', '%2f', 'a\r\nb: c', '\u202e', '\ud800', '__proto__', 'x'.repeat(20_000)),
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  junkText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    -1,
    0.5,
    1e308,
    -0,
    2 ** 53,
    [],
    {},
    [[[[]]]],
    Array.from({ length: 2_000 }, () => 'a'),
  ),
);

function arbitraries(document: Document) {
  const around = (schema: Schema, depth: number): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 14, arbitrary: within(schema, depth) }, { weight: 1, arbitrary: junk });

  function within(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) {
      return within(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, depth);
    }
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const some = schema.anyOf ?? schema.oneOf;
    if (some) return fc.oneof(...some.map((one) => within(one, depth)));
    const types = [schema.type ?? 'null'].flat();
    return fc.oneof(...types.map((type) => ofType(type, schema, depth)));
  }

  function ofType(type: string, schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const { minimum: min = 0, maximum: max = 2 ** 31, minLength = 0 } = schema;
    switch (type) {
      case 'string':
        if (schema.format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
        if (schema.pattern === undefined)
          return fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, 30) });
        return fc.stringMatching(new RegExp(schema.pattern, 'u'));
      case 'integer':
        return fc.integer({ min, max: Math.min(max, 2 ** 31) });
      case 'number':
        return fc.double({ min, max, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(depth > 4 ? fc.constant(null) : around(schema.items ?? {}, depth + 1), { maxLength: 4 });
      case 'object': {
        const fields = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, around(one, depth + 1)]);
        const requiredKeys = (schema.required ?? []) as never[];
        return depth > 4 ? fc.constant({}) : fc.record(Object.fromEntries(fields), { requiredKeys });
      }
      default:
        return fc.constant(null);
    }
  }

  const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  const segment = (name: string, schema: Schema): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(KNOWN[name] ?? 'demo') },
      { weight: 3, arbitrary: within(schema).map(textOf) },
      { weight: 1, arbitrary: junkText },
    );

  function requestTo(path: string, method: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Sent> {
    const inPath = parameters.filter((one) => one.in === 'path');
    const others = parameters.filter((one) => one.in !== 'path');
    const [type = 'application/json', content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const body = content
      ? fc.oneof(
          { weight: 12, arbitrary: around(content.schema, 0).map((value) => JSON.stringify(value) ?? '') },
          {
            weight: 1,
            arbitrary: around(content.schema, 0).map((value) => (JSON.stringify(value) ?? '').slice(0, -1)),
          },
          { weight: 1, arbitrary: junkText },
        )
      : fc.option(junkText, { nil: undefined, freq: 8 });
    return fc
      .record({
        method: fc.oneof(
          { weight: 15, arbitrary: fc.constant(method.toUpperCase()) },
          { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'BREW') },
        ),
        segments: fc.tuple(...inPath.map(({ name, schema }) => segment(name, schema))),
        given: fc.tuple(
          ...others.map(({ schema }) => fc.option(around(schema, 0).map(textOf), { nil: undefined, freq: 2 })),
        ),
        type: fc.oneof(
          { weight: 15, arbitrary: fc.constant(type) },
          {
            weight: 1,
            arbitrary: fc.constantFrom('text/plain', 'application/xml', 'multipart/form-data', '', 'a/b; c=d'),
          },
        ),
        body,
        key: fc.option(fc.constantFrom('one', '"two"', '"', 'x'.repeat(300)), { nil: undefined, freq: 8 }),
      })
      .map(({ method: verb, segments, given, type: sentType, body: sent, key }) => {
        let at = path;
        for (const [i, { name }] of inPath.entries()) at = at.replace(`{${name}}`, escaped(segments[i] ?? ''));
        const query = new URLSearchParams();
        const headers: Record<string, string> = { authorization: `Bearer ${FAKE_TOKEN}` };
        for (const [i, one] of others.entries()) {
          const value = given[i];
          if (value === undefined) continue;
          if (one.in === 'query') query.append(one.name, value);
          else headers[one.name] = value;
        }
        if (sent !== undefined && sentType !== '') headers['content-type'] = sentType;
        if (key !== undefined) headers['idempotency-key'] = key;
        return { method: verb, path: `${at}?${query}`, headers, body: sent };
      });
  }

  const requests = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestTo(path, method, operation)),
  );
  return fc.oneof(...requests);
}

const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());

/** @returns undefined for what no client could send */
function requestOf({ method, path, headers, body }: Sent, signal: AbortSignal): Request | undefined {
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined;
  try {
    return new Request(`http://fs.test${path}`, { method, headers, signal, ...(hasBody && { body }) });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function filled() {
  const api = fakeApi();
  const { services } = api;
  services.put('demo', { path: 'docs/a.md', content: 'a' });
  services.job(fakeJob('a-1', { kind: 'repair', project: 'demo' as ProjectName }));
  services.node(fakeNodeSummary('node-a'));
  services.madeShares = [fakeShare('ab'), fakeShare('5f'.repeat(16))];
  services.emit(fakeEvent('ProjectCreated', { name: 'demo' as ProjectName }, FAKE_NOW, { project: 'demo' }));
  const faults: unknown[] = [];
  const said = () => undefined;
  Object.assign(services, {
    log: { info: said, warn: said, debug: said, error: (about: unknown) => faults.push(about) },
  });
  return { ...api, faults };
}

test('no request brings a fault of the server out, and none is left without an answer', async () => {
  const { app, faults } = filled();
  const document = (await (await app.request('/openapi.json')).json()) as Document;
  const byStatus = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(arbitraries(document), async (sent) => {
      const hanging = new AbortController();
      const timer = setTimeout(() => hanging.abort(new Error('it hangs')), HANGS_AFTER_MS);
      try {
        const request = requestOf(sent, hanging.signal);
        if (!request) return;
        const hung = new Promise<never>((_, reject) =>
          hanging.signal.addEventListener('abort', () => reject(hanging.signal.reason), { once: true }),
        );
        const response = await Promise.race([app.request(request), hung]);
        byStatus.set(response.status, (byStatus.get(response.status) ?? 0) + 1);
        if (response.headers.get('content-type')?.startsWith('text/event-stream')) await response.body?.cancel();
        else await Promise.race([response.arrayBuffer(), hung]);
        expect([response.status >= 500, faults]).toEqual([false, []]);
      } finally {
        clearTimeout(timer);
      }
    }),
    { numRuns: REQUESTS },
  );
  const done = [...byStatus].filter(([status]) => status < 300).reduce((sum, [, count]) => sum + count, 0);
  const refused = [...byStatus].filter(([status]) => status >= 400).reduce((sum, [, count]) => sum + count, 0);
  expect(done).toBeGreaterThan(REQUESTS / 10);
  expect(refused).toBeGreaterThan(REQUESTS / 10);
}, 300_000);
