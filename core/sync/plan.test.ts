import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLater } from '../commit/later-wins.ts';
import type { PathOp } from '../commit/path-op.ts';
import { type Entry, type FileEntry, isFile } from '../model/entry.ts';
import { fakeSha } from '../model/ids.ts';
import { fakePath, type RelPath } from '../model/rel-path.ts';
import { type LocalView, orderOps, planPath, type Step, sameVersion, type Version } from './plan.ts';

const path = fakePath('a');
const file = (content: string, mode = 0o644, mtime = 1000): FileEntry => ({
  path,
  sha: fakeSha(content),
  size: content.length,
  mode,
  mtime,
});
const dir: Entry = { path, dir: true, mode: 0o755 };
const same: LocalView = { kind: 'same' };
const unknown: LocalView = { kind: 'unknown' };
const changed = (now: Version): LocalView => ({ kind: 'changed', now });

const [v1, v2, v3] = [file('v1'), file('v2'), file('v3')];
const touched = file('v1', 0o644, 2000);
const executable = file('v1', 0o755);
const put = (entry: Entry, seen: string, conflict = false): Step =>
  ({ kind: 'commit', op: { kind: 'put', entry, seen }, conflict }) as Step;
/** Without a base. */
const meet = (entry: Entry, conflict: boolean): Step =>
  ({ kind: 'commit', op: { kind: 'put', entry, seen: 'absent', unseen: 'later-wins' }, conflict }) as Step;

describe('one path, three versions', () => {
  const cases: readonly (readonly [string, Version, LocalView, Version, Step])[] = [
    ['nothing anywhere', undefined, same, undefined, { kind: 'nothing' }],
    ['nothing changed', v1, same, v1, { kind: 'nothing' }],
    ['new here', undefined, changed(v1), undefined, meet(v1, false)],
    ['edited here', v1, changed(v2), v1, put(v2, fakeSha('v1'))],
    [
      'deleted here',
      v1,
      changed(undefined),
      v1,
      { kind: 'commit', op: { kind: 'delete', path, seen: fakeSha('v1') }, conflict: false },
    ],
    ['a new empty directory here', undefined, changed(dir), undefined, meet(dir, false)],
    ['new there', undefined, same, v1, { kind: 'apply', entry: v1 }],
    ['edited there', v1, same, v2, { kind: 'apply', entry: v2 }],
    ['deleted there', v1, same, undefined, { kind: 'apply', entry: undefined }],
    ['a directory became a file there', dir, same, v1, { kind: 'apply', entry: v1 }],
    ['the same edit on both sides', v1, changed(v2), v2, { kind: 'record', entry: v2 }],
    ['deleted on both sides', v1, changed(undefined), undefined, { kind: 'record', entry: undefined }],
    ['the same file came on both sides', undefined, changed(v1), v1, { kind: 'record', entry: v1 }],
    ['the same bytes came at different times', undefined, changed(touched), v1, { kind: 'adopt', entry: v1 }],
    ['different files came', undefined, changed(v1), v2, meet(v1, true)],
    ['edited on both sides', v1, changed(v2), v3, put(v2, fakeSha('v1'), true)],
    ['edited here, deleted there', v1, changed(v2), undefined, put(v2, fakeSha('v1'), true)],
    [
      'deleted here, edited there',
      v1,
      changed(undefined),
      v2,
      { kind: 'commit', op: { kind: 'delete', path, seen: fakeSha('v1') }, conflict: true },
    ],
    ['written back to what it was, edited there', v1, changed(v1), v2, { kind: 'apply', entry: v2 }],
    ['touched here, edited there', v1, changed(touched), v2, { kind: 'yield' }],
    ['chmod here, edited there', v1, changed(executable), v2, put(file('v2', 0o755), fakeSha('v2'))],
    ['edited here, chmod there', v1, changed(v2), executable, put(file('v2', 0o755), fakeSha('v1'))],
    ['a file here, an empty directory there', undefined, changed(v1), dir, meet(v1, true)],
    ['an empty directory here, a file there', undefined, changed(dir), v1, { kind: 'yield' }],
    ['a file became an empty directory here, edited there', v1, changed(dir), v2, { kind: 'yield' }],
    ['an empty directory deleted here, a file in its place there', dir, changed(undefined), v1, { kind: 'yield' }],
    [
      'an empty directory deleted here, another mode there',
      dir,
      changed(undefined),
      { ...dir, mode: 0o700 },
      {
        kind: 'commit',
        op: { kind: 'delete', path, seen: 'dir' },
        conflict: true,
      },
    ],
    ['an empty directory became a file here, another file there', dir, changed(v1), v2, put(v1, 'dir', true)],
    ['being written, unchanged there', v1, unknown, v1, { kind: 'nothing' }],
    ['being written, edited there', v1, unknown, v2, { kind: 'wait' }],
    ['unreadable, deleted there', v1, unknown, undefined, { kind: 'wait' }],
  ];
  test.each(cases)('%s', (_, base, local, remote, step) => {
    expect(planPath(path, base, local, remote)).toEqual(step);
  });
});

const version = fc.option(fc.constantFrom<Entry>(v1, v2, v3, touched, executable, dir), { nil: undefined });

test('I8: what is on disk and nowhere else is never replaced', () => {
  fc.assert(
    fc.property(version, version, version, (base, now, remote) => {
      const local = sameVersion(base, now) ? same : changed(now);
      const step = planPath(path, base, local, remote);
      const lost = step.kind === 'apply' || step.kind === 'yield' || step.kind === 'adopt';
      // Only bytes that base or project have too may go, and an empty directory has none.
      if (lost && now && 'sha' in now) {
        expect([base, remote].some((known) => known && 'sha' in known && known.sha === now.sha)).toBe(true);
      }
    }),
  );
});

test('an unknown local side is never touched', () => {
  fc.assert(
    fc.property(version, version, (base, remote) => {
      expect(['nothing', 'wait']).toContain(planPath(path, base, unknown, remote).kind);
    }),
  );
});

const NOW = 1_000_000;

/** Nodes and a project in memory, one path each: the least that a plan has to bring together. */
class Model {
  current: Version;
  readonly history: Version[] = [];
  readonly nodes: { base: Version; disk: Version }[];

  constructor(nodes: number) {
    this.nodes = Array.from({ length: nodes }, () => ({ base: undefined, disk: undefined }));
  }

  /** As a commit decides it. */
  private givesWay(op: PathOp): boolean {
    const there = this.current;
    if (op.kind !== 'put' || !op.unseen || !isFile(op.entry) || !there || !isFile(there)) return false;
    return there.sha === op.entry.sha || !isLater(op.entry, there, { ours: NOW, theirs: NOW });
  }

  /** @returns whether anything moved */
  sync(index: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    const local = sameVersion(node.base, node.disk) ? same : changed(node.disk);
    const step = planPath(path, node.base, local, this.current);
    switch (step.kind) {
      case 'nothing':
      case 'wait':
        return false;
      case 'record':
        node.base = step.entry;
        return true;
      case 'adopt':
      case 'yield':
        node.base = node.disk;
        return true;
      case 'apply':
        node.base = step.entry;
        node.disk = step.entry;
        return true;
      case 'commit':
        if (step.op.kind === 'move') throw new Error('one path does not move');
        node.base = node.disk;
        if (this.givesWay(step.op)) this.history.push(node.disk, this.current);
        else {
          this.current = step.op.kind === 'put' ? step.op.entry : undefined;
          this.history.push(this.current);
        }
        return true;
    }
  }
}

test('whatever is edited where, and whoever comes first, all nodes end with what is current', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('edit' as const), node: fc.nat(2), to: version }),
    fc.record({ kind: fc.constant('sync' as const), node: fc.nat(2) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model(3);
      for (const one of steps) {
        const node = model.nodes[one.node];
        if (one.kind === 'edit' && node) node.disk = one.to;
        else model.sync(one.node);
      }
      let rounds = 0;
      while ([0, 1, 2].map((index) => model.sync(index)).includes(true)) expect(++rounds).toBeLessThan(10);
      for (const { disk, base } of model.nodes) {
        expect(disk).toEqual(model.current);
        expect(base).toEqual(model.current);
      }
    }),
  );
});

test('nodes that join with a file each end with the latest, in whatever order they come; nothing earlier was ever current after it, and history has all', () => {
  // No time comes twice: then the order would decide.
  const times = fc.uniqueArray(fc.integer({ min: 0, max: NOW }), { minLength: 1, maxLength: 6 });
  const order = (count: number) =>
    fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count });
  const joining = times.chain((all) => fc.tuple(fc.constant(all), order(all.length)));
  fc.assert(
    fc.property(joining, ([all, nodes]) => {
      const model = new Model(all.length);
      const copies = all.map((mtime) => file(`written at ${mtime}`, 0o644, mtime));
      for (const [i, node] of model.nodes.entries()) node.disk = copies[i];
      const current: number[] = [];
      for (const index of nodes) {
        while (model.sync(index));
        if (model.current && isFile(model.current)) current.push(model.current.mtime);
      }
      expect(current).toEqual([...current].sort((a, b) => a - b));
      expect(current.at(-1)).toBe(Math.max(...all));
      for (const copy of copies) expect(model.history).toContainEqual(copy);
      while (nodes.map((index) => model.sync(index)).includes(true));
      for (const { disk } of model.nodes) expect(disk).toEqual(model.current);
    }),
  );
});

test('one commit deletes before it puts, so that a file can become a directory', () => {
  const [a, ab] = [fakePath('a'), fakePath('a/b') as RelPath];
  const ops = [
    { kind: 'put', entry: { ...v1, path: ab } },
    { kind: 'delete', path: a },
  ] as const;
  expect(orderOps(ops).map(({ kind }) => kind)).toEqual(['delete', 'put']);
});

test('what may give way comes last', () => {
  const put = (entry: FileEntry, unseen?: 'later-wins'): PathOp => ({ kind: 'put', entry, ...(unseen && { unseen }) });
  const [met, metToo, edit] = [put(v1, 'later-wins'), put(touched, 'later-wins'), put(v2)];
  expect(orderOps([met, edit, metToo])).toEqual([edit, met, metToo]);
});
