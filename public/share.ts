// The form that makes a share link, over the page that one is on. When it cannot be had so, its link is followed as any other.
import { applyPatches } from './live.ts';

/** Asks for the form, and shows it when it is here. */
export async function openShare(link: HTMLAnchorElement): Promise<void> {
  try {
    const answer = await fetch(link.href, { headers: { 'Datastar-Request': 'true' } });
    if (!answer.ok || !answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      location.assign(link.href);
      return;
    }
    const text = await answer.text();
    const dialog = dialogOf();
    applyPatches(text);
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[type=submit]')?.focus();
  } catch {
    location.assign(link.href);
  }
}

/** Made anew each time, so that nothing of the last link is in it; gone when it is closed. */
function dialogOf(): HTMLDialogElement {
  document.getElementById('share-dialog')?.remove();
  const dialog = document.createElement('dialog');
  dialog.id = 'share-dialog';
  dialog.setAttribute('aria-labelledby', 'share-title');
  const header = document.createElement('header');
  const title = document.createElement('h2');
  title.id = 'share-title';
  title.textContent = 'Share';
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'icon-button';
  close.dataset.act = 'close-dialog';
  close.setAttribute('aria-label', 'Close');
  close.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-x"></use></svg>';
  header.append(title, close);
  const box = document.createElement('div');
  box.id = 'share-box';
  dialog.append(header, box);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

/** A link or a token that was just made is selected, once: what has to be done with it next is to copy it. */
export function selectMade(): void {
  const made = document.querySelector<HTMLInputElement>('input[data-made]');
  if (!made || made.dataset.seen !== undefined) return;
  made.dataset.seen = '';
  made.focus();
  made.select();
}
