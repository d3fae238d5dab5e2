// The whole GUI as one Hono app. The composition root mounts it at `/` and hands in what pages see of the server.
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { addRoutes } from './add-files.tsx';
import { apiDocsRoutes } from './api-docs.tsx';
import type { ApiDocument } from './api-document.ts';
import { loadAssets } from './assets.ts';
import { auditRoutes } from './audit.tsx';
import type { AppEnv, AppServices } from './context.ts';
import { errorPage, notFoundPage } from './error-page.tsx';
import { eventRoutes } from './events.tsx';
import { fileRoutes } from './files.tsx';
import { historyRoutes } from './history.tsx';
import { jobActionRoutes } from './job-actions.tsx';
import { jobRoutes } from './jobs.tsx';
import { rememberProject } from './last-project.tsx';
import { metricsRoutes } from './metrics.tsx';
import { nodeActionRoutes } from './node-actions.tsx';
import { nodeRoutes } from './nodes.tsx';
import { paletteRoutes } from './palette.tsx';
import { projectActionRoutes } from './project-actions.tsx';
import { manageRoutes } from './project-manage.tsx';
import { projectRoutes } from './projects.tsx';
import { type RateLimit, tokenGuesses } from './rate-limit.ts';
import { sameOriginChanges, securityHeaders } from './security.ts';
import { selectionRoutes } from './selection.tsx';
import { requireSession } from './session.ts';
import { settingsRoutes } from './settings.tsx';
import { shareActionRoutes } from './share-actions.tsx';
import { shareLinkRoutes } from './share-open.tsx';
import { shareRoutes } from './shares.tsx';
import { signInRoutes } from './sign-in.tsx';
import { startRoutes } from './start.tsx';
import { themeRoutes } from './theme.ts';
import { tokenRoutes } from './tokens.tsx';
import { webhookRoutes } from './webhooks.tsx';
import { whyRoutes } from './why.tsx';

export interface AppOptions {
  /** where the built browser files are; default: `public` beside the folder of the built program, which is `dist/public` */
  readonly publicDir?: string;
  /** milliseconds since 1970, as share links go by; default: the system's clock */
  readonly now?: () => number;
  /** Wrong admin tokens, counted with those that are shown elsewhere; default: its own count. */
  readonly guesses?: RateLimit;
  /** what the HTTP API says of itself; absent: there is no page of it */
  readonly apiDocument?: () => Promise<ApiDocument>;
}

export function appRoutes(services: AppServices, options: AppOptions = {}): Hono<AppEnv> {
  const assets = loadAssets(options.publicDir ?? fileURLToPath(new URL('../public/', import.meta.url)));
  return new Hono<AppEnv>()
    .use(securityHeaders, sameOriginChanges)
    .use((c, next) => {
      c.set('services', services);
      c.set('assets', assets);
      return next();
    })
    .get('/assets/*', (c) => assets.serve(c))
    .get('/favicon.ico', (c) => c.redirect(assets.url('favicon.svg'), 302))
    .route('/', signInRoutes(options.guesses ?? tokenGuesses()))
    .route('/', themeRoutes)
    .route('/', options.apiDocument ? apiDocsRoutes(options.apiDocument) : new Hono<AppEnv>())
    .route('/', shareLinkRoutes(options.now))
    .use(requireSession)
    .use('/p/:project/*', rememberProject)
    .route('/', selectionRoutes)
    .route('/', addRoutes)
    .route('/', projectRoutes)
    .route('/', projectActionRoutes)
    .route('/', manageRoutes)
    .route('/', jobRoutes)
    .route('/', jobActionRoutes)
    .route('/', fileRoutes)
    .route('/', historyRoutes)
    .route('/', eventRoutes)
    .route('/', metricsRoutes)
    .route('/', whyRoutes)
    .route('/', settingsRoutes)
    .route('/', tokenRoutes)
    .route('/', webhookRoutes)
    .route('/', auditRoutes)
    .route('/', shareRoutes)
    .route('/', shareActionRoutes)
    .route('/', nodeRoutes)
    .route('/', nodeActionRoutes)
    .route('/', startRoutes)
    .route('/', paletteRoutes)
    .all('*', notFoundPage)
    .onError(errorPage);
}
