// Random edits of files and of rules on two nodes, agents stopped and started between them. Whatever was ignored where and
// when: as soon as the rules are gone all nodes agree, and no version of a path that nobody removed is lost.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../core/testing/seeded-random.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { Fleet, type TestNode, treeOf } from '../testing/fleet.ts';

const firstSeed = Number(process.env.FS_SEED ?? 1);
const histories = Number(process.env.FS_HISTORIES ?? 4);

const PATHS = ['a.log', 'doc', 'out/x', 'out/a.log', 'sub/out/y', 'sub/doc', 'sub/a.log', 'sub/deep/z'];
const RULES = ['*.log', 'out/', '/out', 'sub', '!a.log', 'x', '*', '!doc', '', '[', 'sub/deep/'];
const RULES_FILES = ['.fsignore', '.fsignore', 'sub/.fsignore'];

for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
  test(`ignoring and taking back converges, seed ${seed}`, async () => {
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const fleet = await Fleet.open();
    const edit = (node: TestNode, serial: number) => {
      try {
        const rulesFile = node.path(pick(RULES_FILES));
        const relative = pick(PATHS);
        const path = node.path(relative);
        switch (Math.floor(random() * 8)) {
          case 0:
            mkdirSync(dirname(rulesFile), { recursive: true });
            writeFileSync(rulesFile, `${pick(RULES)}\n${pick(RULES)}\n`);
            break;
          case 1:
            rmSync(rulesFile, { force: true });
            break;
          case 2:
            rmSync(random() < 0.3 && relative.includes('/') ? dirname(path) : path, { recursive: true, force: true });
            break;
          default:
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, `${node.name} ${serial}`);
        }
      } catch (error) {
        // A file where a directory would be: no edit then.
        if (!isDiskError(error)) throw error;
      }
    };
    try {
      const [a, b] = [fleet.start('a'), fleet.start('b')];
      await fleet.converged();
      let serial = 0;
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 10; i++) {
          const node = fleet.nodes.get(pick(['a', 'b'])) ?? a;
          edit(node, serial++);
          if (random() < 0.4) await new Promise((resolve) => setImmediate(resolve));
          if (random() < 0.1) {
            await node.agent.stop();
            edit(node, serial++);
            fleet.start(node.name);
          }
        }
        await fleet.settled();
        for (const { status } of fleet.nodes.values()) {
          expect(status.problems.filter(({ code }) => code !== 'ignore-rule')).toEqual([]);
        }
      }
      const before = [...fleet.nodes.values()].flatMap((node) =>
        PATHS.filter((path) => readText(node.path(path)) !== undefined),
      );
      // Rules may have been ignored by other rules: those that come back when the others go, go next.
      for (let turn = 0; turn < 3; turn++) {
        for (const node of fleet.nodes.values()) {
          for (const rules of RULES_FILES) rmSync(node.path(rules), { force: true });
        }
        await fleet.settled();
      }
      expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
      for (const path of before) expect(readText(a.path(path)), path).toBeDefined();
    } finally {
      await fleet.close();
    }
  });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
