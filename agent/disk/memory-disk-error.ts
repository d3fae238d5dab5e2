// The errors of a disk in memory: with the system's codes, as those of Node have them.

export class MemoryDiskError extends Error {
  override name = 'MemoryDiskError';
  readonly code: string;

  constructor(code: string, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

/** What a process meets that is dead already: it has no code, because nobody is left to handle it. */
export class ProcessDeadError extends Error {
  override name = 'ProcessDeadError';
  constructor() {
    super('the process is dead');
  }
}
