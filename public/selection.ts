// Which rows are selected, and what is asked of them. The selection is the browser's alone: it outlives patches and rows
// that leave the screen, and is sent with the act. Nothing is done before a person has read what follows from it.
import { formatBytes, plural } from '../components/format.ts';
import { post } from './forms.ts';
import { PATCHED } from './patched.ts';

interface Picked {
  readonly files: number;
  readonly bytes: number;
}

const picked = new Map<string, Picked>();
/** the last one that was picked alone: ranges begin at it */
let anchor: string | undefined;

const form = document.getElementById('selection');
const dialog = document.getElementById('ask');

export const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('#file-rows > tr[data-path]')];
const pathOf = (row: HTMLElement): string => row.dataset.path ?? '';

export function toggle(row: HTMLElement, on = !picked.has(pathOf(row))): true {
  pick(row, on);
  anchor = pathOf(row);
  paint();
  return true;
}

/** From the row that was picked last to this one, both included. */
export function extendTo(row: HTMLElement): void {
  const all = rows();
  const from = all.findIndex((one) => pathOf(one) === anchor);
  const to = all.indexOf(row);
  if (from < 0) anchor = pathOf(row);
  for (const one of from < 0 ? [row] : all.slice(Math.min(from, to), Math.max(from, to) + 1)) pick(one, true);
  paint();
}

/** @returns whether there was one */
export function clearSelection(): boolean {
  const had = picked.size > 0;
  picked.clear();
  anchor = undefined;
  paint();
  return had;
}

function pick(row: HTMLElement, on: boolean): void {
  if (on) picked.set(pathOf(row), { files: Number(row.dataset.files), bytes: Number(row.dataset.bytes) });
  else picked.delete(pathOf(row));
}

/** @param row  what is meant when nothing is selected
 *  @returns whether there was something to ask about */
export function askAbout(act: string, row: HTMLElement | null): boolean {
  const paths = picked.size > 0 ? [...picked.keys()] : row ? [pathOf(row)] : [];
  if (paths.length === 0 || !(form instanceof HTMLFormElement)) return false;
  const link = document.getElementById('share-one');
  if (act === 'share' && paths.length === 1 && link instanceof HTMLAnchorElement) {
    const url = new URL(link.href);
    url.searchParams.set('path', paths[0] ?? '');
    link.href = url.href;
    link.click();
    return true;
  }
  const body = new URLSearchParams({ act, back: location.pathname + location.search });
  for (const path of paths) body.append('path', encodeURIComponent(path));
  if (form.getAttribute('aria-busy') !== 'true') void post(form, form.getAttribute('action') ?? '', body);
  return true;
}

/** The rows as they are picked, and the bar: what lies below a picked folder is counted with it. */
function paint(): void {
  const all = rows();
  for (const row of all) {
    const on = picked.has(pathOf(row));
    if (row.getAttribute('aria-selected') !== String(on)) row.setAttribute('aria-selected', String(on));
    const box = row.querySelector<HTMLInputElement>('input[name="path"]');
    if (box) box.checked = on;
  }
  const page = document.getElementById('select-page');
  if (page instanceof HTMLInputElement) {
    page.checked = all.length > 0 && all.every((row) => picked.has(pathOf(row)));
    page.indeterminate = !page.checked && all.some((row) => picked.has(pathOf(row)));
  }
  form?.classList.toggle('is-on', picked.size > 0);
  let [files, bytes] = [0, 0];
  for (const [path, amount] of picked) {
    if (isBelowPicked(path)) continue;
    files += amount.files;
    bytes += amount.bytes;
  }
  const share = form?.querySelector<HTMLButtonElement>('button[value="share"]');
  if (share) {
    share.disabled = picked.size > 1;
    share.title = picked.size > 1 ? 'One file or folder at a time: select the folder that has all of them' : '';
  }
  const count = document.getElementById('selection-count');
  const text = picked.size === 0 ? '' : `${picked.size} selected · ${plural(files, 'file')}, ${formatBytes(bytes)}`;
  if (count && count.textContent !== text) count.textContent = text;
}

function isBelowPicked(path: string): boolean {
  for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
    if (picked.has(path.slice(0, cut))) return true;
  }
  return false;
}

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest('[data-act="select-none"]')) clearSelection();
  const row = event.target.closest<HTMLElement>('#file-rows > tr[data-path]');
  if (!row) return;
  const box = event.target.closest('input[name="path"]');
  const isOnBox = box instanceof HTMLInputElement;
  // On a link these keys are the browser's own: another tab, another window.
  const isOnRow = (event.ctrlKey || event.metaKey || event.shiftKey) && !event.target.closest('a, label');
  if (!isOnBox && !isOnRow) return;
  if (event.shiftKey) {
    extendTo(row);
    getSelection()?.removeAllRanges();
  } else if (isOnBox) toggle(row, box.checked);
  else toggle(row);
  row.focus({ preventScroll: true });
});

document.addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.id !== 'select-page') return;
  for (const row of rows()) pick(row, target.checked);
  paint();
});

document.addEventListener('submit', (event) => {
  if (event.target === form) {
    event.preventDefault();
    if (event.submitter instanceof HTMLButtonElement) askAbout(event.submitter.value, null);
  } else if (event.target instanceof HTMLFormElement && event.target.dataset.ask !== undefined) {
    acknowledge(event.target);
  }
});

/** The rows say at once that something is asked of them; what comes of it takes that away again. */
function acknowledge(question: HTMLFormElement): void {
  const asked = new Set(new FormData(question).getAll('path'));
  for (const row of rows()) row.classList.toggle('is-asked', asked.has(encodeURIComponent(pathOf(row))));
}

addEventListener(PATCHED, () => {
  paint();
  if (!(dialog instanceof HTMLDialogElement)) return;
  const question = document.querySelector('#ask-body > form');
  if (question && !dialog.open) dialog.showModal();
  if (question || !dialog.open) return;
  dialog.close();
  if (document.querySelector('#said .notice-good')) clearSelection();
});

dialog?.addEventListener('close', () => {
  document.getElementById('ask-body')?.replaceChildren();
  for (const row of rows()) row.classList.remove('is-asked');
});
if (form) paint();
