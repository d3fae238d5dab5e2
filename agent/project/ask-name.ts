// Asks whether what cannot be taken back for ever is meant: the person types the name. The question goes to stderr, so that
// what is printed stays a program's to read.
import { createInterface } from 'node:readline/promises';
import type { ProjectName } from '../../core/model/ids.ts';
import { SettingsError } from '../../core/settings/env.ts';

/** @throws SettingsError  another name, or none, was given */
export type AskName = (project: ProjectName, why: string) => Promise<void>;

export const askName: AskName = async (project, why) => {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    process.stderr.write(`${why} Type its name to delete it: `);
    for await (const line of lines) {
      if (line.trim() === project) return;
      throw new SettingsError(`${JSON.stringify(line)} is not ${project}, so nothing was deleted`);
    }
    throw new SettingsError(`nothing was deleted: type the name, or give --yes`);
  } finally {
    lines.close();
  }
};
