// What the simulation found, each as the shortest story of it: what happens on the disks in which order, and then that all
// that has to hold in the end does.
import { expect, test } from 'vitest';
import { check, converge } from './checks.ts';
import { type Luck, NEVER_ASKED, type Plan, type Ways } from './plan.ts';
import { ROOT, type SimNode } from './sim-node.ts';
import { World } from './world.ts';

const CALM: Luck = {
  store: {},
  disk: { fail: 0, slow: 0 },
  hints: { lose: 0, delay: 0, repeat: 0 },
  maxWayMs: 1,
  maxLagMs: 0,
  exactTimes: true,
  names: 'shared',
  capacityBytes: undefined,
};

const PLAIN: Ways = {
  threshold: NEVER_ASKED,
  answer: undefined,
  keepsBoth: false,
  ownDirectories: false,
  rulesGo: false,
};

/** @param part  of the project, which is all that the second node holds */
async function story(
  luck: Partial<Luck>,
  tell: (world: World, a: SimNode, b: SimNode) => Promise<void>,
  seed = 1,
  part?: string,
  ways: Partial<Ways> = {},
) {
  const plan: Plan = {
    seed,
    nodes: [undefined, part],
    events: [],
    luck: { ...CALM, ...luck },
    ways: { ...PLAIN, ...ways },
  };
  const world = new World(plan);
  try {
    await world.begin();
    const [a, b] = world.nodes;
    if (!a || !b) throw new Error('there are two nodes');
    await world.run(100);
    await tell(world, a, b);
    await world.heal();
    await converge(world);
    await check(world);
  } finally {
    world.close();
  }
}

/** As a person writes it, who is owed it from then on. */
function write(node: SimNode, path: string, content: string): void {
  const before = node.files();
  node.user.makeDirectories(`${ROOT}/${path}`.replace(/\/[^/]*$/, ''));
  node.machine.writeFile(`${ROOT}/${path}`, Buffer.from(content));
  node.books.note(before, node.files(), true);
}

function remove(node: SimNode, path: string): void {
  const before = node.files();
  node.user.unlink(`${ROOT}/${path}`);
  node.books.note(before, node.files(), true);
}

function move(node: SimNode, from: string, to: string): void {
  const before = node.files();
  node.user.rename(`${ROOT}/${from}`, `${ROOT}/${to}`);
  node.books.note(before, node.files(), true);
}

const read = (node: SimNode, path: string): string => Buffer.from(node.machine.readFile(`${ROOT}/${path}`)).toString();

test('a file that is about to be taken is taken though the clock is set back by hours', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'file', 'content');
    await world.run(1);
    world.clock.set(-7_200_000);
    await world.run(1_000);
    expect(read(b, 'file')).toBe('content');
  });
});

test('I12: what current lost comes back from a node that finds the same revision with another commit under it', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'lost', 'only here');
    await world.run(500);
    a.cut(true);
    b.kill();
    b.user.removeTree(ROOT);
    b.user.makeDirectories(ROOT);
    b.loseState();
    await world.finish(world.goBack());
    write(b, 'other', 'in its place');
    b.start();
    await world.run(500);
    a.cut(false);
    await world.run(500);
    expect([read(a, 'lost'), read(b, 'lost'), read(a, 'other')]).toEqual(['only here', 'only here', 'in its place']);
  });
});

test('I12: what a node committed before it heard of the commit under it comes back too', async () => {
  await story({ maxLagMs: 5_000 }, async (world, a, b) => {
    write(b, 'first', 'first');
    await world.run(300);
    write(a, 'lost', 'only here');
    await world.run(300);
    await world.finish(world.goBack());
    expect(read(a, 'lost')).toBe('only here');
  });
});

test('a directory that nobody was told of is looked through when a file is to come in its place', async () => {
  await story({ hints: { lose: 1, delay: 0, repeat: 0 } }, async (world, a, b) => {
    write(a, 'place', 'of a');
    await world.run(10);
    write(b, 'place/inside', 'of b');
    await world.finish(a.rescan());
    await world.run(5_000);
    // What the project has stays; that history has the other is checked in the end.
    expect([read(a, 'place'), read(b, 'place')]).toEqual(['of a', 'of a']);
  });
});

test('what came by an own commit and went by another one goes, though the base knew neither', async () => {
  await story({}, async (world, a, b) => {
    a.line.isDeaf = true;
    write(b, 'first', 'first');
    await world.run(300);
    write(a, 'second', 'of a');
    await world.run(300);
    remove(b, 'second');
    await world.run(300);
    // A new line tells only what is current now.
    a.cut(true);
    a.line.isDeaf = false;
    a.cut(false);
    await world.run(1_000);
    expect([...a.files().keys()]).toEqual(['first']);
  });
});

test('what went between two own commits goes, though the base knew neither', async () => {
  await story({}, async (world, a, b) => {
    a.line.isDeaf = true;
    write(b, 'first', 'first');
    await world.run(300);
    write(a, 'second', 'of a');
    await world.run(300);
    remove(b, 'second');
    await world.run(300);
    write(a, 'third', 'of a too');
    await world.run(300);
    a.cut(true);
    a.line.isDeaf = false;
    a.cut(false);
    await world.run(1_000);
    expect([...a.files().keys()].sort()).toEqual(['first', 'third']);
  });
});

test.each([20, 60, 100, 140, 180, 220, 260, 300, 340])(
  'a touch that needs no commit is not committed later, when a commit that it shared failed after %i ms',
  async (afterMs) => {
    await story({ maxWayMs: 40 }, async (world, a, b) => {
      write(b, 'place', 'a file');
      await world.run(1_000);
      a.user.setMode(`${ROOT}/place`, 0o644);
      write(a, 'other', 'to commit');
      await world.run(afterMs);
      a.line.refuses = 'put';
      remove(b, 'place');
      write(b, 'place/inside', 'a directory');
      await world.run(1_000);
      a.line.refuses = undefined;
      await world.run(3_000);
      expect([read(a, 'place/inside'), read(b, 'place/inside')]).toEqual(['a directory', 'a directory']);
    });
  },
);

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a power loss right after the start does not take the marker alone, seed %i',
  async (seed) => {
    await story(
      { names: 'ordered' },
      async (world, a) => {
        a.powerLoss();
        a.start();
        await world.run(5_000);
        expect(a.status?.state).toBe('in-sync');
      },
      seed,
    );
  },
);

test('I9: another workspace of the project in the place of the one that was known deletes nothing', async () => {
  await story({}, async (world, a, b) => {
    write(b, 'file', 'content');
    await world.run(1_000);
    a.stop();
    await world.run(1_000);
    const marker = `${ROOT}/.fs-sync/workspace.json`;
    const other = Buffer.from(a.machine.readFile(marker))
      .toString()
      .replace(/"workspace":"[^"]*"/, '"workspace":"other"');
    a.machine.writeFile(marker, Buffer.from(other));
    a.user.unlink(`${ROOT}/file`);
    a.start();
    await world.run(3_000);
    expect([read(a, 'file'), read(b, 'file')]).toEqual(['content', 'content']);
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'I9: a file whose name the power took is brought again, not deleted, seed %i',
  async (seed) => {
    await story(
      { names: 'ordered' },
      async (world, a, b) => {
        write(a, 'known', 'before');
        await world.run(5_000);
        write(a, 'file', 'content');
        write(a, 'known', 'after');
        await world.run(100);
        expect(read(b, 'file')).toBe('content');
        b.powerLoss();
        b.start();
        await world.run(5_000);
        expect([read(a, 'file'), read(b, 'file')]).toEqual(['content', 'content']);
        expect([read(a, 'known'), read(b, 'known')]).toEqual(['after', 'after']);
      },
      seed,
    );
  },
);

test.each([20, 50, 80, 110, 140, 170, 200, 230])(
  'a version that was ours once and comes again by another node is brought here, not deleted: cut off after %i ms',
  async (afterMs) => {
    await story({ maxWayMs: 40 }, async (world, a, b) => {
      write(b, 'file', 'content');
      const time = Number((b.user.lstat(`${ROOT}/file`)?.mtimeNs ?? 0n) / 1_000_000n);
      await world.run(afterMs);
      b.kill();
      remove(b, 'file');
      await world.run(1_000);
      b.start();
      await world.run(2_000);
      if (a.files().has('file')) remove(a, 'file');
      await world.run(1_000);
      write(a, 'file', 'content');
      a.user.setTime(`${ROOT}/file`, (time + 0.0005) / 1_000);
      await world.run(2_000);
      expect([read(a, 'file'), read(b, 'file')]).toEqual(['content', 'content']);
    });
  },
);

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 25, 30, 40])(
  'what a node had just brought when it was cut off, and others deleted meanwhile, does not come back: killed in call %i',
  async (calls) => {
    await story({}, async (world, a, b) => {
      write(a, 'first', 'settles');
      await world.run(5_000);
      b.killIn(calls);
      write(a, 'file', 'content');
      await world.run(300);
      b.kill();
      remove(a, 'file');
      await world.run(300);
      b.start();
      await world.run(2_000);
      expect([[...a.files().keys()], [...b.files().keys()]]).toEqual([['first'], ['first']]);
    });
  },
);

test('a directory that a person emptied stays, though the project says that what it held is to go from here', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'dir/file', 'content');
    await world.run(5_000);
    b.line.isDeaf = true;
    remove(a, 'dir/file');
    a.user.removeDirectory(`${ROOT}/dir`);
    await world.run(300);
    remove(b, 'dir/file');
    b.line.isDeaf = false;
    await world.run(2_000);
    expect(b.user.lstat(`${ROOT}/dir`)?.isDirectory()).toBe(true);
  });
});

test('a file that became a directory in which only ignored files lie is gone, and nothing waits for it', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'place', 'a file');
    await world.run(1_000);
    a.cut(true);
    write(a, '.fsignore', 'x');
    remove(b, 'place');
    write(b, 'place/x', 'in a directory');
    remove(a, 'place');
    a.user.makeDirectories(`${ROOT}/place`);
    await world.run(1_000);
    a.cut(false);
    await world.run(3_000);
    expect([a.status?.state, b.status?.state]).toEqual(['in-sync', 'in-sync']);
  });
});

test('an own deletion of what the rules came to leave out meanwhile is not undone when the rules go', async () => {
  await story({ maxWayMs: 40 }, async (world, a) => {
    write(a, 'dir/file', 'content');
    await world.run(1_000);
    remove(a, 'dir/file');
    await world.run(40);
    write(a, '.fsignore', 'dir/*');
    await world.run(1_000);
    remove(a, '.fsignore');
    await world.run(2_000);
    expect([...a.files().keys()]).toEqual([]);
  });
});

test('an empty directory that gives way to what current has already goes at once, though current moves no more', async () => {
  await story(
    {},
    async (world, a, b) => {
      write(a, 'part', 'a file where the part of the other node was');
      await world.run(1_000);
      b.user.makeDirectory(`${ROOT}/empty`);
      await world.run(2_000);
      expect([b.user.lstat(`${ROOT}/empty`), b.status?.state]).toEqual([undefined, 'in-sync']);
    },
    1,
    'part',
  );
});

test('a file that moves here because others moved it is whole after a power loss, though nobody had synced it', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const tell = async (world: World, a: SimNode, b: SimNode) => {
      write(a, 'file', 'content');
      await world.run(1_000);
      move(b, 'file', 'moved');
      await world.run(10_000);
      a.powerLoss();
      expect(read(a, 'moved')).toBe('content');
    };
    await story({ names: 'ordered' }, tell, seed);
  }
});

test('I11: what others do to the mode of a file is not done to other names that it has here', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'dir/one', 'content');
    await world.run(500);
    a.user.link(`${ROOT}/dir/one`, `${ROOT}/two`);
    a.user.link(`${ROOT}/dir/one`, '/outside/three');
    await world.run(500);
    b.user.setMode(`${ROOT}/dir/one`, 0o600);
    move(b, 'dir/one', 'dir/other');
    await world.run(500);
    const modeOf = (path: string) => Number(a.user.lstat(path)?.mode ?? 0n) & 0o777;
    expect(modeOf(`${ROOT}/dir/other`)).toBe(0o600);
    expect(modeOf(`${ROOT}/two`)).toBe(0o644);
    expect(modeOf('/outside/three')).toBe(0o644);
    b.user.setMode(`${ROOT}/two`, 0o755);
    await world.run(500);
    expect(modeOf(`${ROOT}/two`)).toBe(0o755);
    expect(modeOf('/outside/three')).toBe(0o644);
    a.user.unlink('/outside/three');
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 25, 30, 40])(
  'what a node had just brought does not come back by a clock that was set back either: killed in call %i',
  async (calls) => {
    await story({}, async (world, a, b) => {
      write(a, 'first', 'settles');
      await world.run(5_000);
      b.killIn(calls);
      write(a, 'file', 'content');
      await world.run(300);
      b.kill();
      remove(a, 'file');
      world.clock.set(-3_600_000);
      await world.run(300);
      b.start();
      await world.run(2_000);
      expect([[...a.files().keys()], [...b.files().keys()]]).toEqual([['first'], ['first']]);
    });
  },
);

test('I9: what was deleted before the stores went back is lost with them, and what was deleted since comes back', async () => {
  const tell = async (world: World, a: SimNode) => {
    for (let n = 1; n <= 6; n++) write(a, `${n}`, `file ${n}`);
    await world.run(11 * 60_000);
    remove(a, '1');
    await world.run(15_000);
    const goingBack = world.goBack();
    await world.run(5_000);
    await goingBack;
    remove(a, '2');
    await world.run(1_000);
    remove(a, '3');
    await world.run(1_000);
    const id = a.status?.question?.id;
    if (id === undefined) throw new Error('it asks');
    a.answer('restore', id);
    await world.run(5_000);
    expect([...a.files().keys()].sort()).toEqual(['2', '3', '4', '5', '6']);
    expect(a.status?.problems).toMatchObject([{ code: 'not-restored' }]);
  };
  await story({}, tell, 1, undefined, { threshold: { files: 1, share: 0.4 } });
});

test('what people do to one of two names of a file is not done to the other after others moved that one', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'one', 'content');
    await world.run(500);
    a.user.link(`${ROOT}/one`, `${ROOT}/two`);
    await world.run(500);
    move(b, 'two', 'theirs');
    await world.run(500);
    const before = a.files();
    a.machine.writeFile(`${ROOT}/one`, Buffer.from('edited'));
    a.books.note(before, a.files(), true);
    await world.run(500);
    expect([read(a, 'theirs'), read(b, 'theirs'), read(b, 'one')]).toEqual(['content', 'content', 'edited']);
  });
});
