// What a few typed words may mean: a screen, a project, a node, a job, a path, something to
// do with a project. Every word must be in the name; a name that
// begins with what was typed comes first.
import type { IconName } from '../components/icon.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import type { Queries } from './context.ts';
import { STATE_WORDS, scopeOf, taskWord } from './job-parts.tsx';
import { sections } from './sections.ts';
import {
  historyUrl,
  jobUrl,
  manageUrl,
  nodeUrl,
  plainFileUrl,
  policyUrl,
  projectUrl,
  shareUrl,
  whyUrl,
} from './url.ts';

export interface Found {
  readonly icon: IconName;
  readonly text: string;
  /** where it is or how it stands, beside the name */
  readonly detail: string;
  readonly href: string;
}

export interface FoundGroup {
  readonly word: string;
  readonly found: readonly Found[];
}

/** Of one kind; what is meant by a few more letters is not worth a scroll. */
const MOST_OF_A_KIND = 6;
const JOBS_LOOKED_AT = 50;
/** Files are searched in so many projects, that of the page first. */
const PROJECTS_LOOKED_IN = 8;

/** @param here  the project of the page that asks: its paths come first */
export async function find(queries: Queries, typed: string, here: ProjectName | undefined): Promise<FoundGroup[]> {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const projects = (await queries.projects()).map(({ name }) => name).sort((a, b) => order(a, b, here));
  const groups: FoundGroup[] = [
    { word: 'Screens', found: best(words, screens()) },
    { word: 'Projects', found: best(words, projects.map(projectFound)) },
    { word: 'Nodes', found: best(words, await nodes(queries)) },
    { word: 'Jobs', found: best(words, words.length === 0 ? [] : await jobs(queries)) },
    { word: 'Actions', found: actions(words, projects, here) },
    { word: 'Files', found: await files(queries, typed.trim(), projects) },
  ];
  return groups.filter(({ found }) => found.length > 0);
}

const order = (a: ProjectName, b: ProjectName, here: ProjectName | undefined): number =>
  Number(b === here) - Number(a === here) || (a < b ? -1 : 1);

function best(words: readonly string[], all: readonly Found[]): Found[] {
  const first = words[0] ?? '';
  const ranked = all
    .map((found) => ({ found, name: `${found.text} ${found.detail}`.toLowerCase() }))
    .filter(({ name }) => words.every((word) => name.includes(word)))
    .map(({ found, name }) => ({ found, rank: name.startsWith(first) ? 0 : 1 }));
  // The sort is stable: names of one rank stay as they came.
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_OF_A_KIND)
    .map(({ found }) => found);
}

const screens = (): Found[] =>
  sections.map(({ word, icon, href, key }) => ({ icon, text: word, detail: `g ${key}`, href }));

const projectFound = (name: ProjectName): Found => ({
  icon: 'boxes',
  text: name,
  detail: '',
  href: projectUrl(name),
});

/** What can be asked of a project, by the word that asks it. Each leads to where it says how much it is, and is agreed to. */
const ACTIONS: readonly { readonly text: string; readonly icon: IconName; href(name: ProjectName): string }[] = [
  { text: 'Promote', icon: 'flame', href: (name) => `${manageUrl(name)}#start-promote` },
  { text: 'Evict', icon: 'arrow-down', href: (name) => `${manageUrl(name)}#start-evict` },
  { text: 'Resync', icon: 'refresh-cw', href: (name) => `${manageUrl(name)}#resync` },
  { text: 'Repair', icon: 'wrench', href: (name) => `${manageUrl(name)}#start-repair` },
  { text: 'Share', icon: 'share-2', href: (name) => shareUrl(name, '') },
  { text: 'Pin', icon: 'pin', href: (name) => `${manageUrl(name)}#pin-path` },
  { text: 'Archive', icon: 'snowflake', href: (name) => `${manageUrl(name)}#start-archive` },
  { text: 'Deactivate', icon: 'pause', href: (name) => `${manageUrl(name)}#start-deactivate` },
  { text: 'History', icon: 'history', href: (name) => historyUrl(name) },
  { text: 'Why', icon: 'info', href: (name) => whyUrl(name) },
  { text: 'Policies', icon: 'settings', href: (name) => policyUrl(name) },
  { text: 'Manage', icon: 'layers', href: (name) => manageUrl(name) },
];

/** Of the project of the page, and of any other when a word asks for it: a project's name alone means the project. */
function actions(words: readonly string[], projects: readonly ProjectName[], here: ProjectName | undefined): Found[] {
  if (words.length === 0 && here === undefined) return [];
  const meant = ACTIONS.filter(
    ({ text }) => words.length === 0 || words.some((word) => text.toLowerCase().startsWith(word)),
  );
  const of = words.length === 0 ? projects.slice(0, 1) : projects;
  return best(
    words,
    of.flatMap((name) =>
      meant.map(({ text, icon, href }) => ({ icon, text: `${text} ${name}`, detail: '', href: href(name) })),
    ),
  );
}

async function nodes(queries: Queries): Promise<Found[]> {
  const known = (await queries.nodes()) ?? [];
  return known.map(({ node, host }) => ({ icon: 'server', text: node, detail: host ?? '', href: nodeUrl(node) }));
}

async function jobs(queries: Queries): Promise<Found[]> {
  const { jobs: newest } = await queries.jobs({ limit: JOBS_LOOKED_AT });
  return newest.map(({ job }) => ({
    icon: 'layers',
    text: `${taskWord(job.task)} ${scopeOf(job.task)}`,
    detail: `${STATE_WORDS[job.state]} · ${job.id}`,
    href: jobUrl(job.id),
  }));
}

async function files(queries: Queries, typed: string, projects: readonly ProjectName[]): Promise<Found[]> {
  if (typed === '') return [];
  const looked = projects.slice(0, PROJECTS_LOOKED_IN);
  const found = await Promise.all(
    looked.map((project) => queries.search(project, { text: typed, limit: MOST_OF_A_KIND })),
  );
  return found
    .flatMap((one) => one?.rows.map((row) => ({ project: one.project, row })) ?? [])
    .slice(0, MOST_OF_A_KIND)
    .map(({ project, row }) => ({
      icon: 'file',
      text: row.path,
      detail: project,
      href: plainFileUrl(project, row.path),
    }));
}
