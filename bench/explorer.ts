// The explorer on a project of a million paths: what a page costs the server, from the request to the last byte, and how
// large it is on the wire. Each page that counts shows other rows than the one before, so that nothing is answered
// from what was just read; what a page shows is compared with what has to be there.
import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { jobPageSchema } from '../core/api/job.ts';
import type { CommitIo } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { listTree } from '../core/manifest/list.ts';
import { assert } from '../core/model/assert.ts';
import { isFile } from '../core/model/entry.ts';
import { traceOf } from '../core/model/event.ts';
import { type ProjectName, parseProjectName, type Sha } from '../core/model/ids.ts';
import { announcedKey } from '../core/model/index-keys.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { ACTOR, DEEP, type Layout, projectOf, WIDE } from './large-project.ts';
import { percentile, type Report, rounded } from './row.ts';
import { type BenchedServer, withServer } from './server.ts';

const PATHS = 1_000_000;
const PAGE_ROWS = 200;
const WARM_UP = 20;
const LOOK_EVERY_MS = 200;
const PAGES = 200;
const TARGET_MS = 30;
const TARGET_BYTES = 60_000;
/** As of the server with a file of 5 GiB. */
const TARGET_SWEPT_MB = 400;
const SUBJECTS: readonly { name: string; layout: Layout; prefix: RelPath | ''; what: string }[] = [
  { name: 'deep', layout: DEEP, prefix: '', what: '200 of 1,000 directories' },
  { name: 'wide', layout: WIDE, prefix: WIDE.pathOf(0).split('/')[0] as RelPath, what: '200 of 1,000,000 files' },
];

export async function run(report: Report): Promise<void> {
  await withServer(
    async (io) => {
      for (const { name, layout } of SUBJECTS) {
        await projectOf(io, parseProjectName(name), layout, PATHS);
        await asIfTold(io, parseProjectName(name));
      }
    },
    async (server) => {
      await indexed(server, report);
      await swept(server, report);
      await measureSearch(server, report);
      for (const subject of SUBJECTS) await measure(server, subject, report);
    },
  );
}

/** Two million events for each first commit are not what is measured: they count as told and aged. */
async function asIfTold(io: CommitIo, project: ProjectName): Promise<void> {
  const at = await readCurrent(io.index, project);
  assert(at, 'the project is there');
  const { commit_sha: sha, ts } = at.current;
  await io.index.put(announcedKey(project), Buffer.from(JSON.stringify({ sha, ts })));
}

async function measure(server: BenchedServer, subject: (typeof SUBJECTS)[number], report: Report): Promise<void> {
  const { name, prefix, what } = subject;
  const cursors = await cursorsOf(server, subject);
  await tell(
    server,
    cursors.flatMap(({ shas }) => shas),
  );
  const times: number[] = [];
  const sizes: number[] = [];
  for (let i = -WARM_UP; i < PAGES; i++) {
    const { cursor, paths } = cursors[(i + WARM_UP) % cursors.length] ??
      cursors[0] ?? { cursor: undefined, paths: [], shas: [] };
    const query = new URLSearchParams({ ...(prefix && { path: prefix }), ...(cursor && { cursor }) });
    const start = performance.now();
    const page = await bodyOf(await server.open(`/p/${name}/files?${query}`));
    const elapsed = performance.now() - start;
    const missing = paths.find((path) => !page.html.includes(`data-path="${path}"`));
    assert(missing === undefined, `the page shows ${missing}`);
    if (i < 0) continue;
    times.push(elapsed);
    sizes.push(page.wireBytes);
  }
  const row = (label: string, value: number, unit: string, target: number) =>
    report({
      bench: 'explorer',
      case: `${label}, ${what}, 1M paths`,
      value: rounded(value),
      unit,
      better: 'lower',
      target,
      ok: value <= target,
    });
  row('page p50', percentile(times, 0.5), 'ms', TARGET_MS);
  row('page, largest', Math.max(...sizes) / 1000, 'kB gzipped', TARGET_BYTES / 1000);
}

/** What is measured later does not share the server with a first look at a million paths, which is measured itself. */
async function indexed(server: BenchedServer, report: Report): Promise<void> {
  const start = performance.now();
  for (const { name } of SUBJECTS) {
    while ((await bodyOf(await server.open(`/p/${name}/files?q=no-such-name`))).html.includes('being indexed')) {
      await sleep(LOOK_EVERY_MS);
    }
  }
  const value = rounded((performance.now() - start) / 1000);
  report({ bench: 'explorer', case: 'index of 2 × 1M paths', value, unit: 's', better: 'lower', ok: true });
  const rss = rounded(server.peakRss() / 1_000_000);
  report({
    bench: 'explorer',
    case: 'server while it was made, RSS',
    value: rss,
    unit: 'MB',
    better: 'lower',
    ok: true,
  });
}

/** The first sweep begins with the server, and holds what all paths name for as long as it looks: its memory, before pages add
 *  to it. */
async function swept({ url, token, peakRss }: BenchedServer, report: Report): Promise<void> {
  for (let isOver = false; !isOver; await sleep(LOOK_EVERY_MS)) {
    const answer = await fetch(`${url}/api/v1/jobs?kind=sweep`, { headers: { authorization: `Bearer ${token}` } });
    const { items: jobs } = jobPageSchema.parse(await answer.json());
    isOver = jobs.some(({ state }) => state === 'done');
    assert(
      jobs.every(({ state }) => state !== 'failed'),
      'a sweep of what is there does not fail',
    );
  }
  const value = rounded(peakRss() / 1_000_000);
  const row = { value, unit: 'MB', target: TARGET_SWEPT_MB, ok: value <= TARGET_SWEPT_MB } as const;
  report({ bench: 'explorer', case: 'server that swept 2 × 1M paths, peak RSS', ...row, better: 'lower' });
}

/** One file in a million by a part of its name, another one each time. */
async function measureSearch(server: BenchedServer, report: Report): Promise<void> {
  const { name, layout } = SUBJECTS[0] ?? { name: '', layout: DEEP };
  const times: number[] = [];
  for (let i = -WARM_UP; i < PAGES; i++) {
    const path = layout.pathOf((i + WARM_UP) * 4_321);
    const start = performance.now();
    const page = await bodyOf(await server.open(`/p/${name}/files?q=${path.slice(-'0000000.txt'.length)}`));
    if (i >= 0) times.push(performance.now() - start);
    assert(page.html.includes(`data-path="${path}"`), `the search finds ${path}`);
  }
  const value = rounded(percentile(times, 0.5));
  const target = TARGET_MS;
  const row = { case: 'search p50, 1 of 1M paths', value, unit: 'ms', target, ok: value <= target } as const;
  report({ bench: 'explorer', ...row, better: 'lower' });
}

/** The server knows of the objects that it shows, as of all whose events it was told: they are in both tiers. */
async function tell({ tenant, events, open }: BenchedServer, shas: readonly Sha[]): Promise<void> {
  await events.publish(
    shas.map((sha) => ({
      id: `told-${sha}`,
      ts: new Date().toISOString(),
      tenant,
      actor: ACTOR,
      trace: traceOf(sha),
      type: 'ObjectArchived',
      payload: { sha, size: 4096, cold: { bucket: 'bench', key: `${tenant}/objects/${sha}` } },
    })),
  );
  const last = await events.last({});
  if (!last) return;
  while (Number(/data-head="(\d+)"/.exec((await bodyOf(await open('/events'))).html)?.[1]) < last.seq) {
    await sleep(LOOK_EVERY_MS);
  }
}

/** Pages all over the directory, with what is on them. */
async function cursorsOf({ io }: BenchedServer, { name, prefix }: (typeof SUBJECTS)[number]) {
  const at = await readCurrent(io.index, parseProjectName(name));
  assert(at, 'the project is there');
  const pages: { cursor: string | undefined; paths: readonly string[]; shas: readonly Sha[] }[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTree(io.nodes, at.current.manifest_sha, {
      prefix,
      limit: PAGE_ROWS,
      ...(cursor === undefined ? {} : { cursor }),
    });
    pages.push({
      cursor,
      paths: page.rows.map((row) => (row.kind === 'entry' ? row.entry.path : row.path)),
      shas: page.rows.flatMap((row) => (row.kind === 'entry' && isFile(row.entry) ? [row.entry.sha] : [])),
    });
    cursor = page.next;
  } while (cursor !== undefined && pages.length < PAGES + WARM_UP);
  return pages;
}

async function bodyOf(answer: IncomingMessage): Promise<{ html: string; wireBytes: number }> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return { html: gunzipSync(bytes).toString(), wireBytes: bytes.length };
}
