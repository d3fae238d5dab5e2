// What the exit code of a command says to a script.

export const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'a fault of the program: its message is for a bug report'],
  ['2', 'something to mend first: what was asked, a setting, a server that is away; the message says what'],
  ['129, 130, 143', 'it was ended by a signal: hung up, Ctrl-C, told to end'],
];

/** Commands whose code says more. */
const MORE: readonly (readonly [string, string])[] = [
  ['run', 'ends as its command did; 2 also when its work could not be committed'],
  ['status', '0 when an agent answered, whatever it said; 2 when none did'],
  [
    'doctor',
    '0 when nothing fails; 2 when something does, with --strict also when something is not as good as could be',
  ],
  ['get', '2 also when some files are not here; each is named'],
  ['job start', '2 also when the job failed, or was cancelled'],
  ['webhook test', '2 also when the receiver did not take it; so does webhook resend'],
];

export const exitCodesText = (): string =>
  [
    'Exit codes:',
    ...EXIT_CODES.map(([code, what]) => `  ${code.padEnd(14)}  ${what}`),
    '',
    ...MORE.map(([command, what]) => `  ${command.padEnd(14)}  ${what}`),
  ].join('\n');
