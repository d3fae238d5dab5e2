// The socket as a program of the node uses it, with whole agents behind it.

import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer as createPlainServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UNASKED } from '../../core/model/delete-threshold.ts';
import { fakeSha, parseNodeId } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { nodeStatusSchema, type Question } from '../../core/model/node-status.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { SettingsError } from '../../core/settings/env.ts';
import { Fleet, PROJECT, type TestNode } from '../testing/fleet.ts';
import { agentApi } from './agent-api.ts';
import { type AgentSocket, AgentSocketError, openAgentSocket } from './agent-socket.ts';
import { answerCommand, statusCommand, statusLines } from './ask-agent.ts';
import type { FeedBody } from './feed-event.ts';
import type { FeedPlace } from './feed-place.ts';
import { AgentAwayError, AgentRefusedError, type ReadEventsOptions, type ReadItem, readEvents } from './read-events.ts';
import { watch } from './watch-command.ts';

let fleet: Fleet;
let node: TestNode;
let dir: string;
let socketPath: string;
let socket: AgentSocket | undefined;
let stop: AbortController;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-sock-'));
  socketPath = join(dir, 'agents/a/agent.sock');
  fleet = await Fleet.open();
  node = fleet.start('a');
  await fleet.converged();
  await serve();
});
afterEach(async () => {
  stop.abort();
  await socket?.close();
  await fleet.close();
  rmSync(dir, { recursive: true });
});

async function serve(): Promise<void> {
  stop = new AbortController();
  socket = await openAgentSocket(socketPath, agentApi({ agent: node.agent, log: silentLog, signal: stop.signal }));
}

function ask(method: string, path: string): Promise<{ status: number | undefined; type: unknown; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path }, async (response) => {
      resolve({ status: response.statusCode, type: response.headers['content-type'], body: await textOf(response) });
    });
    asked.on('error', reject).end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

const events = (query: ReadEventsOptions['query'] = {}, after?: FeedPlace): AsyncGenerator<ReadItem> =>
  readEvents({ socketPath, query, after, signal: stop.signal });

/** The next one with an event in it. */
async function nextEvent(items: AsyncGenerator<ReadItem>): Promise<ReadItem & { event: object }> {
  for (;;) {
    const { value, done } = await items.next();
    if (done) throw new Error('the stream ended');
    if (value.event) return { place: value.place, event: value.event };
  }
}

const publish = (path: string) => {
  const body: FeedBody = {
    type: 'committed',
    commit: fakeSha(path),
    count: 1,
    paths: [{ path: fakePath(path), change: 'created' }],
    more: false,
  };
  const [feed] = node.agent.feeds.list();
  return feed?.publish(body);
};

test('the status, and the workspaces with what is whole on disk', async () => {
  const status = await ask('GET', '/v1/status');
  expect([status.status, status.type]).toEqual([200, 'application/json; charset=utf-8']);
  expect(nodeStatusSchema.parse(JSON.parse(status.body)).workspaces[0]?.root).toBe(node.root);
  const workspaces = JSON.parse((await ask('GET', '/v1/workspaces')).body);
  expect(workspaces).toMatchObject({ workspaces: [{ project: PROJECT, root: node.root, whole: node.status.base }] });
  expect(workspaces.last_event_id).toBe(node.agent.feeds.sequence.placeOf(node.agent.feeds.sequence.last));
});

test('events come as they happen; from the last event id of the workspaces there is no gap', async () => {
  const { last_event_id } = JSON.parse((await ask('GET', '/v1/workspaces')).body);
  await writeFile(node.path('a.txt'), 'a');
  await node.until(({ files }) => files === 1);
  const items = events({}, last_event_id);
  expect((await nextEvent(items)).event).toMatchObject({ type: 'seen', paths: [{ path: 'a.txt', change: 'created' }] });
  const committed = await nextEvent(items);
  expect(committed.event).toMatchObject({ type: 'committed', id: committed.place, project: PROJECT, root: node.root });
  await items.return(undefined);
  publish('b.txt');
  expect((await nextEvent(events({}, committed.place))).event).toMatchObject({ paths: [{ path: 'b.txt' }] });
});

test('a reader says which events it wants', async () => {
  const items = events({ project: PROJECT, types: 'committed', path: 'docs' }, node.agent.feeds.sequence.placeOf(0));
  for (const path of ['elsewhere', 'docs/in']) publish(path);
  expect((await nextEvent(items)).event).toMatchObject({ type: 'committed', paths: [{ path: 'docs/in' }] });
});

test('after a restart of the agent a reader is told to read everything again', async () => {
  const items = events();
  await items.next();
  publish('a');
  const last = await nextEvent(items);
  stop.abort();
  await socket?.close();
  await node.agent.stop();
  node = fleet.start('a');
  await fleet.converged();
  await serve();
  const again = events({}, last.place);
  const reset = await nextEvent(again);
  expect(reset.event).toMatchObject({ type: 'reset', reason: 'restarted', project: PROJECT });
  publish('b');
  expect((await nextEvent(again)).event).toMatchObject({ paths: [{ path: 'b' }] });
});

test('a reader that does not read is written nothing more, told that it is too slow, and sent away', async () => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, path: '/v1/events' }, resolve).on('error', reject).end();
  });
  // Far more than the buffers of the socket hold and than the agent keeps.
  const paths = Array.from({ length: 1_000 }, (_, i) => ({
    path: fakePath(`${'long/'.repeat(20)}${i}`),
    change: 'created' as const,
  }));
  const [feed] = node.agent.feeds.list();
  const body: FeedBody = { type: 'committed', commit: fakeSha('x'), count: 1_000, paths, more: false };
  const followed = node.agent.feeds.follow();
  for (let i = 0; i < 100; i++) {
    feed?.publish(body);
    await followed.next(stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const text = await textOf(response);
  const last = text.trimEnd().split('\n\n').at(-1) ?? '';
  expect(last).toMatch(/^event: reset$/m);
  expect(last).toMatch(/"reason":"too-slow"/);
  expect(text.match(/^event: committed$/gm)?.length ?? 0).toBeLessThan(100);
  // From there it goes on with what is kept.
  const place = /^id: (\S+)$/m.exec(last)?.[1];
  const again = await nextEvent(events({}, place as FeedPlace));
  expect(again.event).toMatchObject({ type: 'committed' });
});

test('a program that opens streams and does not close them is stopped at some number, and others are told', async () => {
  const open = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath, path: '/v1/events', agent: false }, resolve).on('error', reject).end();
    });
  const streams = await Promise.all(Array.from({ length: 256 }, open));
  expect(streams.every(({ statusCode }) => statusCode === 200)).toBe(true);
  const refused = await ask('GET', '/v1/events');
  expect([refused.status, JSON.parse(refused.body).title]).toEqual([503, 'Too many streams']);
  const [first] = streams;
  first?.destroy();
  // Its place is free as soon as the agent has noticed.
  for (;;) {
    const again = await open();
    if (again.statusCode === 200) return;
    again.resume();
  }
});

test('all paths of a span of commits can be had, however many there are', async () => {
  const first = node.status.base;
  for (const name of ['a', 'b', 'c']) await writeFile(node.path(name), name);
  await node.until(({ state, files }) => state === 'in-sync' && files === 3);
  const { body, type } = await ask('GET', `/v1/changes?project=${PROJECT}&from=${first}&to=${node.status.base}`);
  expect(type).toBe('application/x-ndjson; charset=utf-8');
  const all = [
    { path: 'a', change: 'created' },
    { path: 'b', change: 'created' },
    { path: 'c', change: 'created' },
  ];
  const parsed = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  expect(parsed(body)).toEqual(all);
  expect(parsed((await ask('GET', `/v1/changes?project=${PROJECT}&to=${node.status.base}`)).body)).toEqual(all);
  const unknown = await ask('GET', `/v1/changes?project=${PROJECT}&from=${fakeSha()}&to=${node.status.base}`);
  expect([unknown.status, JSON.parse(unknown.body).title]).toEqual([404, 'Not readable']);
});

test('of the workspaces only those of one project are given when that is asked for', async () => {
  const { status, body } = await ask('GET', `/v1/workspaces?project=${PROJECT}`);
  expect([status, JSON.parse(body)]).toMatchObject([200, { workspaces: [{ project: PROJECT, root: node.root }] }]);
});

test('who watches a project that has no workspace here is told so, and which there are', async () => {
  const query = { project: 'nope' };
  const io = { signal: stop.signal, print: async () => {}, say: () => {}, env: {} };
  const watching = watch({ socketPath, query, json: false, exec: undefined }, io);
  await expect(watching).rejects.toThrow(SettingsError);
  await expect(watching).rejects.toThrow('no such workspace of the project nope: it has those of demo');
});

test('a rescan is answered when it is done', async () => {
  const { status, body } = await ask('POST', `/v1/rescan?project=${PROJECT}`);
  expect([status, JSON.parse(body).workspaces.length]).toEqual([200, 1]);
});

test.each([
  ['GET', '/', 404, /\/v1\/events/],
  ['GET', '/v1/constructor', 404, /is not known/],
  ['DELETE', '/v1/status', 405, /takes GET/],
  ['GET', '/v1/events?project=other', 404, /no such workspace of the project other: it has those of demo/],
  ['GET', '/v1/workspaces?project=other', 404, /no such workspace of the project other: it has those of demo/],
  ['GET', '/v1/workspaces?project=NO', 400, /project/],
  ['GET', '/v1/events?project=NO', 400, /project:/],
  ['GET', '/v1/events?types=seen,nothing', 400, /give some of seen, committed/],
  ['GET', '/v1/events?path=../x', 400, /path:/],
  ['GET', '/v1/events?after=yesterday', 400, /is no event id/],
  ['GET', '/v1/changes?project=demo', 400, /to:/],
  ['POST', '/v1/rescan?project=other', 404, /other/],
])('%s %s is refused with %i and a reason', async (method, path, status, detail) => {
  const answer = await ask(method, path);
  expect([answer.status, answer.type]).toEqual([status, 'application/problem+json; charset=utf-8']);
  expect(JSON.parse(answer.body)).toMatchObject({ status, detail: expect.stringMatching(detail) });
});

test("the reader's end tells a refusal from an agent that is away", async () => {
  await expect(events({ project: 'other' }).next()).rejects.toThrow(AgentRefusedError);
  await socket?.close();
  await expect(events().next()).rejects.toThrow(AgentAwayError);
});

test('the socket is for its user only, lies alone in its folder, and goes with the agent', async () => {
  expect((lstatSync(socketPath).mode & 0o777).toString(8)).toBe('600');
  expect(readdirSync(join(dir, 'agents/a'))).toEqual(['agent.sock']);
  await socket?.close();
  expect(readdirSync(join(dir, 'agents/a'))).toEqual([]);
});

test('a socket that nobody answers is replaced; one that is in use, and what is no socket, are not', async () => {
  const listener = agentApi({ agent: node.agent, log: silentLog, signal: stop.signal });
  await expect(openAgentSocket(socketPath, listener)).rejects.toThrow(/another agent answers/);
  expect((await ask('GET', '/v1/status')).status).toBe(200);

  const stale = join(dir, 'stale.sock');
  await leaveSocket(stale);
  const replaced = await openAgentSocket(stale, listener);
  expect((lstatSync(stale).mode & 0o777).toString(8)).toBe('600');
  await replaced.close();

  const file = join(dir, 'file');
  writeFileSync(file, 'a file of someone');
  await expect(openAgentSocket(file, listener)).rejects.toThrow(AgentSocketError);
  expect(lstatSync(file).isFile()).toBe(true);
});

test('a path that is too long for a socket says so, and what to set', async () => {
  const listener = agentApi({ agent: node.agent, log: silentLog, signal: stop.signal });
  const long = join(dir, 'x'.repeat(100), 'agent.sock');
  await expect(openAgentSocket(long, listener)).rejects.toThrow(/bytes too long .*set FS_AGENT_SOCKET/);
  mkdirSync(join(dir, 'y'));
  expect(readdirSync(dir).sort()).toEqual(['agents', 'y']);
});

/** A socket as a killed process leaves it: there, and nobody behind it. */
async function leaveSocket(path: string): Promise<void> {
  const kept = `${path}.kept`;
  const server = await new Promise<Server>((resolve) => {
    const made = createPlainServer().listen(path, () => resolve(made));
  });
  const { linkSync, renameSync } = await import('node:fs');
  linkSync(path, kept);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  renameSync(kept, path);
}

test('what the node asks is answered over the socket, and what it does not ask is refused', async () => {
  for (let n = 0; n < 30; n++) writeFileSync(node.path(`file ${n}`), `${n}`);
  await node.until(({ files, state }) => files === 30 && state === 'in-sync');
  for (let n = 0; n < 30; n++) rmSync(node.path(`file ${n}`));
  const { question } = await node.until((status) => status.question !== undefined && status.state === 'blocked');
  const env = { FS_AGENT_SOCKET: socketPath };
  const { lines } = await statusCommand({}, env);
  expect(lines[0]).toMatch(/^demo in .*: 30 of 30 files are gone/);
  // Which of them are named depends on the order in which they were found to be gone.
  expect(new Set(lines.filter((line) => /^ {2}"file \d+"$/.test(line))).size).toBe(10);
  expect(lines).toContain('  and 20 more');
  expect(lines.slice(-2)).toEqual([
    `  To restore: npx fs-sync answer --node a ${question?.id} restore`,
    `  To allow:   npx fs-sync answer --node a ${question?.id} allow`,
  ]);
  await expect(answerCommand('another', 'allow', {}, env)).rejects.toThrow(
    `a does not ask "another" (any more): it asks ${question?.id} (demo). Its questions: npx fs-sync status --node a`,
  );
  await expect(answerCommand(question?.id ?? '', 'perhaps', {}, env)).rejects.toThrow(/give allow or restore/);
  expect(await answerCommand(question?.id ?? '', 'restore', {}, env)).toEqual(['The files are brought back.']);
  await node.has('file 29', '29');
  expect(JSON.parse((await statusCommand({ json: true }, env)).lines[0] ?? '')).toMatchObject({ node: 'a' });
});

test("a beginning of a question's id that leaves no doubt is enough, and finds its agent; one that several have is refused with them", async () => {
  const answered: string[] = [];
  const status = node.agent.status();
  const [workspace] = status.workspaces;
  if (!workspace) throw new Error('the node has a workspace');
  const ids = { b: 'd41f', c: 'd42f', d: 'd4' };
  const others = await Promise.all(
    Object.entries(ids).map(([name, id]) => {
      const question: Question = {
        id,
        kind: 'deletions',
        sentence: 'One file is gone.',
        count: 1,
        files: 1,
        examples: ['x'],
        since: status.ts,
      };
      const asks = { ...status, node: parseNodeId(name), workspaces: [{ ...workspace, question }] };
      const answer = (one: string) => {
        answered.push(`${name} ${one}`);
        return 'answered' as const;
      };
      const agent = { ...node.agent, status: () => asks, answer };
      const api = agentApi({ agent, log: silentLog, signal: stop.signal });
      return openAgentSocket(join(dir, `agents/${name}/agent.sock`), api);
    }),
  );
  const env = { FS_DATA_DIR: dir };
  expect(await answerCommand('d41', 'restore', {}, env)).toEqual(['The files are brought back.']);
  expect(await answerCommand('d4', 'allow', {}, env)).toEqual(['Allowed.']);
  await answerCommand('d', 'allow', { node: 'c' }, env);
  expect(answered).toEqual(['b d41f', 'd d4', 'c d42f']);
  await expect(answerCommand('d', 'allow', {}, env)).rejects.toThrow(
    'several questions begin with "d": give more of one: d41f (demo on b), d42f (demo on c), d4 (demo on d)',
  );
  await expect(answerCommand('', 'allow', {}, env)).rejects.toThrow(AgentRefusedError);
  expect(answered).toHaveLength(3);
  await Promise.all(others.map((other) => other.close()));
});

test('an answer that the question does not offer is refused with the one that it does', async () => {
  const agent = { ...node.agent, answer: () => 'not-offered' as const };
  const path = join(dir, 'other.sock');
  const other = await openAgentSocket(path, agentApi({ agent, log: silentLog, signal: stop.signal }));
  await expect(answerCommand('q', 'allow', {}, { FS_AGENT_SOCKET: path })).rejects.toThrow(
    /"q" cannot be answered with allow: .* can only be restored, .*: npx fs-sync answer --node a q restore$/,
  );
  await other.close();
});

test('without a node the status of every agent of the machine is shown, and one that does not answer is named', async () => {
  const env = { FS_DATA_DIR: dir };
  const [alone = ''] = (await statusCommand({}, env)).lines;
  expect(alone).toMatch(/^demo in /);
  const second = join(dir, 'agents/b/agent.sock');
  const listener = agentApi({ agent: node.agent, log: silentLog, signal: stop.signal });
  const other = await openAgentSocket(second, listener);
  expect(await statusCommand({}, env)).toEqual({ lines: ['a:', `  ${alone}`, 'a:', `  ${alone}`], away: [] });
  expect((await statusCommand({ json: true }, env)).lines.map((line) => JSON.parse(line).node)).toEqual(['a', 'a']);
  expect((await statusCommand({ node: 'b' }, env)).lines).toEqual([alone]);
  await expect(answerCommand('q', 'allow', {}, env)).rejects.toThrow(/none of a, a asks "q" \(any more\)/);
  await other.close();
  const { lines, away } = await statusCommand({}, env);
  expect(lines).toEqual(['a:', `  ${alone}`]);
  expect(away).toEqual([
    expect.stringMatching(
      /no agent answers at .*agents\/b\/agent\.sock: start it by npm start.*gone for good: remove .*agents\/b$/,
    ),
  ]);
  // One that stopped is none to choose from.
  await expect(answerCommand('q', 'allow', {}, env)).rejects.toThrow(/a does not ask "q"/);
  await expect(statusCommand({ node: 'b' }, env)).rejects.toThrow(AgentAwayError);
});

test('the status says of a workspace that it only sends or only receives, and of one that does both nothing', () => {
  const status = node.agent.status();
  const first = (mode?: 'receive' | 'send') => {
    const workspaces = status.workspaces.map((one) => ({ ...one, ...(mode && { mode }) }));
    return statusLines({ ...status, workspaces })[0];
  };
  expect(first()).toContain(`demo in ${node.root}: In sync.`);
  expect(first('receive')).toContain(`demo in ${node.root}, which only receives: In sync.`);
  expect(first('send')).toContain(`demo in ${node.root}, which only sends: In sync.`);
});

test('names with line breaks and with marks that turn the writing around stay what they are on a terminal', () => {
  const status = nodeStatusSchema.parse({ ...node.agent.status() });
  const [workspace] = status.workspaces;
  if (!workspace) throw new Error('the node has a workspace');
  const problem = { path: 'a\nb\u202ec', code: 'symlink', reason: 'It is a link.', since: status.ts } as const;
  const lines = statusLines({ ...status, workspaces: [{ ...workspace, problems: [problem], problem_count: 3 }] });
  expect(lines.slice(1)).toEqual(['  "a\\nb\\u{202e}c": It is a link.', '  and 2 more']);
  const question: Question = {
    id: 'q',
    kind: 'local-changes',
    sentence: 'Two paths were changed here.',
    count: 2,
    files: 3,
    examples: ['x', 'y'],
    since: status.ts,
  };
  const changes = question.examples.map((path) => ({ ...problem, path, code: 'local-change' }) as const);
  const problems = [...changes, problem];
  const asking = statusLines({ ...status, workspaces: [{ ...workspace, question, problems, problem_count: 3 }] });
  expect(asking.slice(1)).toEqual([
    '  Two paths were changed here.',
    '  x',
    '  y',
    '  To restore: npx fs-sync answer --node a q restore',
    '  "a\\nb\\u{202e}c": It is a link.',
  ]);
  const careless = statusLines({ ...status, workspaces: [{ ...workspace, delete_threshold: UNASKED }] });
  expect(careless[1]).toMatch(
    /^ {2}It never asks about deletions: what goes here, by accident too, goes from the project/,
  );
  const assigned = statusLines({ ...status, workspaces: [{ ...workspace, assigned_root: 'demo' }] });
  expect(assigned[1]).toMatch(/It is assigned by the server, too; the configuration of the node says how it is run/);
});
