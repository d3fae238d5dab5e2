// Hints of puts over NATS pass the contract; they are kept by no stream, and what others publish there is harmless.
import { expect, test } from 'vitest';
import { parseProjectName } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { hintSubject } from './nats-names.ts';
import { CHUNK, objectFixture } from './nats-object-fixture.ts';
import { natsPutHints } from './nats-put-hints.ts';
import { aHint, putHintsContract } from './put-hints.contract.ts';

await onEachNatsServer((nats) => {
  const fresh = async () => {
    const { store, tenant } = await objectFixture(nats);
    return { store, tenant, hints: natsPutHints(nats.link, tenant, store), chunkBytes: CHUNK };
  };
  putHintsContract('NATS', fresh);

  test('what is no hint is not heard, and those after it are', async () => {
    const { hints, tenant } = await fresh();
    const project = parseProjectName('demo');
    const heard = new Promise((resolve) => hints.listen(project, resolve));
    for (const text of ['', '{', '{"v":1}', JSON.stringify({ ...aHint(), v: 1 })]) {
      nats.link.connection.publish(hintSubject(tenant, project), text);
    }
    hints.tell(project, aHint());
    expect(await heard).toEqual(aHint());
  });

  test('while NATS is away nothing is told, and who listened hears again when it is back', async () => {
    const { hints } = await fresh();
    const project = parseProjectName('demo');
    const heard: number[] = [];
    let wake = () => {};
    hints.listen(project, ({ chunks }) => {
      heard.push(chunks.first);
      wake();
    });
    await nats.rig.kill();
    await new Promise<void>((resolve) => {
      const stop = nats.link.onStatus(({ kind }) => {
        if (kind !== 'away') return;
        queueMicrotask(() => stop());
        resolve();
      });
    });
    hints.tell(project, aHint({ first: 1 }));
    await nats.rig.restart();
    await nats.link.untilConnected();
    const next = new Promise<void>((resolve) => {
      wake = resolve;
    });
    hints.tell(project, aHint({ first: 2 }));
    await next;
    expect(heard).toEqual([2]);
  });
});
