// Opens the GUI on a fake server, for tests: requests go straight to the app, no socket. The browser's files are stubs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppOptions, appRoutes } from '../routes.ts';
import type { FakeServices } from './fake-services.ts';

const STUBS: Readonly<Record<string, string>> = {
  'app.js': '// script',
  'metrics.js': '// script',
  'files.js': '// script',
  'app.css': '/* style */',
  'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'icons.svg': '<svg class="sprite"></svg>',
};

export interface Pages {
  /** A request with a session, as a browser on this site sends it. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Any request, nothing added but the host. */
  request(path: string, init?: RequestInit): Promise<Response>;
  html(path: string): Promise<string>;
  /** A form as a browser on this site sends it, with a session. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export const appFor = (services: FakeServices, options: AppOptions = {}): ReturnType<typeof appRoutes> =>
  withStubs((publicDir) => appRoutes(services, { ...options, publicDir }));

/** @param make  reads the browser's files at once */
export function withStubs<T>(make: (publicDir: string) => T): T {
  const publicDir = mkdtempSync(join(tmpdir(), 'fs-sync-pages-'));
  for (const [name, text] of Object.entries(STUBS)) writeFileSync(join(publicDir, name), text);
  try {
    return make(publicDir);
  } finally {
    rmSync(publicDir, { recursive: true });
  }
}

export function openPages(services: FakeServices, options: AppOptions = {}): Pages {
  const app = appFor(services, options);
  const request = async (path: string, init: RequestInit = {}) => app.request(`http://fs.test${path}`, init);
  const get = (path: string, headers: Record<string, string> = {}) =>
    request(path, { headers: { accept: 'text/html', cookie: 'fs_session=fake-session', ...headers } });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { accept: 'text/html', cookie: 'fs_session=fake-session', origin: 'http://fs.test', ...headers },
    });
  return { request, get, post, html: async (path) => (await get(path)).text() };
}
