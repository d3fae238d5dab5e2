// Where a workspace may be asked to lie, as far as that is known without the node: what every node refuses is refused before
// it is asked, and a directory has one name only, so that the same place is never assigned twice. Whether it lies below a
// directory that the node allows, and meets no other workspace, is the node's to say.
const MOST_CHARACTERS = 4096;

export type ReadRoot =
  | { readonly kind: 'root'; readonly root: string }
  /** what is wrong and the next step, as the end of a sentence */
  | { readonly kind: 'fault'; readonly fault: string };

/** @param text  absolute, or relative to the first directory that the node allows */
export function readRoot(text: string): ReadRoot {
  const fault = faultOf(text);
  return fault === undefined ? { kind: 'root', root: plainRoot(text) } : { kind: 'fault', fault };
}

/** Without what changes no directory: `./a//b/` → `a/b`. */
export function plainRoot(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}

function faultOf(text: string): string | undefined {
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'it has a control character; give a directory without';
  if (text.length > MOST_CHARACTERS) return 'it is longer than 4,096 characters; give a shorter one';
  if (text.split('/').includes('..')) return 'it has a ".." segment; give the directory itself';
  const plain = plainRoot(text);
  if (plain === '/') return 'the whole disk cannot be a workspace; give a directory below it';
  if (plain === '') return 'it names no directory; give one, such as the name of the project';
  return undefined;
}
