// What the server keeps in memory of the records, so that a page asks nobody: each board follows its part of them, and wakes the
// pages that show it.

import type { Clock } from '../core/model/clock.ts';
import type { ProjectName } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import { ArchiveLagWatch } from './archive-lag.ts';
import { type ChangeBus, topicsOf } from './change-bus.ts';
import { DeadLetterBoard } from './dead-letter-board.ts';
import { DeletedProjects } from './deleted-projects.ts';
import { Fleet } from './fleet.ts';
import { JobBoard } from './job-board.ts';
import { PinBoard } from './pin-board.ts';
import { ProjectTiers } from './project-tiers.ts';
import type { ReadModel } from './read-model/read-model.ts';
import { followPolicies } from './settings-queries.ts';
import type { Stores } from './stores.ts';
import type { StandingTasks } from './supervise.ts';

export interface BoardsIo {
  readonly stores: Pick<Stores, 'index' | 'nodes' | 'jobs' | 'events'>;
  readonly readModel: Pick<ReadModel, 'pathOf'>;
  readonly bus: Pick<ChangeBus, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Boards {
  readonly fleet: Fleet;
  readonly tiers: ProjectTiers;
  readonly pins: PinBoard;
  readonly deleted: DeletedProjects;
  readonly board: JobBoard;
  readonly letters: DeadLetterBoard;
  readonly lag: ArchiveLagWatch;
  readonly tasks: StandingTasks;
}

export function openBoards({ stores, readModel, bus, clock, log }: BoardsIo): Boards {
  const { index, nodes, jobs, events } = stores;
  const changed = (project: ProjectName) => bus.publish(topicsOf([project]));
  const jobsChanged = () => bus.publish([{ kind: 'jobs' }]);
  const fleet = new Fleet(
    { index, nodes, clock, log },
    { projects: (projects) => bus.publish(topicsOf(projects)), nodes: () => bus.publish([{ kind: 'nodes' }]) },
  );
  const tiers = new ProjectTiers(log);
  const pins = new PinBoard(index);
  const deleted = new DeletedProjects(index, log, changed);
  const board = new JobBoard({ jobs, clock, log }, jobsChanged);
  const letters = new DeadLetterBoard(
    { jobs, log, pathOf: (sha, project) => readModel.pathOf(sha, project) },
    jobsChanged,
  );
  const lag = new ArchiveLagWatch({ events, clock }, jobsChanged);
  return {
    ...{ fleet, tiers, pins, deleted, board, letters, lag },
    tasks: {
      'following projects': (signal) => fleet.followCurrents(signal),
      'following tiers': (signal) => tiers.follow(index, changed, signal),
      'following policies': (signal) => followPolicies(index, () => bus.publish([{ kind: 'settings' }]), signal),
      'following pins': (signal) => pins.follow(changed, signal),
      'following deleted projects': (signal) => deleted.follow(signal),
      'following jobs': (signal) => board.follow(signal),
      'following dead letters': (signal) => letters.follow(signal),
      'watching the archive': (signal) => lag.follow(signal),
      'following nodes': (signal) => fleet.followNodes(signal),
    },
  };
}
