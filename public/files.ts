// What only the pages of files load: files come by being dropped on the tree, on a folder in it, or on the page that adds them,
// and by that page's form, whose upload says how far it is. Without the script the form is sent as any other.
import { foundIn, isTooMany } from './drop.ts';
import { faultWords, isUploading, say, upload } from './upload.ts';

const box = document.getElementById('upload');
const hint = document.getElementById('drop-hint');

interface Target {
  /** encoded, as the form has it */
  readonly place: string;
  readonly name: string;
  /** the row of the folder; absent: the page's own directory */
  readonly row?: HTMLElement;
}

const rowOf = (path: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>('#file-rows > tr[aria-expanded]')].find(
    (row) => row.dataset.path === path,
  );

/** The folder under the pointer, or the one that has the file under it; else what the page shows. */
function targetOf(event: DragEvent): Target {
  const under =
    event.target instanceof Element ? event.target.closest<HTMLElement>('#file-rows > tr[data-path]') : null;
  const path = under?.dataset.path ?? '';
  const row = under?.hasAttribute('aria-expanded') ? under : rowOf(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  if (row) return { place: encodeURIComponent(row.dataset.path ?? ''), name: nameIn(row), row };
  return { place: box?.dataset.place ?? '', name: box?.dataset.name ?? '' };
}

const nameIn = (row: HTMLElement): string => row.querySelector('.name')?.textContent ?? '';

function paint(target: Target | undefined): void {
  document.documentElement.classList.toggle('is-dropping', target !== undefined && target.row === undefined);
  for (const row of document.querySelectorAll('tr.is-drop')) if (row !== target?.row) row.classList.remove('is-drop');
  target?.row?.classList.add('is-drop');
  if (!hint) return;
  hint.hidden = target === undefined;
  const name = hint.querySelector('strong');
  if (name && target && name.textContent !== target.name) name.textContent = target.name;
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

if (box) {
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    // Without it the browser opens what is dropped, and the page is gone.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = isUploading() ? 'none' : 'copy';
    paint(isUploading() ? undefined : targetOf(event));
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) paint(undefined);
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    paint(undefined);
    const { place, name } = targetOf(event);
    if (isUploading()) say('One upload at a time: wait until this one is done, or cancel it.');
    else void drop(event.dataTransfer, place, name);
  });
}

async function drop(transfer: DataTransfer, place: string, name: string): Promise<void> {
  const found = await foundIn(transfer);
  if (isTooMany(found)) say(faultWords.tooMany);
  else if (!isUploading()) await upload(found, place, name);
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!box || !(form instanceof HTMLFormElement) || form.dataset.upload === undefined) return;
  event.preventDefault();
  const inputs = [...form.querySelectorAll<HTMLInputElement>('input[type="file"]')];
  const files = inputs.flatMap(({ files }) => [...(files ?? [])]);
  const found = {
    files: files.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
    folders: [],
    unreadable: [],
  };
  if (isUploading()) return;
  if (isTooMany(found)) say(faultWords.tooMany);
  else if (files.length === 0) say(faultWords.none);
  else
    void upload(found, box.dataset.place ?? '', box.dataset.name ?? '').then((isDone) => {
      if (isDone) form.reset();
    });
});
