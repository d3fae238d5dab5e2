import { expect, test } from 'vitest';
import { fakeSha, parseTenant } from '../model/ids.ts';
import { decodeMeta, encodeDeletedMeta, encodeMeta } from './nats-object-meta.ts';
import { placeOf, shaOfMetaSubject } from './nats-object-names.ts';

const MIB = 1 << 20;
const sha = fakeSha('a');
const place = placeOf(parseTenant('t'), 8, sha);
const written = { nuid: 'N', sizeBytes: 1000, chunkBytes: 400, seqs: [7, 8, 11], crcs: [0, 1, 0xffffffff] };
const decode = (value: unknown) => decodeMeta(Buffer.from(JSON.stringify(value)));

test('what is written is read back', () => {
  const decoded = decodeMeta(Buffer.from(encodeMeta(place, written, 0, MIB)));
  expect(decoded).toEqual({
    kind: 'object',
    meta: { sha, nuid: 'N', sizeBytes: 1000, chunks: 3, chunkBytes: 400, seqs: [7, 8, 11], crcs: [0, 1, 0xffffffff] },
  });
});

test("it has the protocol's own fields, for stock clients", () => {
  expect(JSON.parse(encodeMeta(place, written, 0, MIB))).toMatchObject({
    name: sha,
    bucket: place.bucket,
    nuid: 'N',
    size: 1000,
    chunks: 3,
    digest: `SHA-256=${Buffer.from(sha, 'hex').toString('base64url')}=`,
    mtime: '1970-01-01T00:00:00.000Z',
    options: { max_chunk_size: 400 },
  });
});

test('the mark of a deletion is read as one', () => {
  expect(decodeMeta(Buffer.from(encodeDeletedMeta(place, 'N', 0)))).toEqual({ kind: 'deleted' });
});

test('metadata of other clients, without our fields, is read', () => {
  const digest = `SHA-256=${Buffer.from(sha, 'hex').toString('base64')}`;
  expect(
    decode({ name: sha, nuid: 'N', size: 1, chunks: 1, digest, bucket: 'b', headers: {}, metadata: null }),
  ).toEqual({
    kind: 'object',
    meta: { sha, nuid: 'N', sizeBytes: 1, chunks: 1, chunkBytes: undefined, seqs: undefined, crcs: undefined },
  });
});

test('our own fields are not trusted when they do not fit the number of chunks', () => {
  const base = JSON.parse(encodeMeta(place, written, 0, MIB));
  const decoded = decode({ ...base, chunks: 4 });
  expect(decoded.kind === 'object' && decoded.meta).toMatchObject({ chunks: 4, seqs: undefined, crcs: undefined });
});

test('an object of very many chunks leaves our fields out rather than grow past what a message may hold', () => {
  const seqs = Array.from({ length: 80_000 }, (_, i) => i * i + i + 1);
  const text = encodeMeta(place, { ...written, seqs, crcs: seqs.map(() => 1) }, 0, MIB);
  expect(text.length).toBeLessThan(1000);
  expect(decodeMeta(Buffer.from(text))).toMatchObject({ kind: 'object', meta: { chunks: 80_000, seqs: undefined } });
});

test('a link and a broken message are not readable, which is not the same as absent', () => {
  const link = { name: sha, nuid: 'N', size: 0, chunks: 0, options: { link: { bucket: 'other' } } };
  expect(decode(link).kind).toBe('unreadable');
  expect(decode({}).kind).toBe('unreadable');
  expect(decodeMeta(Buffer.from('\0')).kind).toBe('unreadable');
});

test('the subject of the metadata gives the sha back, and other names give none', () => {
  expect(shaOfMetaSubject(place.metaSubject)).toBe(sha);
  expect(shaOfMetaSubject(`$O.b.M.${Buffer.from('notes.txt').toString('base64url')}`)).toBeUndefined();
});
