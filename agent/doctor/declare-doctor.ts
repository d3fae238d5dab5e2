// How `fs-sync doctor` is called.
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { painter } from '../terminal/paint.ts';
import type { Print } from '../terminal/print.ts';
import { type DoctorArgs, doctorCommand } from './doctor-command.ts';

export function declareDoctor(program: Command, print: Print): void {
  program
    .command('doctor')
    .description('look at all that a fleet needs on this machine, and say how to mend what is not well')
    .option('--strict', 'end with 2 also for what is only not as good as could be')
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync doctor', 'npx fs-sync doctor --strict --json'))
    .action(async (options: DoctorArgs) => {
      const { lines, exitCode } = await doctorCommand(options, painter(process.stdout, process.env));
      print(lines);
      process.exitCode = exitCode;
    });
}
