// The media type of a file by its name. A guess for display and headers, never a reason to run or render anything.
import { lookup } from 'mrmime';
import { baseName } from './rel-path.ts';

export const DEFAULT_MIME = 'application/octet-stream';

export function mimeOf(path: string): string {
  return lookup(baseName(path).toLowerCase()) ?? DEFAULT_MIME;
}
