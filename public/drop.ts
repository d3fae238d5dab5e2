// What a person dropped: files, and folders with all that is in them, which a browser gives only by entries of its own.

export interface Found {
  readonly files: readonly { readonly path: string; readonly file: File }[];
  /** in which nothing is */
  readonly folders: readonly string[];
  /** what the browser may not or cannot read */
  readonly unreadable: readonly string[];
}

/** As many as the server takes at once. */
const MOST = 1_000;

export const isTooMany = ({ files, folders }: Found): boolean => files.length + folders.length > MOST;

/** Of a folder with far too much in it not all is looked at. Has to be called while the drop is being dealt with: what was dropped
 *  is nobody's after. */
export async function foundIn(transfer: DataTransfer): Promise<Found> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  // What a page made up has no entry.
  const dropped = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = { files: [] as { path: string; file: File }[], folders: [] as string[], unreadable: [] as string[] };
  const add = async (path: string, file: File) => {
    if (await isReadable(file)) found.files.push({ path, file });
    else found.unreadable.push(path);
  };
  const walk = async (entry: FileSystemEntry, path: string): Promise<void> => {
    try {
      if (isFile(entry)) await add(path, await new Promise((resolve, reject) => entry.file(resolve, reject)));
      else if (isDirectory(entry)) {
        const inside = await entriesOf(entry.createReader());
        if (inside.length === 0) found.folders.push(path);
        for (const one of inside) if (!isTooMany(found)) await walk(one, `${path}/${one.name}`);
      }
    } catch {
      found.unreadable.push(path);
    }
  };
  for (const { entry, file } of dropped) {
    if (entry) await walk(entry, entry.name);
    else if (file) await add(file.name, file);
  }
  return found;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A reader gives some at a time, and none at its end. */
async function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  while (all.length <= MOST) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}

/** One that cannot be read would break the upload of all. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
