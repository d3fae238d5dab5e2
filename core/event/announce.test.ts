import { expect, test } from 'vitest';
import type { CommitIo } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { renameProject } from '../commit/rename-project.ts';
import type { FsEvent } from '../model/event.ts';
import { parseProjectName, parseTenant, type Sha } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { fakePath } from '../model/rel-path.ts';
import type { EventLog } from '../store/event-log.ts';
import { type MemoryEventLog, memoryEventLog } from '../store/memory-event-log.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitOps, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { type AnnounceIo, announceUpTo, lastAnnounced, runAnnouncer } from './announce.ts';

const tenant = parseTenant('default');

function announceIo(io: CommitIo, events: EventLog): AnnounceIo {
  return { tenant, objects: io.objects, nodes: io.nodes, index: io.index, events, clock: io.clock, log: silentLog };
}

async function allEvents(log: MemoryEventLog): Promise<FsEvent[]> {
  const found: FsEvent[] = [];
  const stop = new AbortController();
  for await (const delivery of log.read({ afterSeq: 0, signal: stop.signal })) {
    if (delivery.kind === 'event') found.push(delivery.event);
    if (delivery.kind === 'caught-up') break;
  }
  stop.abort();
  return found;
}

async function announce(io: AnnounceIo): Promise<number> {
  const at = await readCurrent(io.index as CommitIo['index'], PROJECT);
  if (!at) throw new Error('no project');
  return announceUpTo(io, at.current.commit_sha, await lastAnnounced(io, PROJECT));
}

const shown = (event: FsEvent) => `${event.type}${'path' in event.payload ? ` ${event.payload.path}` : ''}`;

test('I10: objects come before the paths that use them, and ProjectCurrentChanged last', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  await commitOps(io, await putText(io, 'a', '1'), await putText(io, 'b', '2'));
  await announce(announceIo(io, log));
  expect((await allEvents(log)).map(shown)).toEqual([
    'ProjectCreated',
    'ProjectCurrentChanged',
    'ObjectCreated',
    'ObjectCreated',
    'PathCreated a',
    'PathCreated b',
    'ProjectCurrentChanged',
  ]);
});

test('a rename is one PathMoved and brings no object; an update says what was', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  await commitOps(io, await putText(io, 'a', '1'), await putText(io, 'b', '2'));
  await announce(announceIo(io, log));
  const before = (await allEvents(log)).length;
  await commitOps(
    io,
    { kind: 'delete', path: fakePath('a') },
    await putText(io, 'c', '1'),
    await putText(io, 'b', '3'),
  );
  await announce(announceIo(io, log));
  const events = (await allEvents(log)).slice(before);
  expect(events.map(shown).sort()).toEqual(['ObjectCreated', 'PathMoved c', 'PathUpdated b', 'ProjectCurrentChanged']);
  expect(events.find((event) => event.type === 'PathMoved')).toMatchObject({ payload: { from: 'a', path: 'c' } });
});

test('I2: commits that nobody announced are announced once, oldest first, however late', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  for (const n of [1, 2, 3]) await commitText(io, 'a', String(n));
  expect(await announce(announceIo(io, log))).toBe(4);
  expect(await announce(announceIo(io, log))).toBe(0);
  const texts = (await allEvents(log)).filter((event) => event.type.startsWith('Path')).map((event) => event.type);
  expect(texts).toEqual(['PathCreated', 'PathUpdated', 'PathUpdated']);
});

test('I2: a publish that dies at any event is completed by the next one, without a repetition', async () => {
  const count = 6;
  for (let dieAt = 0; dieAt <= count; dieAt++) {
    const io = memoryCommitIo();
    const log = memoryEventLog();
    await newProject(io);
    await announce(announceIo(io, log));
    await commitOps(io, await putText(io, 'a', '1'), await putText(io, 'b', '2'));
    const dying: EventLog = {
      ...log,
      publish: async (events) => {
        await log.publish(events.slice(0, dieAt));
        throw new StoreUnavailableError('hot', 'connection lost');
      },
    };
    await expect(announce(announceIo(io, dying))).rejects.toThrow(StoreUnavailableError);
    await announce(announceIo(io, log));
    const ids = (await allEvents(log)).map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await allEvents(log)).slice(2).map(shown)).toEqual([
      'ObjectCreated',
      'ObjectCreated',
      'PathCreated a',
      'PathCreated b',
      'ProjectCurrentChanged',
    ]);
  }
});

test('I10: an event that fails while others beside it are stored is told before those that need it', async () => {
  for (let lost = 0; lost < 5; lost++) {
    const io = memoryCommitIo();
    const log = memoryEventLog();
    await newProject(io);
    await commitOps(io, await putText(io, 'a', '1'), await putText(io, 'b', '2'));
    let count = 0;
    const losing: EventLog = {
      ...log,
      publish: async (events) => {
        const stored = events.filter(() => count++ !== lost + 2);
        await log.publish(stored);
        if (stored.length < events.length) throw new StoreUnavailableError('hot', 'one of them was not stored');
      },
    };
    await expect(announce(announceIo(io, losing))).rejects.toThrow(StoreUnavailableError);
    await announce(announceIo(io, log));
    const types = (await allEvents(log)).slice(2).map(({ type }) => type);
    expect(types).toEqual(['ObjectCreated', 'ObjectCreated', 'PathCreated', 'PathCreated', 'ProjectCurrentChanged']);
  }
});

test('two announcers at once tell everything once', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  for (let n = 0; n < 5; n++) await commitText(io, `f${n}`, String(n));
  await Promise.all([announce(announceIo(io, log)), announce(announceIo(io, log))]);
  const ids = (await allEvents(log)).map((event) => event.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(2 + 5 * 3);
});

test('I12: after current was set back and went another way, only the new commits are told', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  await commitText(io, 'a', 'kept');
  const kept = await readCurrent(io.index, PROJECT);
  await commitText(io, 'a', 'lost');
  await announce(announceIo(io, log));
  const before = (await allEvents(log)).length;
  if (!kept) throw new Error('no current');
  await io.index.put(`projects.${PROJECT}.current`, Buffer.from(JSON.stringify(kept.current)));
  await commitText(io, 'b', 'new');
  await announce(announceIo(io, log));
  expect((await allEvents(log)).slice(before).map(shown)).toEqual([
    'ObjectCreated',
    'PathCreated b',
    'ProjectCurrentChanged',
  ]);
});

async function renamed(io: CommitIo, to: string): Promise<Sha> {
  const result = await renameProject(io, PROJECT, parseProjectName(to), ACTOR);
  if (result.kind !== 'renamed') throw new Error(result.kind);
  return result.at.current.commit_sha;
}

test('a renamed project is told as a new one, and the commits of its old name are not told again', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  await commitText(io, 'a', 'x');
  await announce(announceIo(io, log));
  const before = (await allEvents(log)).length;
  expect(await announceUpTo(announceIo(io, log), await renamed(io, 'renamed'), undefined)).toBe(1);
  expect((await allEvents(log)).slice(before).map(shown)).toEqual(['ProjectCreated', 'ProjectCurrentChanged']);
});

test('I2: commits that nobody told of before their project was renamed are told under its old names first', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  await announce(announceIo(io, log));
  await commitText(io, 'a', 'x');
  await renamed(io, 'second');
  const third = parseProjectName('third');
  const result = await renameProject(io, parseProjectName('second'), third, ACTOR);
  if (result.kind !== 'renamed') throw new Error(result.kind);
  const tell = async () =>
    announceUpTo(announceIo(io, log), result.at.current.commit_sha, await lastAnnounced({ ...io, events: log }, third));
  expect(await tell()).toBe(3);
  expect(await tell()).toBe(0);
  expect((await allEvents(log)).map((event) => `${event.project} ${shown(event)}`)).toEqual([
    'demo ProjectCreated',
    'demo ProjectCurrentChanged',
    'demo ObjectCreated',
    'demo PathCreated a',
    'demo ProjectCurrentChanged',
    'second ProjectCreated',
    'second ProjectCurrentChanged',
    'third ProjectCreated',
    'third ProjectCurrentChanged',
  ]);
});

test('a renamed project whose old name is another project now tells nothing under that name', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  await commitText(io, 'a', 'x');
  await announce(announceIo(io, log));
  const head = await renamed(io, 'renamed');
  await newProject(io);
  await commitText(io, 'b', 'y');
  await announce(announceIo(io, log));
  expect(await announceUpTo(announceIo(io, log), head, undefined)).toBe(1);
});

test('events that have aged out of the stream are not told again', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  for (const n of [1, 2, 3]) await commitText(io, 'a', String(n));
  await announce(announceIo(io, memoryEventLog()));
  const anew = memoryEventLog();
  expect(await announce(announceIo(io, anew))).toBe(0);
  await commitText(io, 'a', '4');
  expect(await announce(announceIo(io, anew))).toBe(1);
});

test('I12: when the announced commit itself is lost, only later commits are told', async () => {
  let now = Date.UTC(2026, 0, 1);
  const io = { ...memoryCommitIo(), clock: { now: () => (now += 1000), sleep: async () => undefined } };
  const log = memoryEventLog();
  await newProject(io);
  for (const n of [1, 2, 3]) await commitText(io, 'a', String(n));
  const kept = await readCurrent(io.index, PROJECT);
  const lost = await commitText(io, 'a', 'lost');
  await announce(announceIo(io, log));
  if (!kept) throw new Error('no current');
  await io.objects.delete(lost.commitSha);
  await io.index.put(`projects.${PROJECT}.current`, Buffer.from(JSON.stringify(kept.current)));
  await commitText(io, 'b', 'new');
  await commitText(io, 'c', 'newer');
  expect(await announce(announceIo(io, log))).toBe(2);
});

test('a commit whose manifest is not kept any more is told without its paths, and those after it as always', async () => {
  const io = memoryCommitIo();
  const log = memoryEventLog();
  await newProject(io);
  const one = await commitText(io, 'a', '1');
  await commitText(io, 'a', '2');
  await commitText(io, 'a', '3');
  await io.objects.delete(one.commit.manifest_sha);
  expect(await announce(announceIo(io, log))).toBe(4);
  expect((await allEvents(log)).map(shown)).toEqual([
    'ProjectCreated',
    'ProjectCurrentChanged',
    'ProjectCurrentChanged',
    'ProjectCurrentChanged',
    'ObjectCreated',
    'PathUpdated a',
    'ProjectCurrentChanged',
  ]);
});

test('I2: a commit whose manifest went after some of its events were told is told to its end', async () => {
  const count = 4;
  for (let stored = 0; stored <= count; stored++) {
    const io = memoryCommitIo();
    const log = memoryEventLog();
    await newProject(io);
    await commitOps(io, { kind: 'put', entry: { path: fakePath('inbox'), dir: true, mode: 0o755 } });
    await announce(announceIo(io, log));
    const before = (await allEvents(log)).length;
    // The directory's entry gives way: its position is nobody's.
    const made = await commitOps(io, await putText(io, 'inbox/a', '1'), await putText(io, 'z', '2'));
    if (made.kind !== 'committed') throw new Error(made.kind);
    let left = stored;
    const dying: EventLog = {
      ...log,
      publish: async (events) => {
        await log.publish(events.slice(0, left));
        left -= events.length;
        if (left <= 0) throw new StoreUnavailableError('hot', 'connection lost');
      },
    };
    await expect(announce(announceIo(io, dying))).rejects.toThrow(StoreUnavailableError);
    await io.objects.delete(made.commit.manifest_sha);
    await Promise.all([announce(announceIo(io, log)), announce(announceIo(io, log))]);
    const told = (await allEvents(log)).slice(before).map(shown);
    expect(told).toEqual([
      ...['ObjectCreated', 'ObjectCreated', 'PathCreated inbox/a', 'PathCreated z'].slice(0, stored),
      'ProjectCurrentChanged',
    ]);
    expect((await lastAnnounced({ ...io, events: log }, PROJECT))?.sha).toBe(made.commitSha);
  }
});

/** Runs the announcer until the next commit's PathCreated is told. */
async function runUntilTold(io: CommitIo): Promise<MemoryEventLog> {
  const log = memoryEventLog();
  const stop = new AbortController();
  const running = runAnnouncer(announceIo(io, log), { signal: stop.signal });
  await commitText(io, 'a', 'x');
  for await (const delivery of log.read({ afterSeq: 0, signal: stop.signal })) {
    if (delivery.kind === 'event' && delivery.event.type === 'PathCreated') break;
  }
  stop.abort();
  await running;
  return log;
}

test('the announcer follows current of every project until it is told to stop', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  expect((await allEvents(await runUntilTold(io))).map(shown)).toContain('PathCreated a');
});

test('I2: a current that cannot be read keeps no other project waiting', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await io.index.put('projects.a-broken-one.current', Buffer.from('{"v":2}'));
  expect((await allEvents(await runUntilTold(io))).map(shown)).toContain('PathCreated a');
});
