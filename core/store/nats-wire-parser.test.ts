import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireParser, WireProtocolError } from './nats-wire-parser.ts';

function parse(parts: readonly Buffer[]): string[] {
  const told: string[] = [];
  const parser = new WireParser({
    onMessage: (subject, headers, data) =>
      told.push(`message ${subject} ${headers?.toString('latin1') ?? '-'} ${data.toString('latin1')}`),
    onInfo: (json) => told.push(`info ${json}`),
    onPing: () => told.push('ping'),
    onPong: () => told.push('pong'),
    onError: (text) => told.push(`error ${text}`),
  });
  for (const part of parts) {
    parser.feed(part);
    // The buffer takes the next read.
    part.fill(0);
  }
  return told;
}

const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const token = fc.stringMatching(/^[a-zA-Z0-9_.$=-]{1,20}$/);
const frame = fc.oneof(
  fc.constantFrom(
    { wire: Buffer.from('PING\r\n'), told: ['ping'] },
    { wire: Buffer.from('PONG\r\n'), told: ['pong'] },
    { wire: Buffer.from('+OK\r\n'), told: [] },
    { wire: Buffer.from("-ERR 'Stale Connection'\r\n"), told: ['error Stale Connection'] },
    { wire: Buffer.from('INFO {"server_name":"é"}\r\n'), told: ['info {"server_name":"é"}'] },
  ),
  fc.record({ subject: token, reply: fc.option(token), data: payload }).map(({ subject, reply, data }) => ({
    wire: Buffer.concat([
      Buffer.from(`MSG ${subject} 1 ${reply === null ? '' : `${reply} `}${data.length}\r\n`),
      data,
      Buffer.from('\r\n'),
    ]),
    told: [`message ${subject} - ${data.toString('latin1')}`],
  })),
  fc.record({ subject: token, value: token, data: payload }).map(({ subject, value, data }) => {
    const headers = Buffer.from(`NATS/1.0\r\nNats-Sequence: ${value}\r\n\r\n`);
    const wire = [
      Buffer.from(`HMSG ${subject} 1 ${headers.length} ${headers.length + data.length}\r\n`),
      headers,
      data,
      Buffer.from('\r\n'),
    ];
    return {
      wire: Buffer.concat(wire),
      told: [`message ${subject} ${headers.toString('latin1')} ${data.toString('latin1')}`],
    };
  }),
);

test('whatever a server sends is read the same, however the network cuts it', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat(400)), (frames, cuts) => {
      const wire = Buffer.concat(frames.map((each) => each.wire));
      const parts: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        parts.push(Buffer.from(wire.subarray(at, at + cut)));
        at += cut;
      }
      parts.push(Buffer.from(wire.subarray(at)));
      expect(parse(parts)).toEqual(frames.flatMap((each) => each.told));
    }),
  );
});

test.each(['HELLO\r\n', 'MSG a\r\n', 'MSG a 1 x\r\n', 'HMSG a 1 10 5\r\n', 'MSG a 1 -1\r\n', '\r\n'])(
  'what is not the protocol is refused: %j',
  (line) => {
    expect(() => parse([Buffer.from(line)])).toThrow(WireProtocolError);
  },
);

test('a line that never ends is refused before it fills the memory', () => {
  expect(() => parse(Array.from({ length: 20 }, () => Buffer.alloc(100_000, 65)))).toThrow(WireProtocolError);
});
