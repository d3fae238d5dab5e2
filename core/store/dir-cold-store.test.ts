// The cold directory against the contract, and what only a directory meets: killed writers, full disks, lost mounts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fakeSha, parseTenant, shaOf } from '../model/ids.ts';
import { coldStoreContract } from './cold-store.contract.ts';
import { dirColdStore } from './dir-cold-store.ts';
import { directoryError } from './dir-cold-store-errors.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from './store-errors.ts';

const tenant = parseTenant('acme');
const filesIn = (directory: string) => readdir(directory).catch(() => []);

for (const compression of ['none', 'gzip'] as const)
  coldStoreContract(`the directory, compression ${compression}`, async () => {
    const root = join(await mkdtemp(join(tmpdir(), 'fs-cold-')), 'cold');
    const away = `${root}-away`;
    return {
      store: await dirColdStore(root, tenant, { compression }),
      neighbour: await dirColdStore(root, parseTenant('other')),
      overwrite: async (sha, bytes) => {
        const path = join(root, tenant, 'objects', sha);
        const before = await stat(path);
        await writeFile(path, bytes);
        // The clock of a file system ticks in milliseconds, and tests are faster than that.
        await utimes(path, before.atime, new Date(before.mtimeMs + 1000));
      },
      leftovers: () => filesIn(join(root, '.incoming')),
      // What a missing mount looks like: the directory is there and empty.
      takeAway: async () => {
        await rename(root, away);
        await mkdir(root);
      },
      giveBack: async () => {
        await rm(root, { recursive: true });
        await rename(away, root);
      },
      close: () => rm(dirname(root), { recursive: true, force: true }),
    };
  });

describe('the directory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'fs-cold-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('has the keys that S3 has', async () => {
    const store = await dirColdStore(root, tenant);
    const proof = await store.put(shaOf('x'), 1, Buffer.from('x'));
    expect(proof.key).toBe(`acme/objects/${shaOf('x')}`);
    expect(await readFile(join(root, proof.key), 'utf8')).toBe('x');
    await store.putDocument('projects/demo/current.json', Buffer.from('{}'));
    expect(await readFile(join(root, 'acme/projects/demo/current.json'), 'utf8')).toBe('{}');
  });

  test('I11: a document key cannot leave the tenant', async () => {
    const store = await dirColdStore(root, tenant);
    for (const key of ['../x', 'projects/../../x', '/etc/x', 'projects/', 'objects/x', 'projects/.hidden']) {
      await expect(store.putDocument(key, Buffer.from('x')), key).rejects.toThrow('document');
    }
  });

  test('opening removes what a crashed writer left, and not what a living one writes', async () => {
    await mkdir(join(root, '.incoming'));
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    await writeFile(join(root, '.incoming', `${gone.pid}-left`), 'half');
    await writeFile(join(root, '.incoming', `${process.ppid}-living`), 'half');
    await dirColdStore(root, tenant);
    expect(await filesIn(join(root, '.incoming'))).toEqual([`${process.ppid}-living`]);
  });

  test('what a failed file operation means', () => {
    const meaning = (code: string) =>
      directoryError('/cold', Object.assign(new Error(code), { code, syscall: 'write' }));
    for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) expect(meaning(code)).toBeInstanceOf(StoreFullError);
    for (const code of ['EACCES', 'EPERM', 'EROFS']) expect(meaning(code)).toBeInstanceOf(StoreDeniedError);
    for (const code of ['EIO', 'ESTALE', 'ENOTDIR', 'ENOENT'])
      expect(meaning(code)).toBeInstanceOf(StoreUnavailableError);
    const own = new RangeError('not of the file system');
    expect(directoryError('/cold', own)).toBe(own);
  });

  test('a path that cannot be a directory is said by name', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(dirColdStore(join(root, 'file', 'cold'), tenant)).rejects.toThrow(join(root, 'file', 'cold'));
  });
});

describe('a writer in a process of its own', () => {
  let root: string;
  let program: string;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fs-cold-'));
    program = await writerProgram();
  });
  afterEach(() => child?.kill('SIGKILL'));
  afterAll(() => Promise.all([rm(root, { recursive: true, force: true }), rm(program, { force: true })]));

  test('killed in the middle of a put leaves nothing under the key, and the next start cleans up', async () => {
    const sha = fakeSha('killed');
    child = spawn(process.execPath, [program, root, sha, String(1 << 30)], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (child.stdout) await once(child.stdout, 'data');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    expect(await filesIn(join(root, '.incoming'))).toHaveLength(1);

    const store = await dirColdStore(root, tenant);
    expect(await store.check(sha, { sizeBytes: 1 << 30 })).toEqual({ kind: 'absent' });
    expect(await filesIn(join(root, '.incoming'))).toEqual([]);
  });

  test('that finds no room says so and leaves nothing', async () => {
    // The limit on the size of a file is the full disk that every user can make.
    const script = 'ulimit -f 2048; exec "$@"';
    const sha = fakeSha('no room');
    const args = ['-c', script, 'sh', process.execPath, program, root, sha, String(64 << 20)];
    child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    expect(output).toContain('StoreFullError');
    expect(await filesIn(join(root, '.incoming'))).toEqual([]);
  });
});

/** A program that puts the given number of bytes under the given sha, and prints a line when half of them are written. */
async function writerProgram(): Promise<string> {
  const outfile = join(import.meta.dirname, `../../.cache/cold-writer-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `
        import { dirColdStore } from './dir-cold-store.ts';
        const [root, sha, size] = process.argv.slice(2);
        const part = Buffer.alloc(1 << 20, 7);
        async function* body() {
          for (let at = 0; at < Number(size); at += part.length) {
            if (at === Number(size) / 2) {
              process.stdout.write('half\\n');
              // Waits to be killed, or goes on when there is nobody to do it.
              if (at >= 1 << 29) await new Promise(() => setInterval(() => {}, 1 << 30));
            }
            yield part;
          }
        }
        const store = await dirColdStore(root, 'acme');
        await store.put(sha, Number(size), body).catch((error) => console.log(error.name));
      `,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
