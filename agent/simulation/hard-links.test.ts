// What the simulation found where a file has several names.
import { expect, test } from 'vitest';
import { ROOT } from './sim-node.ts';
import { move, read, story, write } from './story.ts';

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
