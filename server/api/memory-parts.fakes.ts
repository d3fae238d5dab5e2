// The API on a project whose tiers, commits and history are real, in memory; the rest is a fake.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { FakeServices } from '../../app/testing/fake-services.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { works, type worksOn } from '../../core/lifecycle/works.fakes.ts';
import { getEntry } from '../../core/manifest/get.ts';
import { assert } from '../../core/model/assert.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import { mimeOf } from '../../core/model/mime.ts';
import { baseName } from '../../core/model/rel-path.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { TieredReader } from '../../core/tier/tiered-reader.ts';
import { fileCommands } from '../file-commands.ts';
import { historyQueries } from '../history-queries.ts';
import { NOWHERE, objectNow, tiersNow } from '../object-tiers.ts';
import { directUploads } from '../staging/direct-uploads.ts';
import { Staging } from '../staging/staging.ts';
import { Uploads } from '../staging/uploads.ts';
import { apiOn } from './api.fakes.ts';

export interface MemoryPartsOptions {
  /** puts what hot does otherwise in its place */
  readonly hot?: (hot: ObjectStore) => Partial<ObjectStore>;
  readonly stagingBytes?: number;
}

/** With the project demo, empty. */
export const apiOnMemory = async (options?: MemoryPartsOptions) => apiOnWorks(await works(), options);

/** The same on the cold tier that a test brings. */
export async function apiOnWorks<W extends Awaited<ReturnType<typeof worksOn>>>(
  parts: W,
  { hot: change = () => ({}), stagingBytes = 1e9 }: MemoryPartsOptions = {},
) {
  const { io, tiers, rehydrator, claims } = parts;
  const hot = { ...io.objects, ...change(io.objects) };
  const directory = mkdtempSync(join(tmpdir(), 'fs-api-'));
  directories.push(directory);
  const ending = new AbortController();
  const currents = new Map<ProjectName, CurrentAt>();
  const hear = async () => {
    const at = await readCurrent(io.index, PROJECT);
    if (at) currents.set(PROJECT, at);
  };
  await hear();
  const stores = { hot, index: io.index };
  const reader = new TieredReader(tiers, rehydrator, ending.signal);
  const detailOf = async ({ project, current }: CurrentAt, { path, sha, size, mode, mtime }: FileEntry) => {
    const facts = { path, name: baseName(path), sha, sizeBytes: size, mode, modifiedAt: mtime };
    const file = { kind: 'file', ...facts, tiers: await tiersNow(stores, sha) } as const;
    return { project, file, mime: mimeOf(path), commitSha: current.commit_sha, nodes: [], pinnedBy: undefined };
  };
  const fake = new FakeServices();
  fake.project(PROJECT);
  const faked = fake.queries;
  const staging = await Staging.open(directory, stagingBytes);
  const services = Object.assign(fake, {
    uploads: await Uploads.open(staging, hot),
    directUploads: directUploads({ ...tiers, claims }, ending.signal),
    fileCommands: fileCommands({
      ...{ objects: hot, nodes: io.nodes, index: io.index, clock: io.clock, staging, ending: ending.signal },
      recall: (sha, project) => rehydrator.rehydrate(sha, project, ending.signal),
      heard: hear,
    }),
    history: historyQueries({
      ...{ hot, nodes: io.nodes, index: io.index, clock: io.clock, detailOf },
      currentOf: (project) => currents.get(project),
      tiersOf: async (shas) => new Map(shas.map((sha) => [sha, NOWHERE])),
    }),
    queries: {
      ...faked,
      project: async (name: ProjectName) => {
        const [at, summary] = [currents.get(name), await faked.project(name)];
        return at && summary && { ...summary, commitSha: at.current.commit_sha };
      },
      file: async (name, path) => {
        const at = currents.get(name);
        const entry = at && (await getEntry(io.nodes, at.current.manifest_sha, path));
        return at && entry && isFile(entry) ? detailOf(at, entry) : undefined;
      },
      object: (sha) => objectNow(stores, sha),
      read: (sha, project, range) =>
        reader.read(sha, { ...(project !== undefined && { project }), ...(range && { range }) }),
    } satisfies Partial<FakeServices['queries']>,
  });
  return {
    ...{ parts, hot, staging, services, ...apiOn(services) },
    head: () => {
      const at = currents.get(PROJECT);
      assert(at, 'the project is there');
      return at.current.commit_sha;
    },
  };
}

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
