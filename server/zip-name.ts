// The name of a file in an archive. A project's path is relative and free of `..` by its type; what is left is what other
// systems read into a name: Windows takes `\` for a slash and `C:` for a drive, so that such a name could leave the
// directory that somebody unpacks into.

/** Two paths never get the same name. */
export const zipName = (path: string): string =>
  path
    .replace(/%(?=25|5C|3A)/g, '%25')
    .replaceAll('\\', '%5C')
    .replace(/(^|\/)([A-Za-z]):/g, '$1$2%3A');
