// A server of share links on tiers that a test brings, asked as browsers and programs ask it, without a socket.
import { FakeAudit } from '../app/testing/fake-audit.ts';
import { FakeServices } from '../app/testing/fake-services.ts';
import { appFor } from '../app/testing/open-pages.ts';
import { readCurrent } from '../core/commit/current.ts';
import type { worksOn } from '../core/lifecycle/works.fakes.ts';
import { assert } from '../core/model/assert.ts';
import { silentLog } from '../core/model/log.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { createShare, type NewShare } from '../core/share/shares.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { ACTOR, PROJECT } from '../core/testing/test-project.ts';
import { TieredReader } from '../core/tier/tiered-reader.ts';
import { openSharing, type SharingIo } from './sharing.ts';

export const DOC = { project: PROJECT, kind: 'file', path: parseRelPath('docs/Übersicht "1".html') } as const;
export const HTML = '<script>alert(1)</script>';

type Tiers = Pick<
  Awaited<ReturnType<typeof worksOn<ColdStore>>>,
  'io' | 'clock' | 'told' | 'rehydrator' | 'tiers' | 'hot' | 'write'
>;
type Link = FakeServices['queries']['link'];

/** With three files in the project.
 *  @param link  where browsers get what only cold has */
export async function shareServer(tiers: Tiers, link: Link = async () => undefined) {
  const { io: stores, clock, told, rehydrator } = tiers;
  const ending = new AbortController();
  const reader = new TieredReader(tiers.tiers, rehydrator, ending.signal);
  const audit = new FakeAudit(clock.now());
  const sharingIo: SharingIo = {
    tenant: tiers.tiers.tenant,
    shares: memoryKeyValue(),
    events: tiers.tiers.events,
    tree: { index: stores.index, objects: tiers.hot, nodes: stores.nodes },
    reader,
    adminToken: 'an-admin-token-of-the-test',
    audit,
    clock,
    log: silentLog,
  };
  const sharing = openSharing(sharingIo, () => undefined);
  const fake = new FakeServices();
  let away: Error | undefined;
  const services = Object.assign(fake, {
    sharedLinks: sharing.links,
    queries: {
      ...fake.queries,
      link,
      read: async (...[sha, project, range]: Parameters<typeof fake.queries.read>) => {
        if (away) throw away;
        return reader.read(sha, { ...(project !== undefined && { project }), ...(range && { range }) });
      },
    },
  });
  // The app's own clock says when a link ends.
  const app = appFor(services, { now: clock.now });
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    app.request(`http://fs.test${path}`, { method, headers: { accept: 'text/html', ...headers } });
  const post = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    app.request(`http://fs.test${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: 'http://fs.test', ...headers },
    });
  await tiers.write(DOC.path, HTML);
  await tiers.write('docs/sub/b.txt', 'bee');
  await tiers.write('secret.txt', 'hidden');
  return {
    ...{ sharing, sharingIo, get, post, audit },
    fail: (error: Error) => (away = error),
    share: async (asked: Partial<NewShare> = {}) => {
      const at = await readCurrent(stores.index, PROJECT);
      assert(at, 'the project is there');
      const { share, token } = await createShare(sharingIo, { scope: DOC, since: at.revision, actor: ACTOR, ...asked });
      return { id: share.id, token, path: `/s/${token}` };
    },
    events: () => told.filter(({ type }) => type.startsWith('Share')).map(({ type }) => type),
  };
}
