// Derives the events of a commit from its manifest and its parent's. Nothing else goes in, so that whoever derives them,
// and however often, gets the same events with the same ids.

import type { ChainedCommit } from '../commit/chain.ts';
import { diffTrees, pairMoves } from '../manifest/diff.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import type { Commit } from '../model/commit.ts';
import { type Entry, type FileEntry, isFile } from '../model/entry.ts';
import type { FsEvent } from '../model/event.ts';
import type { Sha, Tenant } from '../model/ids.ts';
import { mimeOf } from '../model/mime.ts';

/** I10: ObjectCreated, then the Path events that use the objects, then ProjectCurrentChanged. */
export async function commitEvents(
  nodes: NodeReader,
  tenant: Tenant,
  { sha: commitSha, commit }: ChainedCommit,
  parent: Commit | undefined,
): Promise<FsEvent[]> {
  const changes: Change[] = [];
  if (parent) {
    for await (const change of diffTrees(nodes, parent.manifest_sha, commit.manifest_sha)) changes.push(change);
  }
  const paired = pairMoves(changes);

  const bodies: Body[] =
    parent?.project === commit.project ? [] : [{ type: 'ProjectCreated', payload: { name: commit.project } }];
  for (const entry of newObjects(changes)) {
    bodies.push({
      type: 'ObjectCreated',
      payload: { sha: entry.sha, size: entry.size, mime: mimeOf(entry.path), commit_sha: commitSha },
    });
  }
  for (const change of paired) bodies.push(pathEvent(change, commitSha));
  for (const conflict of commit.conflicts ?? []) {
    bodies.push({ type: 'PathConflict', payload: { ...conflict, commit_sha: commitSha } });
  }
  const events = bodies.map((body, position) => envelope(tenant, commitSha, commit, position, body));
  return [...events, currentChanged(tenant, { sha: commitSha, commit }, events.length)];
}

/** The event that ends a commit's. @param position  among them */
export function currentChanged(tenant: Tenant, { sha, commit }: ChainedCommit, position: number): FsEvent {
  return envelope(tenant, sha, commit, position, {
    type: 'ProjectCurrentChanged',
    payload: {
      commit_sha: sha,
      manifest_sha: commit.manifest_sha,
      parents: [...commit.parents],
      counts: commit.counts,
      files: commit.files,
      bytes: commit.bytes,
      ...(commit.message === undefined ? {} : { message: commit.message }),
    },
  });
}

type Body = { [T in FsEvent['type']]: Pick<Extract<FsEvent, { type: T }>, 'type' | 'payload'> }[FsEvent['type']];

function envelope(tenant: Tenant, commitSha: Sha, commit: Commit, position: number, body: Body): FsEvent {
  return {
    id: `${commitSha}-${position}`,
    ts: commit.ts,
    tenant,
    project: commit.project,
    actor: commit.actor,
    // W3C trace context, derived so that a repetition is the same bytes.
    trace: {
      traceparent: `00-${commitSha.slice(0, 32)}-${commitSha.slice(32, 48)}-01`,
      correlation_id: commitSha,
    },
    ...body,
  } as FsEvent;
}

/** The objects that this commit brings: each sha once, and none that the same commit only moves. */
function* newObjects(changes: readonly Change[]): Iterable<FileEntry> {
  const known = new Set<Sha>();
  for (const change of changes) if (change.kind !== 'added' && isFile(change.was)) known.add(change.was.sha);
  for (const change of changes) {
    if (change.kind === 'removed' || !isFile(change.entry) || known.has(change.entry.sha)) continue;
    known.add(change.entry.sha);
    yield change.entry;
  }
}

function pathEvent(change: ReturnType<typeof pairMoves>[number], commit_sha: Sha): Body {
  switch (change.kind) {
    case 'added':
      return { type: 'PathCreated', payload: { path: change.entry.path, entry: facts(change.entry), commit_sha } };
    case 'updated':
      return {
        type: 'PathUpdated',
        payload: { path: change.entry.path, entry: facts(change.entry), was: facts(change.was), commit_sha },
      };
    case 'removed':
      return { type: 'PathDeleted', payload: { path: change.was.path, was: facts(change.was), commit_sha } };
    case 'moved':
      return {
        type: 'PathMoved',
        payload: { path: change.entry.path, from: change.was.path, entry: facts(change.entry), commit_sha },
      };
  }
}

function facts(entry: Entry) {
  const { path: _, ...rest } = entry;
  return rest;
}
