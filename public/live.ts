// The live stream of a page, as Datastar's action `@live()`: an EventSource at the page's address with `/live` behind
// its path, whose events go to Datastar's own watchers. Its own reconnecting, because Datastar's gives up: backoff that
// starts over after success, a watchdog on the server's pings, a pause while the tab is hidden, and the feed's pause.
import { load } from '@starfederation/datastar';
import { afterPatch, flashRows } from './patched.ts';
import { hasTurn, leaveTurn, onTurn, takeTurn } from './turns.ts';

export type LiveState = 'live' | 'reconnecting' | 'paused' | 'offline';

/** The server pings every 15 s: two lost ones, and the stream is dead whatever the socket says. */
const SILENCE_MS = 35_000;
const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 8_000;
/** Failing for this long is called offline: the reader should know that what is shown is old. */
const OFFLINE_AFTER_MS = 5_000;
/** A window without a line of its own looks this often. */
const LOOK_MS = 3_000;

/** Never `datastar-execute-script`: no stream of ours sends one, so none is obeyed. */
const PATCHES = [
  'datastar-merge-fragments',
  'datastar-merge-signals',
  'datastar-remove-fragments',
  'datastar-remove-signals',
];

let source: EventSource | undefined;
let wanted = false;
let retryMs = FIRST_RETRY_MS;
let retryTimer = 0;
let watchdog = 0;
let lastWordAt = 0;
let lostAt = 0;
/** When the line of a feed was lost, until the feed has said so: it may be lost while the feed is held. */
let gapSince = 0;
let state: LiveState | undefined;
let reason = '';
let fresh = '';
/** why the feed holds; the page's data stays as it is and only the count of what is held back comes in */
let held: 'you' | 'scrolling' | undefined;

load({ type: 3, name: 'live', fn: start } as Parameters<typeof load>[0]);

export function start(): void {
  wanted = true;
  if (!document.hidden) takeTurn();
  connect();
}

/** The address bar changed under the page: the stream follows it. */
export function restart(): void {
  if (wanted) connect();
}

export function holdFeed(why: typeof held): void {
  if (held === why) return;
  held = why;
  fresh = '';
  connect();
}

export const feedHeld = (): typeof held => held;

function connect(): void {
  disconnect();
  if (!wanted) return;
  if (document.hidden) {
    show('paused', 'tab hidden');
    return;
  }
  if (!navigator.onLine) {
    lost();
    return;
  }
  if (state !== 'live') show(lostAt === 0 ? 'reconnecting' : (state ?? 'reconnecting'));
  const opened = new EventSource(streamUrl());
  source = opened;
  opened.addEventListener('open', () => heard());
  opened.addEventListener('error', () => {
    if (source !== opened) return;
    const refused = opened.readyState === EventSource.CLOSED;
    disconnect();
    if (refused) void askWhy();
    lost();
  });
  const isLook = !hasTurn();
  opened.addEventListener('ping', () => {
    heard();
    // The last word of a short look.
    if (isLook && source === opened) {
      disconnect();
      retryTimer = window.setTimeout(connect, LOOK_MS);
    }
  });
  opened.addEventListener('fresh', (event) => {
    fresh = event.data === '0' ? '' : event.data;
    heard();
  });
  for (const type of PATCHES) {
    opened.addEventListener(type, (event) => {
      dispatch(type, event.data);
      if (event.data.includes('class="gap"')) gapSince = 0;
      heard();
    });
  }
  armWatchdog();
}

function disconnect(): void {
  clearTimeout(retryTimer);
  clearTimeout(watchdog);
  source?.close();
  source = undefined;
}

/** What the page has already goes along: its mark, and for a feed the newest row. */
function streamUrl(): string {
  const url = new URL(location.href);
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/live`;
  const mark = document.getElementById('view')?.dataset.mark;
  if (mark) url.searchParams.set('have', mark);
  if (!hasTurn()) url.searchParams.set('once', '');
  const feed = document.getElementById('events');
  if (feed) {
    const newest = feed.querySelector<HTMLElement>('[data-seq]')?.dataset.seq;
    url.searchParams.set('from', newest ?? feed.dataset.head ?? '0');
    if (held) url.searchParams.set('paused', '');
    else if (gapSince > 0) url.searchParams.set('lost', String(gapSince));
  }
  return url.href;
}

/** The answer to a form: patches like a stream's, all at once. */
export function applyPatches(text: string): void {
  for (const block of text.split('\n\n')) {
    const lines = block.split('\n');
    const type = lines.find((line) => line.startsWith('event: '))?.slice('event: '.length) ?? '';
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
    if (PATCHES.includes(type)) dispatch(type, data.join('\n'));
  }
}

// A script that only some pages load got an answer.
addEventListener('fs-answer', (event) => {
  if (event instanceof CustomEvent && typeof event.detail === 'string') applyPatches(event.detail);
});

function dispatch(type: string, data: string): void {
  const fields: Record<string, string> = {};
  for (const line of data.split('\n')) {
    const cut = line.indexOf(' ');
    const key = line.slice(0, cut);
    const value = line.slice(cut + 1);
    const before = fields[key];
    fields[key] = before === undefined ? value : `${before}\n${value}`;
  }
  // Datastar's types allow only its own events on a document; this is how it hears its transport too.
  const heardBy = document as unknown as EventTarget;
  heardBy.dispatchEvent(new CustomEvent('datastar-sse', { detail: { type, elId: 'live', argsRaw: fields } }));
  // A page that was patched is no longer what its mark says, except a feed, whose cursor is its newest row.
  if (!document.getElementById('events')) document.getElementById('view')?.removeAttribute('data-mark');
  afterPatch();
  if (fields.fragments) flashRows(fields.fragments);
}

function heard(): void {
  lastWordAt = Date.now();
  lostAt = 0;
  retryMs = FIRST_RETRY_MS;
  armWatchdog();
  if (held) show('paused');
  else show('live');
}

function armWatchdog(): void {
  clearTimeout(watchdog);
  watchdog = window.setTimeout(() => {
    disconnect();
    lost();
  }, SILENCE_MS);
}

function lost(): void {
  if (lostAt === 0) lostAt = Date.now();
  if (gapSince === 0 && lastWordAt > 0) gapSince = lastWordAt;
  const gone = !navigator.onLine || Date.now() - lostAt >= OFFLINE_AFTER_MS;
  show(gone ? 'offline' : 'reconnecting');
  retryTimer = window.setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
  retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
}

/** A refused stream says nothing of why. A session that ended leads to the sign-in form, by way of a reload. */
async function askWhy(): Promise<void> {
  try {
    const answer = await fetch(location.href, { method: 'HEAD', headers: { 'Datastar-Request': 'true' } });
    if (answer.status === 401) location.reload();
  } catch {
    // The server does not answer at all: the retry goes on.
  }
}

function show(next: LiveState, why = ''): void {
  const changed = next !== state;
  state = next;
  reason = why;
  paint();
  const said = document.getElementById('live-said');
  if (changed && said) said.textContent = next === 'live' ? 'Live' : wordOf(next);
}

/** Called every second too: the age counts. */
export function paint(): void {
  const pill = document.getElementById('live-pill');
  if (!pill || !state) return;
  pill.dataset.state = state;
  set(pill.querySelector('[data-live-word]'), wordOf(state));
  const age = Math.round((Date.now() - lastWordAt) / 1000);
  set(pill.querySelector('[data-live-age]'), state === 'live' && age > 0 ? `${age} s` : '');
  const how = hasTurn() ? 'by themselves' : `every ${LOOK_MS / 1000} s, because many windows are open`;
  pill.title = state === 'live' ? `Changes appear ${how}. Last word from the server ${age} s ago.` : '';
  paintStale();
  paintFeed();
}

function wordOf(which: LiveState): string {
  if (which === 'live') return 'Live';
  if (which === 'reconnecting') return lastWordAt === 0 ? 'Connecting' : 'Reconnecting';
  if (which === 'offline') return 'Offline';
  return ['Paused', reason, fresh && `${fresh} new`].filter(Boolean).join(', ');
}

function paintStale(): void {
  const note = document.getElementById('stale');
  if (!note) return;
  const stale = state === 'offline' && lastWordAt > 0;
  note.hidden = !stale;
  if (!stale) return;
  const since = new Date(lastWordAt).toLocaleTimeString([], { hour12: false });
  set(
    note.querySelector('span'),
    `The server has not answered since ${since}. What you see is from then; it catches up by itself when the server is back.`,
  );
}

function paintFeed(): void {
  document.getElementById('feed-pause')?.setAttribute('data-paused', held === 'you' ? 'yes' : 'no');
  const why = document.getElementById('feed-why');
  if (why && why.dataset.held !== (held ?? '')) {
    why.dataset.held = held ?? '';
    why.textContent = held === undefined ? '' : `Paused ${WHY[held]}`;
  }
  const more = document.getElementById('feed-fresh');
  if (!more) return;
  more.hidden = fresh === '' || !held;
  set(more, `${fresh} new ↑`);
}

const WHY = { you: 'by you', scrolling: 'while you read on' };

function set(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

onTurn(() => wanted && connect());
addEventListener('focus', () => wanted && takeTurn());
document.addEventListener('visibilitychange', () => {
  if (!wanted) return;
  if (document.hidden) leaveTurn();
  else takeTurn();
  lostAt = 0;
  connect();
});
addEventListener('online', () => wanted && connect());
addEventListener('offline', () => {
  if (!wanted) return;
  disconnect();
  lost();
});
addEventListener('pagehide', () => {
  leaveTurn();
  disconnect();
});
addEventListener('pageshow', (event) => {
  if (!event.persisted || !wanted) return;
  takeTurn();
  connect();
});
