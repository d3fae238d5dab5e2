// The page of the API has all that the document has, for everybody, and runs nothing.
import { expect, test } from 'vitest';
import type { ApiDocument } from '../../app/api-document.ts';
import { openPages } from '../../app/testing/open-pages.ts';
import { PROBLEMS } from '../../core/api/problem.ts';
import { fakeApi } from './api.fakes.ts';

test('every operation with a command to try it, and every problem code at its own place; no session is needed', async () => {
  const { services, app } = fakeApi();
  const document = (await (await app.request('/openapi.json')).json()) as ApiDocument;
  const pages = openPages(services, { apiDocument: async () => document });
  const answer = await pages.request('/api/v1/docs');
  expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([
    200,
    expect.stringContaining("script-src 'self'"),
  ]);
  const html = await answer.text();
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  expect(operations.length).toBeGreaterThan(50);
  for (const { operationId } of operations) expect(html).toContain(`id="${operationId}"`);
  for (const code of Object.keys(PROBLEMS)) expect(html).toContain(`<tr id="${code}">`);
  expect(html.match(/<code>curl /g)?.length).toBe(operations.length);
  expect(html).not.toMatch(/<script(?![^>]*src="\/assets\/)/);
});

test('patterns of the document are those of JSON Schema, which has no flags', async () => {
  const { app } = fakeApi();
  const text = await (await app.request('/openapi.json')).text();
  const patterns = [...text.matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)].map(([, pattern = '']) => pattern);
  expect(patterns.length).toBeGreaterThan(10);
  for (const pattern of patterns) expect(pattern).not.toMatch(/\/[a-z]+$/);
});
