// The pages with made-up data, for looking at them in a browser: bundle this file, point PREVIEW_DIR at the built
// browser files (dist/public) and run it. Prints its address.

import { resolve } from 'node:path';
import { serve } from '@hono/node-server';
import { fakeSha, type NodeId } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { appRoutes } from '../routes.ts';
import { fakeEvent, oneOfEach } from './fake-events.ts';
import { FAKE_TOKEN, FakeServices } from './fake-services.ts';
import { markdown } from './preview-files.ts';
import { addJobs } from './preview-jobs.ts';
import { addNodes } from './preview-nodes.ts';
import { addProjects } from './preview-projects.ts';

const now = Date.now();
const services = new FakeServices();
addProjects(services, now);
addNodes(services, now);
addJobs(services, now);

for (let i = 0; i < 30; i++) {
  for (const event of oneOfEach(now - (31 - i) * 20_000)) services.emit(event);
}
services.emit(
  fakeEvent(
    'PathCreated',
    {
      path: 'notes/<img src=x onerror=alert(1)>.txt' as RelPath,
      entry: { sha: fakeSha('x'), size: 8, mode: 420, mtime: now },
      commit_sha: fakeSha('c'),
    },
    now - 5000,
    { project: 'demo' },
  ),
);
services.emit(
  fakeEvent(
    'PathCreated',
    {
      path: 'notes/invoice\u202efdp.exe' as RelPath,
      entry: { sha: fakeSha('x'), size: 120, mode: 420, mtime: now },
      commit_sha: fakeSha('c'),
    },
    now - 4000,
    { project: 'demo' },
  ),
);
services.emit(fakeEvent('NodeJoined', { node: 'node-b' as NodeId, version: '0.1.0' }, now - 3000, { actor: 'node-b' }));

let saved = 0;
if (process.env.PREVIEW_LIVE === '1') {
  setInterval(() => {
    saved++;
    const path = `docs/live-${saved % 4}.md`;
    services.put('demo', {
      path,
      content: `${markdown}${saved}`,
      mime: 'text/markdown',
      modifiedAt: Date.now(),
      tiers: { hot: true, cold: null },
    });
    for (const event of oneOfEach(Date.now(), path).slice(5, 7)) services.emit(event);
  }, 700);
}

const publicDir = resolve(process.env.PREVIEW_DIR ?? 'dist/public');
const app = appRoutes(services, { publicDir });
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8091), hostname: '127.0.0.1' }, ({ port }) =>
  process.stdout.write(`http://127.0.0.1:${port}/sign-in#token=${FAKE_TOKEN}\n`),
);
