// What a file's pane can show of it: what the browser draws or plays by itself, the start of a text, or why not. Nothing
// of a file is ever run: images load as images under a policy that forbids all else, text is shown as text.
import { visible } from '../components/visible-text.tsx';
import { Remembered } from '../core/model/remembered.ts';
import { collect } from '../core/store/object-store.ts';
import type { Queries } from './context.ts';
import type { FileDetail } from './file-view.ts';
import { explain } from './trouble.tsx';

export type Preview =
  | { readonly kind: 'image' | 'audio' | 'video' }
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean; readonly shownBytes: number }
  | { readonly kind: 'none'; readonly why: string };

const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/svg+xml']);
const MAX_IMAGE_BYTES = 20_000_000;
const TEXT_BYTES = 16 * 1024;

/** Starts of texts by sha: a live page renders often, the bytes of a sha never change. */
const remembered = new Remembered<Preview>(64);

/** Of any size: a browser asks for the parts that it plays. */
const PLAYED = /^(audio|video)\/(mpeg|mp4|aac|ogg|wav|x-wav|wave|flac|x-flac|webm|opus|mp3|x-m4a|quicktime)$/;

const plainType = (mime: string): string => mime.split(';')[0]?.trim() ?? '';

export const isShownImage = (mime: string, sizeBytes: number): boolean =>
  IMAGE_TYPES.has(plainType(mime)) && sizeBytes <= MAX_IMAGE_BYTES;

const playedAs = (mime: string): 'audio' | 'video' | undefined => {
  const kind = PLAYED.exec(plainType(mime))?.[1];
  return kind === 'audio' || kind === 'video' ? kind : undefined;
};

/** What a browser shows or plays by itself, and never runs. */
export const isShown = ({ mime, file }: FileDetail): boolean =>
  isShownImage(mime, file.sizeBytes) || playedAs(mime) !== undefined;

export async function loadPreview(queries: Queries, { file, mime }: FileDetail): Promise<Preview> {
  if (file.sizeBytes === 0) return { kind: 'none', why: 'Empty file' };
  if (isShownImage(mime, file.sizeBytes)) return { kind: 'image' };
  const played = playedAs(mime);
  if (played) return { kind: played };
  // A viewer of PDFs is a program that runs what is in them.
  if (plainType(mime) === 'application/pdf') return { kind: 'none', why: 'PDFs are not opened here: download it' };
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

/** The start of a text as it is shown: what cannot be seen is named, tabs lay it out. */
export function textPreview(start: Uint8Array, sizeBytes: number): Preview {
  const read = asText(start, sizeBytes > start.length);
  if (read.kind === 'none') return read;
  const lines = read.text.replaceAll('\r\n', '\n').split('\n');
  const shown = lines.map((line) => line.split('\t').map(visible).join('\t')).join('\n');
  return { kind: 'text', text: shown, cut: sizeBytes > start.length, shownBytes: start.length };
}

/** Text is UTF-8 without control characters, other than those that lay out lines.
 *  @param isCut  more follows */
export function asText(
  bytes: Uint8Array,
  isCut: boolean,
): { readonly kind: 'text'; readonly text: string } | { readonly kind: 'none'; readonly why: string } {
  let text: string;
  try {
    // As a stream, so that a character cut in half at the end is no fault.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return { kind: 'none', why: 'No preview: not a text or an image' };
  }
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)) return { kind: 'none', why: 'No preview: binary data' };
  return { kind: 'text', text };
}
