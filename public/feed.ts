// The feed of events as a reader holds it: pausing puts the cursor into the address, so that what stands still here is what a
// link shows; scrolling away holds it too, because new rows would push what is being read.
import { feedHeld, holdFeed } from './live.ts';

const TOP_PX = 80;
const table = document.getElementById('events');
const address = (): URL => new URL(location.href);

if (table && address().searchParams.has('at')) holdFeed('you');

export function toggleFeed(): void {
  if (feedHeld() === 'you') resumeFeed();
  else pauseFeed();
}

function pauseFeed(): void {
  const newest = table?.querySelector<HTMLElement>('[data-seq]')?.dataset.seq;
  setCursor(newest ?? table?.dataset.head);
  holdFeed('you');
}

export function resumeFeed(): void {
  scrollTo({ top: 0 });
  setCursor(undefined);
  document.getElementById('expired')?.remove();
  for (const newer of document.querySelectorAll('.pager [rel=prev]')) newer.remove();
  holdFeed(undefined);
}

function setCursor(seq: string | undefined): void {
  const url = address();
  if (seq === undefined) url.searchParams.delete('at');
  else url.searchParams.set('at', seq);
  history.replaceState(history.state, '', url);
}

/** Links in rows were written for the window that they came with; the cursor is the reader's. */
export function withCursor(href: string): string {
  if (!table) return href;
  const url = new URL(href);
  const at = address().searchParams.get('at');
  if (at === null) url.searchParams.delete('at');
  else url.searchParams.set('at', at);
  return url.href;
}

/** @returns whether the address names the window that is shown */
export const showsCursor = (): boolean => !table || (feedHeld() === 'you') === address().searchParams.has('at');

if (table) {
  addEventListener(
    'scroll',
    () => {
      if (feedHeld() !== 'you') holdFeed(scrollY > TOP_PX ? 'scrolling' : undefined);
    },
    { passive: true },
  );
}
