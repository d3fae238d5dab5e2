// Events for programs: the stream and its cursors, pages of changes, and the schemas.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import type { EventsRead } from '../../app/event-view.ts';
import { fakeEvent, oneOfEach } from '../../app/testing/fake-events.ts';
import type { FakeServices } from '../../app/testing/fake-services.ts';
import { FAKE_NOW } from '../../app/testing/fake-time.ts';
import { START } from '../../core/api/event.ts';
import { eventTypes } from '../../core/model/event.ts';
import { fakeSha, type ProjectName } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { fakeApi, problemIn } from './api.fakes.ts';
import { eventStream, HEARTBEAT_MS } from './event-stream.ts';

const was = { dir: true as const, mode: 0o755 };
const emit = (services: FakeServices, path: string, project = 'demo') =>
  services.emit(
    fakeEvent('PathDeleted', { path: path as RelPath, was, commit_sha: fakeSha('c') }, FAKE_NOW, { project }),
  );

interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** Messages as they come; comments are nothing. */
async function* messages(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Message, void> {
  let text = '';
  for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(bytes).toString('utf8');
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fields = lines.filter((line) => !line.startsWith(':')).map((line) => /^(\w+): (.*)$/s.exec(line) ?? []);
      if (fields.length > 0) yield Object.fromEntries(fields.map(([, name, value]) => [name, value]));
    }
  }
}

async function take(stream: AsyncGenerator<Message, void>, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  for (; taken.length < count; ) {
    const next = await stream.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

const pathOf = ({ data = '{}' }: Message): unknown => JSON.parse(data).payload?.path;

test('a stream has what happens from now on; its ids are cursors by which it goes on where it was cut', async () => {
  const { services, ask } = fakeApi();
  services.project('demo');
  emit(services, 'before');
  const answer = await ask('/api/v1/events');
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const stream = messages(answer.body);
  emit(services, 'one');
  emit(services, 'two');
  const [one, two] = await take(stream, 2);
  expect([one, two].map((message) => message && pathOf(message))).toEqual(['one', 'two']);
  await stream.return();
  expect(services.listeners).toBe(0);
  emit(services, 'three');
  const again = await ask('/api/v1/events', { headers: { 'last-event-id': one?.id ?? '' } });
  expect((await take(messages(again.body), 2)).map(pathOf)).toEqual(['two', 'three']);
});

test('a stream is narrowed to a project, to types and to a path', async () => {
  const { services, ask } = fakeApi();
  for (const project of ['demo', 'other']) services.project(project);
  emit(services, 'docs/a');
  emit(services, 'docs/b', 'other');
  emit(services, 'else');
  services.emit(fakeEvent('ProjectCreated', { name: 'demo' as ProjectName }, FAKE_NOW, { project: 'demo' }));
  emit(services, 'docs/c');
  const query = 'after=oldest&project=demo&type=PathDeleted&type=PathMoved&path=docs';
  const { body } = await ask(`/api/v1/events?${query}`);
  expect((await take(messages(body), 2)).map(pathOf)).toEqual(['docs/a', 'docs/c']);
  expect(await problemIn(await ask('/api/v1/events?type=Nothing'))).toMatchObject({ status: 422, field: 'query.type' });
  expect(await problemIn(await ask('/api/v1/events?after=7'))).toMatchObject({ status: 422, field: 'query.after' });
});

test('a token for one project hears of that one alone', async () => {
  const { services, app } = fakeApi();
  const projects = ['demo' as ProjectName];
  services.bearers.set('of demo', { actor: { kind: 'token', id: 'of demo' }, scope: 'read', projects });
  services.emit(fakeEvent('JobStarted', { job: 'a', kind: 'sweep' }, FAKE_NOW));
  emit(services, 'theirs', 'other');
  emit(services, 'mine');
  const headers = { authorization: 'Bearer of demo' };
  const { body } = await app.request('http://fs.test/api/v1/events?after=oldest', { headers });
  expect((await take(messages(body), 1)).map(pathOf)).toEqual(['mine']);
  const refused = await app.request('http://fs.test/api/v1/events?project=other', { headers });
  expect(await problemIn(refused)).toMatchObject({ status: 404, field: 'query.project' });
});

test('what has aged out is told before what follows, in a stream and in pages', async () => {
  const { services, ask } = fakeApi();
  services.project('demo');
  for (const path of ['a', 'b', 'c', 'd']) emit(services, path);
  const start = await (await ask('/api/v1/projects/demo/changes?limit=1')).json();
  expect(start).toMatchObject({ items: [{ event: { payload: { path: 'a' } } }], more: true, gap: null });
  services.forgetEvents(3);
  const page = await (await ask(`/api/v1/projects/demo/changes?after=${start.next}`)).json();
  expect(page).toMatchObject({ items: [{ event: { payload: { path: 'd' } } }], gap: { reason: 'aged-out' } });
  const stream = await ask('/api/v1/events', { headers: { 'last-event-id': start.next } });
  const [gap, next] = await take(messages(stream.body), 2);
  expect(gap).toMatchObject({ event: 'gap', data: '{"reason":"aged-out"}' });
  expect(next && pathOf(next)).toBe('d');
  const rest = await (await ask(`/api/v1/projects/demo/changes?after=${page.next}`)).json();
  expect(rest).toEqual({ items: [], next: page.next, more: false, gap: null });
});

/** A stream whose reads are counted, on a clock that passes by itself. */
function counted(pages: readonly EventsRead[], isAllowed = true) {
  let reads = 0;
  const clock = virtualClock();
  const none: EventsRead = { kind: 'events', rows: [], next: { seq: 9, mark: 'abcdefabcdef' }, more: false };
  const stream = eventStream(
    {
      clock,
      subscription: { wait: () => new Promise(() => {}), close: () => undefined },
      read: async () => pages[reads++] ?? none,
      isAllowed: async () => isAllowed,
      onError: () => undefined,
    },
    START,
  );
  return { stream, reads: () => reads };
}

test('a reader that takes nothing costs no reads and no memory: what it lacks waits where it is', async () => {
  const row = { seq: 1, event: fakeEvent('JobStarted', { job: 'a', kind: 'sweep' }, FAKE_NOW) };
  const page: EventsRead = { kind: 'events', rows: [row], next: { seq: 1, mark: 'abcdefabcdef' }, more: true };
  const { stream, reads } = counted([page, page, page, page]);
  const reader = stream.getReader();
  await reader.read();
  expect(reads()).toBe(0);
  await reader.read();
  expect(reads()).toBe(1);
  await reader.read();
  expect(reads()).toBe(2);
  await reader.cancel();
});

test('a silent stream says that it lives, and how far it has come', async () => {
  const reader = counted([]).stream.getReader();
  await reader.read();
  const { value } = await reader.read();
  expect(Buffer.from(value ?? []).toString()).toBe('id: 9.abcdefabcdef\n: still here\n\n');
  await reader.cancel();
});

test('a stream ends when its token was revoked', async () => {
  const reader = counted([], false).stream.getReader();
  await reader.read();
  expect(await reader.read()).toMatchObject({ done: true });
});

test('a stream that is never silent ends as soon when its token was revoked', async () => {
  const clock = virtualClock();
  const row = { seq: 1, event: fakeEvent('JobStarted', { job: 'a', kind: 'sweep' }, FAKE_NOW) };
  const io = {
    ...{ clock, onError: () => undefined, isAllowed: async () => false },
    subscription: { wait: () => clock.sleep(5_000), close: () => undefined },
    read: async () => ({ kind: 'events', rows: [row], next: { seq: 1, mark: 'abcdefabcdef' }, more: false }) as const,
  };
  const begun = clock.now();
  let said = 0;
  const reader = eventStream(io, START).getReader();
  for (let isOver = false; !isOver && clock.now() < begun + 60_000; said++) isOver = (await reader.read()).done;
  expect(clock.now() - begun).toBeLessThan(HEARTBEAT_MS + 5_000);
  expect(said).toBeGreaterThan(3);
});

test('events are what their JSON Schemas say, each by its type; what is none is refused', async () => {
  const { ask } = fakeApi();
  const schema = await (await ask('/api/v1/schemas/events')).json();
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const events = oneOfEach(FAKE_NOW);
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(eventTypes));
  for (const event of events) expect([event.type, validate(event), validate.errors]).toEqual([event.type, true, null]);
  const [first] = events;
  expect(validate({ ...first, type: 'Unknown' })).toBe(false);
  expect(validate({ ...first, payload: {} })).toBe(false);
});
