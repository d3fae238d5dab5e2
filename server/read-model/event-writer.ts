// Puts an event into the read model: the event itself, and what it says of an object. The statements are made once: thousands
// of events a second use them, and making one costs more than running it. An event of an object is kept with the path
// where a file had it then, so that what happened to a path is found by one name.
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { FsEvent } from '../../core/model/event.ts';
import type { LoggedEvent } from '../../core/store/event-log.ts';
import { shaOf } from './event-rows.ts';
import { events, objects, reads } from './schema.ts';

const { placeholder } = sql;

export class EventWriter {
  readonly #statements: ReturnType<typeof statementsOf>;

  constructor(db: BetterSQLite3Database) {
    this.#statements = statementsOf(db);
  }

  /** @returns whether it was new */
  write({ seq, event }: LoggedEvent): boolean {
    const { changes } = this.#statements.addEvent.run({ seq, ...this.#columnsOf(event) });
    this.#applyToObjects(event, seq);
    return changes > 0;
  }

  #columnsOf(event: FsEvent) {
    const payload: { path?: string; from?: string } = event.payload as object;
    const sha = shaOf(event);
    // Bytes that a commit brings are told of before the path that has them, which may be another one than they had before.
    const isNamed = payload.path === undefined && event.type !== 'ObjectCreated';
    const named =
      isNamed && sha !== undefined && event.project !== undefined
        ? this.#statements.pathOf.get({ sha, project: event.project })
        : undefined;
    return {
      type: event.type,
      project: event.project ?? null,
      path: payload.path ?? named?.path ?? null,
      fromPath: payload.from ?? null,
      actor: event.actor.id,
      correlation: event.trace.correlation_id,
      json: JSON.stringify(event),
    };
  }

  #applyToObjects(event: FsEvent, seq: number): void {
    const { created, archived, named, creationNamed, moved, notInCold, inNeither, forgetRead } = this.#statements;
    switch (event.type) {
      case 'ObjectCreated': {
        const { sha, size: sizeBytes } = event.payload;
        created.run({ sha, sizeBytes, project: event.project ?? null, createdSeq: seq });
        break;
      }
      case 'ObjectArchived': {
        const { sha, size: sizeBytes, cold } = event.payload;
        archived.run({
          sha,
          sizeBytes,
          project: event.project ?? null,
          coldBucket: cold.bucket,
          coldKey: cold.key,
          coldVerifiedAt: Date.parse(event.ts),
          coldStored: cold.stored ?? null,
        });
        break;
      }
      case 'PathCreated':
      case 'PathUpdated':
      case 'PathMoved':
        if ('sha' in event.payload.entry && event.project !== undefined) {
          const { path, entry, commit_sha: commit } = event.payload;
          named.run({ path, sha: entry.sha, project: event.project });
          creationNamed.run({ path, sha: entry.sha, project: event.project, commit });
        }
        break;
      case 'ObjectEvicted':
        moved.run({ sha: event.payload.sha, hot: 0 });
        // When it comes back, it is stored anew.
        forgetRead.run({ sha: event.payload.sha });
        break;
      case 'ObjectSwept': {
        const { sha, tier } = event.payload;
        if (tier === 'hot') {
          moved.run({ sha, hot: 0 });
          forgetRead.run({ sha });
        } else notInCold.run({ sha });
        inNeither.run({ sha });
        break;
      }
      case 'ObjectRehydrated':
        moved.run({ sha: event.payload.sha, hot: 1 });
        break;
      default:
    }
  }
}

function statementsOf(db: BetterSQLite3Database) {
  const sha = placeholder('sha');
  const project = placeholder('project');
  const object = { sha, sizeBytes: placeholder('sizeBytes'), project, hot: true };
  const cold = {
    coldBucket: placeholder('coldBucket'),
    coldKey: placeholder('coldKey'),
    coldVerifiedAt: placeholder('coldVerifiedAt'),
    coldStored: placeholder('coldStored'),
  };
  const ofProject = and(eq(objects.sha, sha), eq(objects.project, project));
  return {
    addEvent: db
      .insert(events)
      .values({
        seq: placeholder('seq'),
        type: placeholder('type'),
        project,
        path: placeholder('path'),
        fromPath: placeholder('fromPath'),
        actor: placeholder('actor'),
        correlation: placeholder('correlation'),
        json: placeholder('json'),
      })
      .onConflictDoNothing()
      .prepare(),
    pathOf: db.select({ path: objects.path }).from(objects).where(ofProject).prepare(),
    created: db
      .insert(objects)
      .values({ ...object, createdSeq: placeholder('createdSeq') })
      .onConflictDoUpdate({ target: objects.sha, set: broughtAgain })
      .prepare(),
    archived: db
      .insert(objects)
      .values({ ...object, ...cold })
      .onConflictDoUpdate({ target: objects.sha, set: excluded })
      .prepare(),
    named: db
      .update(objects)
      .set({ path: sql`${placeholder('path')}` })
      .where(ofProject)
      .prepare(),
    /** Of several paths the first. */
    creationNamed: db
      .update(events)
      .set({ path: sql`${placeholder('path')}` })
      .where(
        and(
          eq(events.seq, db.select({ seq: objects.createdSeq }).from(objects).where(eq(objects.sha, sha))),
          eq(events.project, project),
          eq(events.correlation, placeholder('commit')),
          isNull(events.path),
        ),
      )
      .prepare(),
    moved: db
      .update(objects)
      .set({ hot: sql`${placeholder('hot')}` })
      .where(eq(objects.sha, sha))
      .prepare(),
    notInCold: db
      .update(objects)
      .set({ coldBucket: null, coldKey: null, coldVerifiedAt: null, coldStored: null })
      .where(eq(objects.sha, sha))
      .prepare(),
    inNeither: db
      .delete(objects)
      .where(and(eq(objects.sha, sha), eq(objects.hot, false), isNull(objects.coldKey)))
      .prepare(),
    forgetRead: db.delete(reads).where(eq(reads.sha, sha)).prepare(),
  };
}

/** The path that follows is its name, not the one that it had before: that may be gone since long. */
const broughtAgain = {
  hot: true,
  createdSeq: sql`excluded.created_seq`,
  path: sql`iif(project IS excluded.project, NULL, path)`,
};

/** The later telling counts. */
const excluded = {
  coldBucket: sql`excluded.cold_bucket`,
  coldKey: sql`excluded.cold_key`,
  coldVerifiedAt: sql`excluded.cold_verified_at`,
  coldStored: sql`excluded.cold_stored`,
};
