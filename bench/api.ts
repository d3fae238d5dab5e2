// A large file through the HTTP API of a real `fs-sync server` process, in and out, on a nats-server that fsyncs every message:
// one PUT, one GET, by a client in a process of its own that makes the bytes and hashes what comes back. Beside the speed stands
// the most memory that the server ever had: it has to be the same for any size. FS_BENCH_API_GB=5 takes 5 GiB instead of 1.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sha } from '../core/model/ids.ts';
import { hashOf, keystream } from './keystream.ts';
import { type Report, rounded } from './row.ts';
import { type BenchedServer, withServer } from './server.ts';

const MIB = 1024 * 1024;
/** A megabyte of `MB/s`, as disks and networks are sold. */
const MB = 1_000_000;
const MEMORY_TARGET_MIB = 400;
const GIB = Number(process.env.FS_BENCH_API_GB ?? 1);

export const run = (report: Report): Promise<void> =>
  withServer(
    async () => undefined,
    async (server) => {
      const sizeBytes = GIB * 1024 * MIB;
      const sha = await hashOf(keystream(1, sizeBytes)());
      const put = await timed(() => putObject(server, sha, sizeBytes));
      const putPeak = server.peakRss();
      const got = await timed(() => getObject(server, sha));
      const isRight = got.result === sha;
      const what = `one object of ${GIB} GiB`;
      speed(report, `PUT ${what}`, sizeBytes / put.seconds, isRight);
      speed(report, `GET ${what}`, sizeBytes / got.seconds, isRight);
      memory(report, `PUT ${what}`, putPeak, isRight);
      memory(report, `PUT and GET ${what}`, server.peakRss(), isRight);
    },
  );

const speed = (report: Report, name: string, bytesPerSecond: number, ok: boolean) =>
  report({ bench: 'api', case: name, value: rounded(bytesPerSecond / MB), unit: 'MB/s', better: 'higher', ok });

function memory(report: Report, name: string, peakBytes: number, isRight: boolean): void {
  const [value, target] = [rounded(peakBytes / MIB), MEMORY_TARGET_MIB];
  const row = { bench: 'api', case: `${name} · peak memory of the server`, unit: 'MiB', better: 'lower' } as const;
  report({ ...row, value, target, ok: isRight && value <= target });
}

/** @throws unless the server has stored all of it under this sha */
async function putObject({ url, token }: BenchedServer, sha: Sha, sizeBytes: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-length': sizeBytes };
  const asking = request(`${url}/api/v1/objects/${sha}`, { method: 'PUT', headers });
  const answered = once(asking, 'response');
  await pipeline(Readable.from(keystream(1, sizeBytes)(), { objectMode: false }), asking);
  const [answer] = await answered;
  answer.resume();
  if (answer.statusCode !== 200) throw new Error(`the PUT was answered with ${answer.statusCode}`);
}

/** @returns the SHA-256 of what came */
async function getObject({ url, token }: BenchedServer, sha: Sha): Promise<string> {
  const asking = request(`${url}/api/v1/objects/${sha}`, { headers: { authorization: `Bearer ${token}` } }).end();
  const [answer] = await once(asking, 'response');
  if (answer.statusCode !== 200) throw new Error(`the GET was answered with ${answer.statusCode}`);
  const hash = createHash('sha256');
  await pipeline(answer, hash);
  return hash.digest('hex');
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { seconds: (performance.now() - startedAt) / 1000, result };
}
