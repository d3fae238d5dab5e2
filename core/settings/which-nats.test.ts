import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { natsFile, removeNatsFile, writeNatsFile } from './nats-file.ts';
import { whichNats } from './which-nats.ts';

const URL = 'nats://fs-sync:hunter2@127.0.0.1:40404';
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-which-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const which = (more: { NATS_URL?: string; NATS_CREDS?: string } = {}) => whichNats({ FS_DATA_DIR: dir, ...more });
/** of a process that has ended */
const endedPid = (): number => spawnSync(process.execPath, ['--version']).pid;

test('NATS_URL comes first, with NATS_CREDS', () => {
  writeNatsFile(dir, { url: URL, pid: process.pid });
  const named = which({ NATS_URL: 'tls://host:4222', NATS_CREDS: '/etc/x.creds' });
  expect(named).toMatchObject({ servers: 'tls://host:4222', creds: '/etc/x.creds' });
});

test('without NATS_URL it is the one that the data directory names, and credentials for another are not given to it', () => {
  writeNatsFile(dir, { url: URL, pid: process.pid });
  const named = which({ NATS_CREDS: '/etc/x.creds' });
  expect(named.servers).toBe(URL);
  expect(named).not.toHaveProperty('creds');
  expect(named.nextStep).toBe(`it is named by ${dir}/nats.json: start that fleet again (npm start), or set NATS_URL`);
});

test('the file is for its user only, whatever was left there before, and is gone without a trace', () => {
  writeFileSync(`${natsFile(dir)}.new`, 'cut off');
  chmodSync(`${natsFile(dir)}.new`, 0o644);
  writeNatsFile(dir, { url: URL, pid: process.pid });
  expect(statSync(natsFile(dir)).mode & 0o777).toBe(0o600);
  removeNatsFile(dir);
  removeNatsFile(dir);
  expect(existsSync(natsFile(dir))).toBe(false);
  expect(readdirSync(dir)).toEqual([]);
});

test('none is named: the message says where it looked and what to give', () => {
  expect(() => which()).toThrow(
    `NATS_URL is not set, and no \`npx fs-sync up\` runs with this data directory (there is no ${dir}/nats.json): give the address`,
  );
});

test('one that has ended is told as such, and its login is not shown', () => {
  const pid = endedPid();
  writeNatsFile(dir, { url: URL, pid });
  const message = `the nats-server that ${dir}/nats.json names (process ${pid}) has ended: start that fleet again`;
  expect(() => which()).toThrow(message);
  expect(() => which()).not.toThrow(/hunter2/);
});

test.each(['', '{', '{"v":2}', '{"v":1,"url":"","pid":1}', '{"v":1,"url":"nats://x","pid":-1}'])(
  'a file that is none of ours is not guessed at: %j',
  (text) => {
    writeFileSync(natsFile(dir), text);
    expect(() => which()).toThrow(
      `${dir}/nats.json, which names the NATS of \`npx fs-sync up\`, cannot be read (damaged)`,
    );
  },
);
