// A proxy before a server that does to bodies what networks do: cuts them, holds them up, or changes a byte.
import { createServer, request } from 'node:http';

export interface MeddlingProxy {
  readonly url: string;
  /** Of files: answers that are longer are cut after so many bytes, so many times. */
  cut(afterBytes: number, times: number): void;
  /** Of files: the next answer that is longer stops there, and its line stays open. @returns when it does */
  stall(afterBytes: number): Promise<void>;
  /** Of what is sent in parts: those that are longer are cut after so many bytes, so many times. */
  cutSent(afterBytes: number, times: number): void;
  /** Of what is sent in parts: the next that is longer stops there, and its line stays open. @returns when it does */
  stallSent(afterBytes: number): Promise<void>;
  /** From now on the first byte of each answer with bytes of a file is another one. */
  spoil(): void;
  /** how many bodies were cut */
  readonly cuts: number;
  /** what was asked for, of files */
  readonly ranges: readonly string[];
  /** where each part began that was sent */
  readonly offsets: readonly number[];
  close(): Promise<void>;
}

interface End {
  readonly after: number;
  readonly how: 'cut' | 'stall';
  readonly reached: () => void;
}

export async function meddlingProxy(server: string): Promise<MeddlingProxy> {
  let ends: End[] = [];
  let sentEnds: End[] = [];
  let cuts = 0;
  let isSpoiling = false;
  const ranges: string[] = [];
  const offsets: number[] = [];
  const proxy = createServer((asked, answer) => {
    const { method, headers, url } = asked;
    const sent = request(new URL(url ?? '/', server), { method, headers, agent: false }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      const isFile = got.headers['fs-mode'] !== undefined;
      if (isFile) ranges.push(String(headers.range));
      const isLong = isFile && Number(got.headers['content-length']) > (ends[0]?.after ?? 0);
      const end = isLong ? ends.shift() : undefined;
      let passed = 0;
      got.on('data', (bytes: Buffer) => {
        if (isSpoiling && isFile && passed === 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
        passed += bytes.length;
        if (!end || passed < end.after) return answer.write(bytes);
        got.destroy();
        // What was given so far arrives before the line ends.
        answer.write(bytes, () => {
          if (end.how === 'cut') answer.destroy();
          end.reached();
        });
      });
      got.on('end', () => answer.end());
    });
    sent.on('error', () => answer.destroy());
    asked.on('error', () => sent.destroy());
    const isPart = headers['upload-offset'] !== undefined;
    if (isPart) offsets.push(Number(headers['upload-offset']));
    const isLong = isPart && Number(headers['content-length']) > (sentEnds[0]?.after ?? 0);
    const end = isLong ? sentEnds.shift() : undefined;
    if (!end) {
      asked.pipe(sent);
      return;
    }
    let passed = 0;
    asked.on('data', (bytes: Buffer) => {
      if (passed >= end.after) return;
      passed += bytes.length;
      asked.pause();
      sent.write(bytes, () => {
        if (passed < end.after) return asked.resume();
        // A line that is held up holds its bytes too; one that is cut takes both of its ends with it.
        if (end.how === 'cut') asked.destroy();
        end.reached();
      });
    });
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const address = proxy.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    cut(after, times) {
      ends = Array.from({ length: times }, () => ({ after, how: 'cut', reached: () => cuts++ }));
    },
    stall(after) {
      return new Promise((reached) => {
        ends = [{ after, how: 'stall', reached }];
      });
    },
    cutSent(after, times) {
      sentEnds = Array.from({ length: times }, () => ({ after, how: 'cut', reached: () => cuts++ }));
    },
    stallSent(after) {
      return new Promise((reached) => {
        sentEnds = [{ after, how: 'stall', reached }];
      });
    },
    spoil() {
      isSpoiling = true;
    },
    get cuts() {
      return cuts;
    },
    ranges,
    offsets,
    async close() {
      proxy.closeAllConnections();
      await new Promise((closed) => proxy.close(closed));
    },
  };
}
