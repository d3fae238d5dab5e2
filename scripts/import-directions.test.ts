// The checker is trusted by everyone who runs `npm run check`, so each rule is seen to bite.
import { describe, expect, test } from 'vitest';
import { brokenRule, importsOf } from './import-directions.mjs';

describe('imports are read', () => {
  test('over several lines, by export, bare, dynamic, and with their line', () => {
    const source = [
      'import { a,',
      "  b } from './a.ts';",
      "export * from './b.ts';",
      "import './c.css';",
      "const d = await import('./d.ts');",
    ].join('\n');
    expect(importsOf(source)).toEqual([
      { specifier: './a.ts', typeOnly: false, line: 1 },
      { specifier: './b.ts', typeOnly: false, line: 3 },
      { specifier: './c.css', typeOnly: false, line: 4 },
      { specifier: './d.ts', typeOnly: false, line: 5 },
    ]);
  });

  test('as types only when no name brings a value', () => {
    const typeOnly = (source: string) => importsOf(source)[0]?.typeOnly;
    expect(typeOnly("import type { A } from './a.ts';")).toBe(true);
    expect(typeOnly("import { type A, type B } from './a.ts';")).toBe(true);
    expect(typeOnly("import { type A, b } from './a.ts';")).toBe(false);
  });

  test('and prose or strings that only look like one are not', () => {
    expect(importsOf("// import './x.ts' is how\nconst s = \"from './y.ts'\";")).toEqual([]);
  });
});

const value = (file: string, specifier: string) => brokenRule(file, { specifier, typeOnly: false });
const type = (file: string, specifier: string) => brokenRule(file, { specifier, typeOnly: true });

describe('directions', () => {
  test('core imports no other folder', () => {
    expect(value('core/sync/plan.ts', '../../server/main.ts')).toBe('core may not import server');
    expect(value('core/sync/plan.ts', '../model/ids.ts')).toBeUndefined();
  });

  test('the agent does not import the server', () => {
    expect(value('agent/up.ts', '../server/main.ts')).toBe('agent may not import server');
    expect(value('agent/up.ts', '../core/model/ids.ts')).toBeUndefined();
  });

  test('components take types from core, and values from its model only', () => {
    expect(type('components/tree.tsx', '../core/store/cold-store.ts')).toBeUndefined();
    expect(value('components/tree.tsx', '../core/model/event.ts')).toBeUndefined();
    expect(value('components/tree.tsx', '../core/store/dir-cold-store.ts')).toContain('only types');
    expect(value('components/tree.tsx', '../app/routes.ts')).toBe('components may not import app');
  });

  test('pages do not import the server, and the server imports pages', () => {
    expect(value('app/files.tsx', '../server/http.ts')).toBe('app may not import server');
    expect(value('server/http.ts', '../app/routes.ts')).toBeUndefined();
  });
});

describe('packages of core', () => {
  test('an SDK is imported only by its adapters', () => {
    expect(value('core/store/s3-cold-store.ts', '@aws-sdk/client-s3')).toBeUndefined();
    expect(value('core/store/nats-objects.ts', '@nats-io/jetstream')).toBeUndefined();
    expect(value('core/commit/commit.ts', '@nats-io/kv')).toContain('only the nats-* and s3-* files');
    expect(type('core/commit/commit.ts', '@aws-sdk/client-s3')).toContain('only the nats-* and s3-* files');
  });

  test('no web framework, and test packages in tests only', () => {
    expect(value('core/sync/plan.ts', 'hono')).toBe('core may not import the package hono');
    expect(value('core/sync/plan.ts', 'vitest')).toBe('core may not import the package vitest');
    expect(value('core/sync/plan.test.ts', 'vitest')).toBeUndefined();
    expect(value('core/sync/plan.ts', 'node:fs')).toBeUndefined();
  });
});
