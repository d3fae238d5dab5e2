// What a file's pane can show of it: an image that the browser draws by itself, the start of a text, or why not. Nothing
// of a file is ever run: images load as images under a policy that forbids all else, text is shown as text.
import { visible } from '../components/visible-text.tsx';
import { collect } from '../core/store/object-store.ts';
import type { Queries } from './context.ts';
import type { FileDetail } from './file-view.ts';
import { Remembered } from './remembered.ts';
import { explain } from './trouble.tsx';

export type Preview =
  | { readonly kind: 'image' }
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean; readonly shownBytes: number }
  | { readonly kind: 'none'; readonly why: string };

const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/svg+xml']);
const MAX_IMAGE_BYTES = 20_000_000;
const TEXT_BYTES = 16 * 1024;

/** Starts of texts by sha: a live page renders often, the bytes of a sha never change. */
const remembered = new Remembered<Preview>(64);

export const isShownImage = (mime: string, sizeBytes: number): boolean =>
  IMAGE_TYPES.has(mime.split(';')[0]?.trim() ?? '') && sizeBytes <= MAX_IMAGE_BYTES;

export async function loadPreview(queries: Queries, { file, mime }: FileDetail): Promise<Preview> {
  if (file.sizeBytes === 0) return { kind: 'none', why: 'Empty file' };
  if (isShownImage(mime, file.sizeBytes)) return { kind: 'image' };
  const known = remembered.get(file.sha);
  if (known) return known;
  let found: Preview;
  try {
    const { bytes } = await queries.peek(file.sha, { start: 0, end: Math.min(TEXT_BYTES, file.sizeBytes) });
    found = textPreview(await collect(bytes), file.sizeBytes);
  } catch (error) {
    // Not remembered: the tier may answer again a moment later.
    return { kind: 'none', why: `No preview: ${explain(error)}` };
  }
  remembered.set(file.sha, found);
  return found;
}

/** Text is UTF-8 without control characters, other than those that lay out lines. */
export function textPreview(start: Uint8Array, sizeBytes: number): Preview {
  const cut = sizeBytes > start.length;
  let text: string;
  try {
    // As a stream, so that a character cut in half at the end is no fault.
    text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: cut });
  } catch {
    return { kind: 'none', why: 'No preview: not a text or an image' };
  }
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)) return { kind: 'none', why: 'No preview: binary data' };
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const shown = lines.map((line) => line.split('\t').map(visible).join('\t')).join('\n');
  return { kind: 'text', text: shown, cut, shownBytes: start.length };
}
