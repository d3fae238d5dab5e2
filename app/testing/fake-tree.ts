// What is asked of the files of a fleet that is made up: pages of them, searches, their bytes.
import { fakeSha, type ProjectName } from '../../core/model/ids.ts';
import { comparePaths, isUnder } from '../../core/model/rel-path.ts';
import type { Queries } from '../context.ts';
import { searchWords } from '../search-words.ts';
import { type FakeFile, fakeTiers, fileRow, rowsOf, shaOfFile, sizeOf } from './fake-files.ts';
import type { FakeFleet } from './fake-fleet.ts';

type Asked = 'files' | 'search' | 'survey' | 'file' | 'versionAt' | 'link' | 'object' | 'peek' | 'read';

export function treeQueries(fleet: FakeFleet): Pick<Queries, Asked> {
  const read: Queries['read'] = async (sha, _project, range) => {
    fleet.failIfAsked();
    for (const { files } of fleet.madeProjects.values()) {
      for (const file of files.values()) {
        if (shaOfFile(file) !== sha) continue;
        const whole = typeof file.content === 'string' ? Buffer.from(file.content) : file.content;
        const bytes = range ? whole.subarray(range.start, range.end) : whole;
        return { sizeBytes: whole.length, bytes: oneChunk(bytes) };
      }
    }
    throw new Error('the fake has no such object');
  };

  return {
    files: async (name, { prefix, cursor, limit }) => {
      fleet.failIfAsked();
      const project = fleet.madeProjects.get(name);
      if (!project) return undefined;
      const under = [...project.files.values()].filter((file) => isUnder(file.path, prefix));
      const rows = rowsOf(under, prefix).filter((row) => cursor === undefined || comparePaths(row.name, cursor) > 0);
      const shown = rows.slice(0, limit);
      return {
        project: name,
        prefix,
        commitSha: fakeSha('commit'),
        rows: shown,
        next: rows.length > limit ? shown.at(-1)?.name : undefined,
        files: under.length,
        bytes: under.reduce((sum, file) => sum + sizeOf(file), 0),
      };
    },
    search: async (name, { text, cursor, limit }) => {
      fleet.failIfAsked();
      const project = fleet.madeProjects.get(name);
      if (!project) return undefined;
      const words = searchWords(text.toLowerCase());
      const found = [...project.files.values()]
        .filter(({ path }) => words.length > 0 && words.every((word) => path.toLowerCase().includes(word)))
        .sort((a, b) => comparePaths(a.path, b.path));
      const from = Number(cursor ?? '0');
      return {
        project: name,
        rows: found.slice(from, from + limit).map(fileRow),
        next: found.length > from + limit ? String(from + limit) : undefined,
        indexed: fleet.indexed,
      };
    },
    survey: async (name, paths) => {
      fleet.failIfAsked();
      const project = fleet.madeProjects.get(name);
      if (!project) return undefined;
      const files = [...project.files.values()].filter(({ path }) =>
        paths.some((one) => one === path || isUnder(path, one)),
      );
      const amount = (some: readonly FakeFile[]) => ({
        files: some.length,
        bytes: some.reduce((sum, file) => sum + sizeOf(file), 0),
      });
      const inTiers = (hot: boolean, cold: boolean) =>
        amount(
          files
            .map(fakeTiers)
            .flatMap((tiers, i) => (tiers.hot === hot && (tiers.cold !== null) === cold ? (files[i] ?? []) : [])),
        );
      const gone = paths.filter((one) => !files.some(({ path }) => one === path || isUnder(path, one))).length;
      const tiers = {
        onlyCold: inTiers(false, true),
        both: inTiers(true, true),
        unproven: inTiers(true, false),
        pinned: amount([]),
      };
      return { ...amount(files), gone, tiers: fleet.surveysLook ? tiers : undefined };
    },
    file: async (name, path) => {
      fleet.failIfAsked();
      const file = fleet.madeProjects.get(name)?.files.get(path);
      if (!file) return undefined;
      return {
        project: name,
        file: fileRow(file),
        mime: file.mime ?? 'application/octet-stream',
        commitSha: fakeSha('commit'),
        nodes: fleet.summary(name).nodes,
        pinnedBy: fleet.pins.find((pin) => pin.path === path || isUnder(path, pin.path))?.path,
      };
    },
    versionAt: async (commit, path) => fleet.versions.get(`${commit}\0${path}`),
    link: async ({ project, sha }) => {
      const files = fleet.madeProjects.get(project)?.files.values() ?? [];
      const file = [...files].find((one) => shaOfFile(one) === sha);
      return file && fleet.links.get(file.path);
    },
    object: async (sha) => {
      fleet.failIfAsked();
      const files = [...fleet.madeProjects.values()].flatMap((project) => [...project.files.values()]);
      const file = files.find((one) => shaOfFile(one) === sha);
      return file && { sizeBytes: sizeOf(file), tiers: fakeTiers(file) };
    },
    peek: (sha, range) => read(sha, 'demo' as ProjectName, range),
    read,
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
