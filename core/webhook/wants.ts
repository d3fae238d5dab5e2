// Whether a webhook is told of an event. The stream filters by project and type already, as it was told when the consumer was
// made; this is what counts.
import type { FsEvent } from '../model/event.ts';
import { isUnder, type RelPath } from '../model/rel-path.ts';
import type { WebhookFilter } from '../model/webhook.ts';

export function wants({ projects, types, prefix }: WebhookFilter, event: FsEvent): boolean {
  if (projects !== undefined && (event.project === undefined || !projects.includes(event.project))) return false;
  if (types !== undefined && !types.includes(event.type)) return false;
  return prefix === undefined || pathsOf(event).some((path) => path === prefix || isUnder(path, prefix));
}

/** A move concerns both places. */
function pathsOf({ type, payload }: FsEvent): readonly RelPath[] {
  if (type === 'PathMoved') return [payload.path, payload.from];
  return 'path' in payload && payload.path !== undefined ? [payload.path] : [];
}
