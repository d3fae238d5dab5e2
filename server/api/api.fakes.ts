// The API on services that a test brings, asked without a socket.
import { expect } from 'vitest';
import type { AppServices } from '../../app/context.ts';
import { tokenGuesses } from '../../app/rate-limit.ts';
import { FAKE_TOKEN } from '../../app/testing/fake-services.ts';
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

export async function problemIn(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}
