// What pages see of events: part of the interfaces between pages and server.
import type { FsEvent } from '../core/model/event.ts';
import type { ProjectName } from '../core/model/ids.ts';

/** An event with its stream seq, newest first in pages. */
export interface EventRow {
  readonly seq: number;
  readonly event: FsEvent;
}

export interface EventQuery {
  /** events older than this seq; absent: the newest */
  readonly before?: number;
  /** events newer than this seq */
  readonly after?: number;
  readonly project?: ProjectName;
  readonly types?: readonly string[];
  readonly path?: string;
  /** what came of one request or job */
  readonly correlation?: string;
  readonly limit: number;
}

export interface EventWindow {
  readonly rows: readonly EventRow[];
  /** newest seq that the server knows, whatever the filter */
  readonly head: number;
  readonly hasOlder: boolean;
}
