// A process stops after each of its writes in turn; another one says the same again, and tells the world. Whatever the
// step, what is there in the end is what is there without a crash, and every event was told once.
import { describe, expect, test } from 'vitest';
import { announceUpTo, lastAnnounced } from '../event/announce.ts';
import { restore } from '../history/restore.ts';
import { purgeDeleted } from '../lifecycle/purge-deleted.ts';
import { assert } from '../model/assert.ts';
import type { CurrentAt } from '../model/commit.ts';
import { parseProjectName, parseTenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import type { EventLog } from '../store/event-log.ts';
import { memoryColdStore } from '../store/memory-cold-store.ts';
import { type MemoryEventLog, memoryEventLog } from '../store/memory-event-log.ts';
import { Stopped, stoppingProcess } from '../testing/stopping-stores.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { walkChain } from './chain.ts';
import { type CommitIo, commit } from './commit.ts';
import { readCurrent } from './current.ts';
import { deleteProject, listDeleted, undeleteProject } from './delete-project.ts';
import { changePolicy, readPolicy } from './policy.ts';
import { createProject, listProjects } from './project.ts';
import { renameProject } from './rename-project.ts';

const OTHER = parseProjectName('other');
const GRACE_MS = 3_600_000;

interface Process {
  readonly io: CommitIo;
  readonly events: EventLog;
}

interface Scene extends Process {
  readonly events: MemoryEventLog;
}

interface Step {
  readonly name: string;
  /** Makes what is there before. */
  prepare(scene: Scene): Promise<void>;
  /** @param before  `current` as the person saw it who wants this done */
  run(process: Process, before: CurrentAt | undefined): Promise<unknown>;
}

/** Time goes on, so that what is done again is not the same to the byte. */
function scene(): Scene {
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => (now += 1_000), sleep: async () => undefined };
  return { io: { ...memoryCommitIo(), clock }, events: memoryEventLog() };
}

async function tellAll({ io, events }: Process): Promise<void> {
  const announcing = { ...io, tenant: parseTenant('default'), events, log: silentLog };
  for (const project of await listProjects(io.index)) {
    const at = await readCurrent(io.index, project);
    if (at) await announceUpTo(announcing, at.current.commit_sha, await lastAnnounced(announcing, project));
  }
}

async function ruledProject({ io, events }: Process): Promise<void> {
  await newProject(io);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  await commitText(io, 'docs/a.md', 'one');
  await tellAll({ io, events });
}

async function untoldProject(process: Process): Promise<void> {
  await ruledProject(process);
  await commitText(process.io, 'docs/b.md', 'nobody told of it yet');
}

async function deletedProject(process: Process): Promise<void> {
  await ruledProject(process);
  const at = await readCurrent(process.io.index, PROJECT);
  assert(at, 'the project is there');
  await deleteProject(process.io, at, GRACE_MS);
}

const steps: readonly Step[] = [
  {
    name: 'commit',
    prepare: untoldProject,
    run: async ({ io }) =>
      commit(io, { project: PROJECT, actor: ACTOR, ops: [await putText(io, 'c', '1'), await putText(io, 'd', '2')] }),
  },
  {
    name: 'createProject',
    prepare: async () => undefined,
    run: ({ io }) => createProject(io, PROJECT, ACTOR),
  },
  {
    name: 'createProject where a deletion was cut off before it removed the policy',
    prepare: async ({ io }) => {
      await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
    },
    run: ({ io }) => createProject(io, PROJECT, ACTOR),
  },
  {
    name: 'deleteProject',
    prepare: ruledProject,
    run: ({ io }, before) => {
      assert(before, 'the project was there');
      return deleteProject(io, before, GRACE_MS);
    },
  },
  { name: 'undeleteProject', prepare: deletedProject, run: ({ io }) => undeleteProject(io, PROJECT) },
  {
    name: 'purgeDeleted',
    prepare: async (process) => {
      await deletedProject(process);
      await deletedProject(process);
    },
    run: ({ io }) =>
      purgeDeleted(
        {
          ...io,
          hot: io.objects,
          cold: memoryColdStore(parseTenant('default')),
          clock: { ...io.clock, now: () => io.clock.now() + GRACE_MS },
          log: silentLog,
        },
        async () => undefined,
      ),
  },
  { name: 'renameProject', prepare: untoldProject, run: ({ io }) => renameProject(io, PROJECT, OTHER, ACTOR) },
  {
    name: 'restore',
    prepare: untoldProject,
    run: async ({ io }, before) => {
      assert(before, 'the project was there');
      const [, to] = await chainOf(io, before);
      assert(to, 'there is an older commit');
      return restore(io, { project: PROJECT, to: to.sha, path: '', actor: ACTOR });
    },
  },
  { name: 'telling the world', prepare: untoldProject, run: tellAll },
  {
    name: 'telling the world of a renamed project',
    prepare: async (process) => {
      await untoldProject(process);
      await renameProject(process.io, PROJECT, OTHER, ACTOR);
    },
    run: tellAll,
  },
];

async function chainOf(io: CommitIo, at: CurrentAt) {
  const chain = [];
  for await (const link of walkChain(io.objects, at.current.commit_sha)) chain.push(link);
  return chain;
}

/** All that a person can see, but for times. */
async function visible(io: CommitIo) {
  const projects = [];
  for (const name of await listProjects(io.index)) {
    const at = await readCurrent(io.index, name);
    assert(at, 'a listed project is there');
    const chain = (await chainOf(io, at)).map(({ commit: { project, manifest_sha, counts, message } }) => {
      return { project, manifest_sha, counts, message };
    });
    projects.push({ name, policy: await readPolicy(io.index, name), chain });
  }
  const deleted = (await listDeleted(io.index)).map(({ name, deleted: { current, policy } }) => {
    return { name, policy, manifest: current.manifest_sha };
  });
  return { projects, deleted };
}

/** Each project's events in their order. */
async function told(log: MemoryEventLog): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const ids = new Set<string>();
  const stop = new AbortController();
  for await (const delivery of log.read({ afterSeq: 0, signal: stop.signal })) {
    if (delivery.kind === 'caught-up') break;
    if (delivery.kind !== 'event') continue;
    const { id, project = '', type, payload } = delivery.event;
    expect(ids).not.toContain(id);
    ids.add(id);
    found[project] ??= [];
    found[project].push(`${type}${'path' in payload ? ` ${payload.path}` : ''}`);
  }
  stop.abort();
  return found;
}

async function withoutCrash(step: Step) {
  const there = scene();
  await step.prepare(there);
  const process = stoppingProcess(there.io, there.events, Number.POSITIVE_INFINITY);
  await step.run(process, await readCurrent(there.io.index, PROJECT));
  await tellAll(there);
  return { writes: process.writes, visible: await visible(there.io), told: await told(there.events) };
}

describe.each(steps)('I1, I2: a crash at every write of $name', (step) => {
  test.each([
    ['leaves nothing that the next process does not complete', false],
    ['leaves nothing that the next process does not complete, when its events were told meanwhile', true],
  ])('%s', async (_name, isToldBetween) => {
    const expected = await withoutCrash(step);
    expect(expected.writes).toBeGreaterThan(0);
    for (let lastWrite = 0; lastWrite <= expected.writes; lastWrite++) {
      const there = scene();
      await step.prepare(there);
      const before = await readCurrent(there.io.index, PROJECT);
      const dying = stoppingProcess(there.io, there.events, lastWrite);
      await expect(Promise.resolve(step.run(dying, before))).rejects.toThrow(Stopped);
      if (isToldBetween) await tellAll(there);
      await step.run(there, before);
      await tellAll(there);
      const when = `after write ${lastWrite} of ${expected.writes}`;
      expect({ at: when, ...(await visible(there.io)) }).toEqual({ at: when, ...expected.visible });
      expect({ at: when, told: await told(there.events) }).toEqual({ at: when, told: expected.told });
    }
  });
});
