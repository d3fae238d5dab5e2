import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundaryIn, MultipartError, multipart } from './multipart.ts';

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, boundary: string, size: number) {
  const found: { name: string; fileName: string | undefined; content: string }[] = [];
  for await (const { name, fileName, bytes: content } of multipart(inParts(bytes, size), boundary)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.push({ name, fileName, content: Buffer.concat(chunks).toString('latin1') });
  }
  return found;
}

test('a form comes out as it was put in, however it is cut on its way', async () => {
  const file = fc.record({ name: fc.string({ unit: 'grapheme', minLength: 1 }), content: fc.uint8Array() });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 4 }), fc.integer({ min: 1, max: 64 }), async (files, size) => {
      const form = new FormData();
      form.append('path', 'docs');
      for (const { name, content } of files) form.append('file', new File([content as Uint8Array<ArrayBuffer>], name));
      const sent = new Response(form);
      const boundary = boundaryIn(sent.headers.get('content-type') ?? '') ?? '';
      const found = await read(new Uint8Array(await sent.arrayBuffer()), boundary, size);
      expect(found[0]).toEqual({ name: 'path', fileName: undefined, content: 'docs' });
      expect(found.slice(1).map(({ content }) => content)).toEqual(
        files.map(({ content }) => Buffer.from(content).toString('latin1')),
      );
      const names = found.slice(1).map(({ fileName }) => fileName?.replace(/\r\n?|\n/g, '\n'));
      expect(names).toEqual(
        files
          .map(({ name }) => name.replace(/\r\n?|\n/g, '\n'))
          .map((name) => name.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n')),
      );
    }),
    { numRuns: 200 },
  );
});

test('a part that nobody reads does not stand in the way of the next one', async () => {
  const form = new FormData();
  form.append('a', new File(['x'.repeat(1_000)], 'a'));
  form.append('b', 'bee');
  const sent = new Response(form);
  const boundary = boundaryIn(sent.headers.get('content-type') ?? '') ?? '';
  const names: string[] = [];
  for await (const { name } of multipart(inParts(new Uint8Array(await sent.arrayBuffer()), 7), boundary))
    names.push(name);
  expect(names).toEqual(['a', 'b']);
});

test.each([
  '',
  '--b',
  '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut',
  '--bx',
  `--b\r\n${'x'.repeat(40_000)}`,
])('what is no whole form is refused: %#', async (text) => {
  await expect(read(Buffer.from(text), 'b', 1_000)).rejects.toBeInstanceOf(MultipartError);
});

test('a boundary is told with or without quotes', () => {
  expect(boundaryIn('multipart/form-data; boundary="a b"')).toBe('a b');
  expect(boundaryIn('multipart/form-data; charset=utf-8; boundary=ab;x=y')).toBe('ab');
  expect(boundaryIn('application/json')).toBeUndefined();
});
