// Sends a form without leaving the page: its button is busy at once, and the answer is patched in. What the server keeps from
// being done twice may be sent again; a form that is being sent is not sent once more.
import { toast } from './clicks.ts';
import { applyPatches } from './live.ts';

const SAID_MS = 8_000;

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !('send' in form.dataset)) return;
  event.preventDefault();
  if (form.getAttribute('aria-busy') !== 'true') void send(form, event.submitter);
});

async function send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) if (typeof value === 'string') body.append(name, value);
  await post(form, form.getAttribute('action') ?? '', body);
}

/** @param form  is busy meanwhile
 *  @returns whether it was done */
export async function post(form: HTMLFormElement, action: string, body: URLSearchParams): Promise<boolean> {
  form.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(action, { method: 'POST', body, headers: { 'Datastar-Request': 'true' } });
    if (answer.status === 401) {
      location.reload();
      return false;
    }
    const text = await answer.text();
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) applyPatches(text);
    else toast(text.trim() || `The server answered ${answer.status}.`, SAID_MS);
    return answer.ok;
  } catch {
    toast(
      'The server did not answer, so it is not known whether it was done. Look again, then send it once more.',
      SAID_MS,
    );
    return false;
  } finally {
    form.removeAttribute('aria-busy');
  }
}
