// One delegated listener for every click. Rows carry plain attributes; nothing of a user's value is ever an expression.
import { resumeFeed, showsCursor, toggleFeed, withCursor } from './feed.ts';
import { restart } from './live.ts';
import { openPalette } from './palette.ts';
import { openShare } from './share.ts';

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element) || event.button !== 0) return;
  const menu = document.querySelector<HTMLDetailsElement>('details:is(.menu, .switcher)[open]');
  if (menu && !menu.contains(event.target)) menu.open = false;

  const actor = event.target.closest<HTMLElement>('[data-act]');
  if (actor && act(actor, event)) return;

  const link = event.target.closest<HTMLAnchorElement>('a[href]');
  if (link) {
    if (isPlain(event) && 'soft' in link.dataset && goSoftly(link.href)) event.preventDefault();
    return;
  }
  // A click on the empty part of a row opens it, unless the reader is selecting rows or text.
  const row = event.target.closest<HTMLElement>('tr[data-row]');
  if (row && isPlain(event) && !event.target.closest('button, input, label') && getSelection()?.isCollapsed !== false) {
    row.querySelector<HTMLElement>('[data-open]')?.click();
  }
});

/** @returns whether the click is dealt with */
function act(actor: HTMLElement, event: MouseEvent): boolean {
  switch (actor.dataset.act) {
    case 'copy':
      void copy(
        actor.dataset.copy ?? document.getElementById(actor.dataset.copyFrom ?? '')?.textContent?.trim() ?? '',
        actor.parentElement?.querySelector<HTMLInputElement>('input[readonly]'),
      );
      return true;
    case 'copy-link':
      void copy(new URL(actor.dataset.copy ?? '', location.href).href);
      return true;
    case 'select':
      if (actor instanceof HTMLInputElement) actor.select();
      return true;
    case 'share':
      if (!(actor instanceof HTMLAnchorElement) || !isPlain(event)) return false;
      event.preventDefault();
      void openShare(actor);
      return true;
    case 'theme':
      event.preventDefault();
      setTheme(actor instanceof HTMLButtonElement ? actor.value : 'system', actor);
      return true;
    case 'help':
      return showHelp();
    case 'palette':
      if (openPalette()) event.preventDefault();
      return true;
    case 'close-dialog':
      return closeDialog(actor.closest('dialog'), event);
    case 'refresh':
      restart();
      return true;
    case 'dismiss':
      event.preventDefault();
      actor.closest('#said')?.replaceChildren();
      return true;
    case 'pause':
      event.preventDefault();
      toggleFeed();
      return true;
    case 'resume':
      event.preventDefault();
      resumeFeed();
      return true;
    default:
      return false;
  }
}

function closeDialog(dialog: HTMLDialogElement | null, event: Event): boolean {
  if (!dialog) return false;
  event.preventDefault();
  dialog.close();
  return true;
}

/** Not one that asks for a tab or a window of its own. */
const isPlain = (event: MouseEvent): boolean => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

/** The same page in another state: the address changes, and the stream brings what differs.
 *  @param step  `same`: the way back leads to where this one came from
 *  @returns false when only a real navigation will do */
export function goSoftly(href: string, step: 'new' | 'same' = 'new'): boolean {
  if (!document.getElementById('live')) return false;
  const address = withCursor(href);
  if (step === 'new') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  restart();
  return true;
}

addEventListener('popstate', () => {
  // A soft step leads between states of one screen; anything else is a page of its own.
  if (document.getElementById('live') && showsCursor()) restart();
  else location.reload();
});

document.addEventListener('change', (event) => {
  if (event.target instanceof HTMLSelectElement && event.target.dataset.act === 'submit')
    event.target.form?.requestSubmit();
});

export function showHelp(): boolean {
  const help = document.getElementById('help');
  if (!(help instanceof HTMLDialogElement)) return false;
  if (!help.open) help.showModal();
  return true;
}

/** Applied at once; the cookie follows, so that the next page is painted right from its first byte. */
function setTheme(theme: string, button: HTMLElement): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = theme;
  for (const other of button.parentElement?.querySelectorAll('[aria-pressed]') ?? []) {
    other.setAttribute('aria-pressed', String(other === button));
  }
  void fetch('/theme', { method: 'POST', body: new URLSearchParams({ theme }), redirect: 'manual', keepalive: true });
}

/** @param field  where the text stands, if in one */
export async function copy(text: string, field?: HTMLInputElement | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast('Copied');
  } catch {
    // No clipboard on plain http: the text is shown, selected, to be copied by hand.
    if (!field) {
      prompt('This browser does not let pages copy here. Copy it by hand:', text);
      return;
    }
    field.focus();
    field.select();
    toast('Selected. This browser does not let pages copy here: copy it by hand.', 5_000);
  }
}

let toastTimer = 0;
export function toast(text: string, forMs = 2500): void {
  const box = document.getElementById('toast');
  if (!box) return;
  box.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => {
    box.textContent = '';
  }, forMs);
}
