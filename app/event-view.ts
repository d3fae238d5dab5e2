// What pages see of events: part of the interfaces between pages and server.
import type { EventPlace, GapReason } from '../core/api/event.ts';
import type { EventType, FsEvent } from '../core/model/event.ts';
import type { ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';

/** An event with its stream seq, newest first in pages. */
export interface EventRow {
  readonly seq: number;
  readonly event: FsEvent;
  /** of an event of an object: where a file of the project has it, or had it; undefined: not known */
  readonly name?: RelPath;
}

export interface EventQuery {
  /** events older than this seq; absent: the newest */
  readonly before?: number;
  /** events newer than this seq */
  readonly after?: number;
  readonly project?: ProjectName;
  /** of any of these */
  readonly projects?: readonly ProjectName[];
  readonly types?: readonly string[];
  /** what happened to it, and to what is in it */
  readonly path?: string;
  /** who did it */
  readonly actor?: string;
  /** what came of one request or job */
  readonly correlation?: string;
  readonly limit: number;
  /** the oldest of those that match, in place of the newest; rows come newest first all the same */
  readonly oldestFirst?: boolean;
}

export interface EventWindow {
  readonly rows: readonly EventRow[];
  /** newest seq that the server knows, whatever the filter */
  readonly head: number;
  /** oldest seq that is kept, whatever the filter; 0: none is */
  readonly oldest: number;
  /** more match that are older than these; not said when the oldest were asked for */
  readonly hasOlder: boolean;
  /** more match that are newer than these; said only when the oldest were asked for */
  readonly hasNewer: boolean;
}

/** Events by cursor, in the stream's order. */
export interface EventsAfter {
  /** `newest`: none of those that are there */
  readonly after: EventPlace | 'newest';
  readonly filter: {
    readonly projects?: readonly ProjectName[];
    readonly types?: readonly EventType[];
    /** what happened to it, and to what is in it */
    readonly path?: RelPath;
  };
  readonly limit: number;
}

export type EventsRead =
  /** `rows`: oldest first, no more than `limit`; none, with `more`, where a filter let none of very many pass */
  | { readonly kind: 'events'; readonly rows: readonly EventRow[]; readonly next: EventPlace; readonly more: boolean }
  /** events are missing between the cursor and `next` */
  | { readonly kind: 'gap'; readonly reason: GapReason; readonly next: EventPlace };
