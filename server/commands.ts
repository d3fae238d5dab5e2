// What people and programs may ask of projects, files, jobs, nodes and policies: carried out, and recorded in the audit log.
import type { AppServices } from '../app/context.ts';
import type { Audit } from '../core/audit/audit-trail.ts';
import { auditedFiles, auditedJobs, auditedNodes, auditedPolicies, auditedProjects } from './audited-commands.ts';
import { type FileCommandIo, fileCommands } from './file-commands.ts';
import { type JobCommandIo, jobCommands } from './job-commands.ts';
import { nodeCommands } from './node-commands.ts';
import { type ProjectCommandIo, projectCommands } from './project-commands.ts';
import { policyCommands } from './settings-queries.ts';
import type { Stores } from './stores.ts';

export interface CommandIo
  extends Omit<FileCommandIo, 'index'>,
    Omit<ProjectCommandIo, 'index' | 'nodeRecords' | 'shares' | 'jobs'>,
    Pick<JobCommandIo, 'alike'> {
  readonly stores: Pick<Stores, 'index' | 'nodes' | 'shares' | 'jobs'>;
  readonly audit: Audit;
}

type Commands = 'fileCommands' | 'jobCommands' | 'nodeCommands' | 'policyCommands' | 'projectCommands';

export function commands({ stores, audit, ...io }: CommandIo): Pick<AppServices, Commands> {
  const { index, nodes: nodeRecords, shares, jobs } = stores;
  const { objects, nodes, clock, changed, alike } = io;
  return {
    fileCommands: auditedFiles(fileCommands({ ...io, index }), audit),
    jobCommands: auditedJobs(jobCommands({ jobs, index, nodes, clock, alike }), audit),
    nodeCommands: auditedNodes(nodeCommands({ nodes: nodeRecords, clock }), audit),
    policyCommands: auditedPolicies(policyCommands(index), audit),
    projectCommands: auditedProjects(
      projectCommands({ objects, nodes, index, clock, nodeRecords, shares, jobs, changed }),
      audit,
    ),
  };
}
