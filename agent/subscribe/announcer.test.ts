// The law of announcing, over random histories: commits are noted, replaced and brought to disk in any interleaving.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import type { Entry } from '../../core/model/entry.ts';
import { fakeSha, parseProjectName, type Sha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { sameVersion, type Version } from '../../core/sync/plan.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import { Announcer } from './announcer.ts';
import { Feed } from './feed.ts';
import type { FeedEvent } from './feed-event.ts';
import { Sequence } from './feed-place.ts';

const PROJECT = parseProjectName('demo');
const PATHS = ['a', 'b', 'c', 'd'] as const;
type Tree = Readonly<Partial<Record<(typeof PATHS)[number], Entry>>>;

const entryOf = (path: string, content: number): Entry => ({
  path: fakePath(path),
  sha: fakeSha(`${content}`),
  size: 1,
  mode: 0o644,
  mtime: content,
});

/** A workspace whose disk is what the rows say: notes and placements as the incoming strand makes them. */
class Model {
  readonly events: FeedEvent[] = [];
  readonly state = openState(nodeDisk, ':memory:').state;
  /** by commit, the first at 0 */
  readonly trees: Tree[] = [{}];
  announcer: Announcer;
  /** by path, the commit whose version the disk holds */
  readonly onDisk = new Map<string, number>();
  readonly #feed: Feed;

  constructor() {
    this.#feed = new Feed(
      { project: PROJECT, root: '/srv' },
      {
        clock: systemClock,
        sequence: new Sequence(),
        limits: { events: 1_000, bytes: 1_000_000 },
        published: (event) => {
          if (event.type === 'applied') this.#applied(event);
          this.events.push(event);
        },
      },
    );
    this.announcer = new Announcer(this.#feed, this.state);
    this.state.setBase(this.#base(0));
  }

  commit(changes: Readonly<Record<string, number | null>>): void {
    const tree: Record<string, Entry> = { ...this.trees.at(-1) };
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) delete tree[path];
      else tree[path] = entryOf(path, content);
    }
    this.trees.push(tree);
  }

  /** @param fails  after so many paths, as when NATS goes away in the middle */
  note(fails = Number.POSITIVE_INFINITY): void {
    const head = this.trees.length - 1;
    const { state, announcer } = this;
    const base = state.base?.revision ?? 0;
    announcer.noting();
    const differing = PATHS.filter((path) => !sameVersion(this.#at(base, path), this.#at(head, path)));
    for (const [i, path] of differing.entries()) {
      if (i >= fails) return;
      announcer.notes(fakePath(path));
      const entry = this.#at(head, path);
      if (sameVersion(state.rows.at(fakePath(path))?.entry, entry)) {
        state.behind.drop(fakePath(path));
        this.onDisk.set(path, head);
      } else state.behind.put({ path: fakePath(path), entry, revision: head, since: 0 });
    }
    state.setBase(this.#base(head));
    announcer.noted(this.#current(head));
  }

  land(path: RelPath): void {
    const { state, announcer } = this;
    const behind = state.behind.at(path);
    if (!behind) return;
    const was = state.rows.at(path)?.entry;
    if (behind.entry) state.rows.put(behind.entry, '');
    else state.rows.drop(path);
    announcer.landed(behind.revision, was, behind.entry);
    state.behind.drop(path);
    this.onDisk.set(path, behind.revision);
    announcer.check();
  }

  restart(): void {
    this.announcer = new Announcer(this.#feed, this.state);
  }

  commitOf = (number: number): Sha => fakeSha(`commit ${number}`);

  /** All of the commit is on disk, or what later ones made of it. */
  #applied({ commit }: Extract<FeedEvent, { type: 'applied' }>): void {
    const number = this.trees.findIndex((_, i) => this.commitOf(i) === commit);
    expect(number).toBeGreaterThan(0);
    for (const path of PATHS) {
      const held = this.state.rows.at(fakePath(path))?.entry;
      const from = this.onDisk.get(path) ?? 0;
      const since = this.trees.slice(number).some((tree) => sameVersion(tree[path], held));
      expect({ path, number, from, since }).toMatchObject({ since: true });
    }
  }

  #at(number: number, path: (typeof PATHS)[number]): Version {
    return this.trees[number]?.[path];
  }

  #base(number: number) {
    return { commitSha: this.commitOf(number), manifestSha: fakeSha(`tree ${number}`), revision: number };
  }

  #current(number: number): CurrentAt {
    const { commitSha, manifestSha } = this.#base(number);
    const current = {
      commit_sha: commitSha,
      manifest_sha: manifestSha,
      files: 0,
      bytes: 0,
      ts: '2026-01-01T00:00:00Z',
    };
    return { project: PROJECT, revision: number, current };
  }
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('commit' as const),
    // New content each time is what a project mostly sees; few values make versions come back.
    changes: fc.dictionary(fc.constantFrom(...PATHS), fc.option(fc.integer({ min: 0, max: 3 })), { minKeys: 1 }),
  }),
  fc.record({ kind: fc.constant('note' as const) }),
  fc.record({ kind: fc.constant('land' as const), path: fc.constantFrom(...PATHS) }),
  fc.record({ kind: fc.constant('land' as const), path: fc.constantFrom(...PATHS) }),
  fc.record({ kind: fc.constant('restart' as const) }),
);

test('whatever comes between: what is announced is on disk, spans follow each other, and in the end all is announced', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      for (const one of steps) {
        if (one.kind === 'commit') model.commit(one.changes);
        else if (one.kind === 'note') model.note();
        else if (one.kind === 'land') model.land(fakePath(one.path));
        else model.restart();
      }
      model.note();
      for (const path of PATHS) model.land(fakePath(path));
      const spans = model.events.flatMap((event) => (event.type === 'applied' ? [event] : []));
      const numbers = spans.map(({ from, commit }) =>
        [from, commit].map((sha) => model.trees.findIndex((_, i) => model.commitOf(i) === sha)),
      );
      let end = 0;
      for (const [from = -1, to = -1] of numbers) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(to).toBeGreaterThan(from);
        end = to;
      }
      for (const path of PATHS) {
        expect(model.state.rows.at(fakePath(path))?.entry).toEqual(model.trees.at(-1)?.[path]);
      }
      expect(model.state.meta('announce-from') ?? '').toBe('');
      model.state.close();
    }),
    { numRuns: 300 },
  );
});

test('a noting that fails in the middle announces nothing of its commit until it has been noted whole', () => {
  const model = new Model();
  model.commit({ a: 1, b: 1 });
  model.note(1);
  model.land(fakePath('a'));
  expect(model.events).toEqual([]);
  model.note();
  model.land(fakePath('b'));
  expect(model.events).toMatchObject([
    { type: 'applied', commit: model.commitOf(1), from: model.commitOf(0), count: 2 },
  ]);
  model.state.close();
});

test('commits that pile up behind a path that cannot come become longer spans, and none is left out', () => {
  const model = new Model();
  model.commit({ a: 1 });
  model.note();
  for (let i = 1; i <= 150; i++) {
    model.commit({ b: i });
    model.note();
    model.land(fakePath('b'));
  }
  expect(model.events).toEqual([]);
  model.land(fakePath('a'));
  const spans = model.events.flatMap((event) => (event.type === 'applied' ? [event] : []));
  expect(spans.length).toBe(100);
  expect([spans[0]?.commit, spans.at(-1)?.commit]).toEqual([model.commitOf(1), model.commitOf(151)]);
  for (const [i, { from }] of spans.entries()) expect(from).toBe(spans[i - 1]?.commit ?? model.commitOf(0));
  model.state.close();
});
