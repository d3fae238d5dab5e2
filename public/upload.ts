// Sends files as one form, says how much of it is sent, and lets it be cancelled for as long as nothing can have come of it. What
// became of it is the server's to say.
import { formatBytes, plural } from '../components/format.ts';
import type { Found } from './drop.ts';

const box = document.getElementById('upload');
const bar = document.getElementById('upload-bar');
const words = document.getElementById('upload-words');
const amount = document.getElementById('upload-amount');
const cancel = document.getElementById('upload-cancel');
const fault = document.getElementById('upload-fault');
/** That many names are told, the others are counted. */
const NAMED = 5;

export const faultWords = {
  tooMany:
    'Nothing was sent: at most 1,000 files come at once. Bring them in parts, or save them in a node’s directory.',
  none: 'Nothing was sent: no file was chosen.',
  cancelled: 'Cancelled: nothing was changed.',
  lost: 'The connection was lost, so it is not known whether it was done. Look at the files, then send them once more.',
} as const;

let sending: XMLHttpRequest | undefined;
export const isUploading = (): boolean => sending !== undefined;

/** @param place  the directory, encoded
 *  @param name  as people read it
 *  @returns whether it was done */
export async function upload(found: Found, place: string, name: string): Promise<boolean> {
  hideSaid();
  const form = formOf(found, place);
  const { files, unreadable } = found;
  if (unreadable.length > 0)
    say(`${plural(unreadable.length, 'file')} could not be read, and stayed here:`, unreadable);
  if (!form) return false;
  text(words, `Sending ${files.length === 0 ? 'folders' : plural(files.length, 'file')} to ${name}`);
  if (box) box.hidden = false;
  if (cancel) cancel.hidden = false;
  const request = new XMLHttpRequest();
  sending = request;
  try {
    return await ended(request, form);
  } finally {
    sending = undefined;
    if (box) box.hidden = true;
  }
}

/** @returns undefined: there is nothing to send */
function formOf({ files, folders }: Found, place: string): FormData | undefined {
  if (files.length + folders.length === 0) return undefined;
  const form = new FormData();
  form.append('path', place);
  for (const folder of folders) form.append('folder', encoded(folder));
  for (const { path, file } of files) {
    form.append('at', encoded(path));
    // The same file sent again is no change.
    form.append('modified', String(file.lastModified));
    form.append('file', file);
  }
  return form;
}

/** Half of a surrogate pair has no encoding: the server says that it is no name. */
const encoded = (path: string): string => (path.isWellFormed() ? encodeURIComponent(path) : '%');

function ended(request: XMLHttpRequest, form: FormData): Promise<boolean> {
  request.open('POST', box?.dataset.to ?? '');
  request.setRequestHeader('Datastar-Request', 'true');
  show(0, 0);
  request.upload.addEventListener('progress', ({ loaded, total }) => show(loaded, total));
  request.upload.addEventListener('load', () => {
    if (cancel) cancel.hidden = true;
    text(words, 'All is sent; it is being stored and committed');
  });
  return new Promise((resolve) => {
    request.addEventListener('abort', () => say(faultWords.cancelled));
    request.addEventListener('error', () => say(faultWords.lost));
    request.addEventListener('load', () => take(request));
    request.addEventListener('loadend', () => resolve(request.status === 200));
    request.send(form);
  });
}

function take(request: XMLHttpRequest): void {
  if (request.status === 401) location.reload();
  else if (request.getResponseHeader('content-type')?.startsWith('text/event-stream'))
    dispatchEvent(new CustomEvent('fs-answer', { detail: request.responseText }));
  else say(request.responseText.trim() || `The server answered ${request.status}.`);
}

function show(loaded: number, total: number): void {
  if (bar instanceof HTMLProgressElement) bar.value = total === 0 ? 0 : loaded / total;
  text(amount, total === 0 ? '' : `${formatBytes(loaded)} of ${formatBytes(total)}`);
}

/** What the browser itself has to tell. */
export function say(sentence: string, names: readonly string[] = []): void {
  const to = fault?.querySelector('span');
  if (!fault || !to) return;
  to.textContent = sentence;
  const told =
    names.length > NAMED ? [...names.slice(0, NAMED), `and ${plural(names.length - NAMED, 'other')}`] : names;
  for (const name of told) {
    const line = document.createElement('bdi');
    line.className = 'said-name mono';
    line.textContent = name;
    to.append(line);
  }
  fault.hidden = false;
}

function hideSaid(): void {
  document.getElementById('said')?.replaceChildren();
  if (fault) fault.hidden = true;
}

function text(element: HTMLElement | null, value: string): void {
  if (element && element.textContent !== value) element.textContent = value;
}

cancel?.addEventListener('click', () => sending?.abort());
document.getElementById('upload-fault-close')?.addEventListener('click', () => {
  if (fault) fault.hidden = true;
});
addEventListener('beforeunload', (event) => {
  if (sending) event.preventDefault();
});
