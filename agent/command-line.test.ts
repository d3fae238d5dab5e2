// What holds for every command: it says what it does, shows how it is called, and speaks to programs too. And what a shell completes.
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandLine } from './command-line.ts';
import { candidatesFor, visible } from './completion/candidates.ts';

interface Named {
  /** such as `job start` */
  readonly name: string;
  readonly command: Command;
}

function leaves(command: Command, above = ''): Named[] {
  return visible(command).flatMap((one) => {
    const name = `${above}${one.name()}`;
    return visible(one).length > 0 ? leaves(one, `${name} `) : [{ name, command: one }];
  });
}

/** Why a command has no `--json`. */
const NO_JSON: Readonly<Record<string, string>> = {
  up: 'runs until it is ended',
  server: 'runs until it is ended; its log is JSON',
  agent: 'runs until it is ended; its log is JSON',
  run: 'its output is that of the command that it runs',
  cat: 'its output is the bytes',
  completion: 'its output is a script',
  'exit-codes': 'is for people',
  activate: 'its exit code says all',
  deactivate: 'its exit code says all',
  forget: 'its exit code says all',
  answer: 'its exit code says all',
};

const ALL = leaves(commandLine());

test('there are commands, and each reason is of one that there is', () => {
  const names = ALL.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(40);
  expect(names).toEqual(expect.arrayContaining(Object.keys(NO_JSON)));
});

test.each(ALL.map(({ name, command }) => [name, command] as const))(
  '%s says what it does, shows an example, and has --json or a reason',
  (name, command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(command.description()).toMatch(/^[a-z].{10,}[^.]$/);
    expect(help).toMatch(new RegExp(`Examples:\\n(.*\\n)*.*fs-sync ${name}\\b`));
    expect(command.options.some(({ long }) => long === '--json')).toBe(NO_JSON[name] === undefined);
    for (const { description, flags } of command.options) expect(description, flags).not.toBe('');
  },
);

const words = (...typed: string[]) => {
  const found = candidatesFor(commandLine(), typed);
  return found.kind === 'words' ? found.words : found.kind;
};

test('a shell completes commands, options, choices, and asks for names of projects', () => {
  expect(words('')).toEqual(expect.arrayContaining(['ls', 'doctor', 'job', 'help']));
  expect(words('')).not.toContain('__complete');
  expect(words('job', '')).toEqual(expect.arrayContaining(['start', 'list', 'cancel']));
  expect(words('ls', '--')).toEqual(expect.arrayContaining(['--long', '-l', '--json', '--help']));
  expect(words('activate', '--mode', '')).toEqual(['two-way', 'receive', 'send']);
  expect(words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  for (const typed of [
    ['ls', ''],
    ['ls', '-l', 'si'],
    ['events', '--project', ''],
    ['project', 'delete', ''],
    ['get', '--to', 'x', ''],
  ]) {
    expect(words(...typed), typed.join(' ')).toBe('projects');
  }
  for (const typed of [
    ['ls', 'site', ''],
    ['get', '--to', ''],
    ['project', 'create', ''],
    ['nothing', ''],
  ]) {
    expect(words(...typed), typed.join(' ')).not.toBe('projects');
  }
});
