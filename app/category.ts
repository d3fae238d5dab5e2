// What an event looks like: its category (colour and icon), the word for it, and how bad it is. Failure is a severity,
// not a category. The map is total over the event types: a new type does not compile until it has a place here.
import type { IconName } from '../components/icon.tsx';
import { type EventType, eventTypes, type FsEvent } from '../core/model/event.ts';

export const categories = ['create', 'update', 'remove', 'move', 'transfer', 'access', 'system'] as const;
export type Category = (typeof categories)[number];
export type Severity = 'info' | 'warning' | 'failure';

export interface EventLook {
  readonly category: Category;
  /** one or two words, as on the chip */
  readonly word: string;
  readonly severity: Severity;
}

const look = (category: Category, word: string, severity: Severity = 'info'): EventLook => ({
  category,
  word,
  severity,
});

const LOOKS: Readonly<Record<EventType, EventLook>> = {
  ObjectCreated: look('create', 'Stored'),
  ObjectArchived: look('transfer', 'Archived'),
  ObjectRehydrated: look('transfer', 'Rehydrated'),
  ObjectEvicted: look('transfer', 'Evicted'),
  ObjectSwept: look('remove', 'Swept'),
  ObjectCorrupt: look('system', 'Corrupt', 'failure'),
  PathCreated: look('create', 'Created'),
  PathUpdated: look('update', 'Updated'),
  PathDeleted: look('remove', 'Deleted'),
  PathMoved: look('move', 'Moved'),
  PathConflict: look('update', 'Conflict', 'warning'),
  ProjectCreated: look('create', 'New project'),
  ProjectCurrentChanged: look('update', 'Commit'),
  ProjectPromoted: look('transfer', 'Promoted'),
  ProjectEvicted: look('transfer', 'Evicted'),
  NodeJoined: look('system', 'Joined'),
  NodeLeft: look('system', 'Left', 'warning'),
  WorkspaceActivated: look('system', 'Activated'),
  WorkspaceDeactivated: look('system', 'Deactivated'),
  ShareCreated: look('access', 'Shared'),
  ShareUsed: look('access', 'Link used'),
  ShareRefused: look('access', 'Link refused', 'warning'),
  ShareRevoked: look('access', 'Link revoked'),
  JobStarted: look('system', 'Job started'),
  JobFinished: look('system', 'Job finished'),
  JobFailed: look('system', 'Job failed', 'failure'),
  WebhookDisabled: look('system', 'Webhook off', 'failure'),
};

const CANCELLED = look('system', 'Job cancelled', 'warning');

export const lookOf = (type: EventType): EventLook => LOOKS[type];

/** What a person stopped did not fail. */
export const lookOfEvent = (event: FsEvent): EventLook =>
  event.type === 'JobFailed' && event.payload.cancelled ? CANCELLED : lookOf(event.type);

export interface CategoryLook {
  readonly word: string;
  readonly icon: IconName;
}

export const categoryLooks: Readonly<Record<Category, CategoryLook>> = {
  create: { word: 'Create', icon: 'plus' },
  update: { word: 'Update', icon: 'pencil' },
  remove: { word: 'Remove', icon: 'trash-2' },
  move: { word: 'Move', icon: 'move' },
  transfer: { word: 'Transfer', icon: 'arrow-left-right' },
  access: { word: 'Access', icon: 'key' },
  system: { word: 'System', icon: 'server' },
};

export const isCategory = (value: string): value is Category => (categories as readonly string[]).includes(value);

/** The event types of some categories; undefined for none or all of them, which is no filter. */
export function typesOf(chosen: readonly Category[]): EventType[] | undefined {
  if (chosen.length === 0 || chosen.length === categories.length) return undefined;
  return eventTypes.filter((type) => chosen.includes(LOOKS[type].category));
}
