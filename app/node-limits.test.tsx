// The form of a node's limits: what it shows, what it asks for, and who is first.
import { expect, test } from 'vitest';
import { fragmentsOf, one, SCRIPT, textOf } from './testing/node-pages.ts';
import { openPages } from './testing/open-pages.ts';

test('a limit that nobody set says what the configuration of the node makes it, and each field its unit and least', async () => {
  const limits = {
    limits: { open_files: 64 },
    configuredLimits: { up_bytes_per_s: 500_000, memory_bytes: 96_000_000 },
  };
  const text = textOf(await openPages(one({}, limits)).html('/nodes/node-a'));
  expect(text).toContain(
    'Upload 500 kB/s, as configured Download no limit, as configured Memory 96.0 MB, as configured Open files 64',
  );
  for (const label of ['Upload in MB/s, at least 0.001', 'Memory in MB, at least 8.4', 'Open files at least 4']) {
    expect(text).toContain(label);
  }
});

test('limits are typed in MB/s and MB, and go along with the values that the form was filled from', async () => {
  const services = one({}, { limits: { up_bytes_per_s: 2_500_000 } });
  const pages = openPages(services);
  const html = await pages.html('/nodes/node-a');
  expect(html).toMatch(/name="up_bytes_per_s" value="2\.5"/);
  expect(html).toContain('name="seen_up_bytes_per_s" value="2500000"');
  expect(textOf(html)).toContain('Upload 2.5 MB/s Download as configured');
  services.outcomes.changeLimits = { kind: 'limits-changed', limits: { memory_bytes: 256_000_000 } };
  const fields = { up_bytes_per_s: '', seen_up_bytes_per_s: '2500000', memory_bytes: ' 256 ', open_files: '64' };
  const answer = await pages.post('/nodes/node-a/limits', fields, SCRIPT);
  expect(services.asked[0]?.slice(3)).toEqual([
    [
      { field: 'up_bytes_per_s', seen: 2_500_000, to: undefined },
      { field: 'down_bytes_per_s', seen: undefined, to: undefined },
      { field: 'memory_bytes', seen: undefined, to: 256_000_000 },
      { field: 'open_files', seen: undefined, to: 64 },
    ],
  ]);
  const [said, form] = await fragmentsOf(answer);
  expect(said).toContain('The limits were changed.');
  expect(form).toContain('name="seen_memory_bytes" value="256000000"');
});

test('limits of a node that does not run are not said to be used at once', async () => {
  for (const state of ['left', 'offline', 'never'] as const) {
    const services = one({}, { state });
    services.outcomes.changeLimits = { kind: 'limits-changed', limits: {} };
    const answer = await openPages(services).post('/nodes/node-a/limits', { open_files: '64' }, SCRIPT);
    expect((await fragmentsOf(answer))[0]).toContain('it uses them when it is back');
  }
});

test.each([
  ['up_bytes_per_s', 'fast', 'Upload is "fast": give MB/s, at least 0.001, such as 12.5'],
  ['down_bytes_per_s', '0', 'Download is "0": give MB/s'],
  ['memory_bytes', '-5', 'Memory is "-5": give MB, at least 8.4'],
  ['memory_bytes', '8.3', 'Memory is "8.3": give MB, at least 8.4'],
  ['up_bytes_per_s', '0.0001', 'Upload is "0.0001": give MB/s, at least 0.001'],
  ['open_files', '1.5', 'Open files is "1.5": give a whole number from 4'],
  ['open_files', '3', 'Open files is "3": give a whole number from 4'],
  ['open_files', '1e9', 'Open files is "1e9": give a whole number from 4'],
])('a limit that is none is named with its value and its rule: %s = %s', async (field, value, message) => {
  const services = one();
  const pages = openPages(services);
  const plain = await pages.post('/nodes/node-a/limits', { [field]: value });
  expect(plain.status).toBe(422);
  const html = await plain.text();
  expect(textOf(html)).toContain(message);
  expect(html).toContain(`name="${field}" value="${value}"`);
  const scripted = await pages.post('/nodes/node-a/limits', { [field]: value }, SCRIPT);
  expect(textOf((await fragmentsOf(scripted))[1] ?? '')).toContain(message);
  expect(services.asked).toEqual([]);
});

test('who would overwrite a limit that was changed meanwhile sees both, and nothing is lost', async () => {
  const services = one();
  services.outcomes.changeLimits = {
    kind: 'limits-moved',
    limits: { up_bytes_per_s: 9_000_000, open_files: 5 },
    fields: ['up_bytes_per_s'],
  };
  const fields = { up_bytes_per_s: '3', memory_bytes: '70' };
  const answer = await openPages(services).post('/nodes/node-a/limits', fields, SCRIPT);
  const [said, form = ''] = await fragmentsOf(answer);
  expect(said).toContain('somebody else has changed the marked limits');
  expect(textOf(form)).toContain('Meanwhile somebody has set this to: 9.0 MB/s.');
  expect(form).toMatch(/name="up_bytes_per_s" value="3"/);
  expect(form).toContain('name="seen_up_bytes_per_s" value="9000000"');
  expect(form).toMatch(/name="memory_bytes" value="70"/);
  expect(form).toMatch(/name="open_files" value="5"/);
});
