// The API on services that a test brings, asked without a socket.
import { expect } from 'vitest';
import type { AppServices } from '../../app/context.ts';
import { tokenGuesses } from '../../app/rate-limit.ts';
import { FAKE_TOKEN, FakeServices } from '../../app/testing/fake-services.ts';
import { type Problem, problemSchema } from '../../core/api/problem.ts';
import { apiRoutes } from './api.ts';

export function apiOn(services: AppServices) {
  const app = apiRoutes(services, { guesses: tokenGuesses(), rate: { perSecond: 1_000, burst: 1_000 } });
  const ask = async (path: string, init: RequestInit = {}) =>
    app.request(`http://fs.test/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${FAKE_TOKEN}`, ...init.headers },
    });
  const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return { app, ask, send };
}

/** The same on a server that exists only in memory, with paths as they are. */
export function fakeApi() {
  const services = new FakeServices();
  const app = apiRoutes(services, { guesses: tokenGuesses(), rate: { perSecond: 100_000, burst: 100_000 } });
  const ask = async (path: string, init: RequestInit = {}) =>
    app.request(`http://fs.test${path}`, {
      ...init,
      headers: { authorization: `Bearer ${FAKE_TOKEN}`, ...init.headers },
    });
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const post = (path: string, body: unknown) => send('POST', path, body);
  return { services, app, ask, send, post };
}

export async function problemIn(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}
