// Real agents and a real nats-server are killed with SIGKILL at random while people work on three nodes. Afterwards all
// nodes hold the same bytes, and every file that one person alone worked on is exactly what that person left. The seed is
// in the test's name; FS_SEED tries another.
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { treeOf } from './testing/fleet.ts';
import { randomOf } from './testing/random.ts';
import { RealFleet } from './testing/real-fleet.ts';

const NODES = ['a', 'b', 'c'] as const;
const EDITS = 500;
const SEEDS = process.env.FS_SEED ? [Number(process.env.FS_SEED)] : [1, 2];
/** Dozens of real processes start one after the other: on a machine that has much else to do they need more than other tests. */
const GIVE_UP = { timeout: 240_000 };

let fleet: RealFleet;
afterEach(() => fleet.close());

/** One person's own directory: what is in it, by path. */
class Person {
  readonly files = new Map<string, string>();
  readonly #dir: string;
  #serial = 0;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  /** Changes something, within one turn: the disk and `files` agree whenever somebody looks. */
  work(random: (limit: number) => number): void {
    const known = [...this.files.keys()];
    const some = known[random(Math.max(1, known.length))];
    const kind = random(10);
    if (some === undefined || kind < 5) this.#write(`${random(6)}/${random(4)}/file ${random(40)}`, random);
    else if (kind < 7) this.#write(some, random);
    else if (kind === 7) chmodSync(join(this.#dir, some), random(2) ? 0o600 : 0o755);
    else if (kind === 8) {
      rmSync(join(this.#dir, some));
      this.files.delete(some);
    } else this.#rename(some);
  }

  #rename(some: string): void {
    const to = `moved/${++this.#serial}`;
    mkdirSync(join(this.#dir, 'moved'), { recursive: true });
    renameSync(join(this.#dir, some), join(this.#dir, to));
    this.files.set(to, this.files.get(some) ?? '');
    this.files.delete(some);
  }

  #write(path: string, random: (limit: number) => number): void {
    const text = `${path} ${++this.#serial} `.repeat(1 + random(random(20) === 0 ? 50_000 : 200));
    mkdirSync(join(this.#dir, path, '..'), { recursive: true });
    writeFileSync(join(this.#dir, path), text);
    this.files.set(path, text);
  }
}

/** Everybody writes here: what is in it in the end is up to who came last. */
function workTogether(dir: string, node: string, random: (limit: number) => number): void {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `file ${random(12)}`);
  if (random(4) > 0 || !statSync(path, { throwIfNoEntry: false })) writeFileSync(path, `${node} ${random(1_000_000)}`);
  else rmSync(path);
}

function filesBelow(dir: string, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(join(dir, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (!entry.isDirectory()) found.set(path, readFileSync(join(dir, path), 'utf8'));
    else for (const [below, text] of filesBelow(dir, path)) found.set(below, text);
  }
  return found;
}

for (const seed of SEEDS) {
  test(`agents and NATS killed at random under load lose no byte and converge, seed ${seed}`, GIVE_UP, async () => {
    const random = randomOf(seed);
    fleet = await RealFleet.open();
    fleet.start(...NODES);
    await fleet.inSync();
    const people = NODES.map((node) => ({ node, person: new Person(join(fleet.root(node), `of ${node}`)) }));
    for (let i = 0; i < EDITS; i++) {
      const { node, person } = people[random(people.length)] ?? { node: 'a' };
      person?.work(random);
      if (random(5) === 0) workTogether(join(fleet.root(node), 'shared'), node, random);
      if (random(3) === 0) await nextTurn();
      if (random(25) === 0) {
        await fleet.kill(node);
        fleet.start(node);
      }
      if (random(150) === 0) await fleet.rig.restart();
      // Now and then the work is let through, so that kills meet every stage of it.
      if (random(60) === 0) await fleet.inSync();
    }
    // Whatever was not seen yet is found by the first look after a start.
    await fleet.kill(...NODES);
    fleet.start(...NODES);
    await fleet.inSync();

    const [a, b, c] = await Promise.all(NODES.map((node) => treeOf(fleet.root(node))));
    expect(b).toEqual(a);
    expect(c).toEqual(a);
    for (const { node, person } of people) {
      for (const on of NODES) expect(filesBelow(join(fleet.root(on), `of ${node}`))).toEqual(person.files);
    }
  });
}
