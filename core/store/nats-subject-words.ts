// What a question to NATS is about, in a person's words: subjects and streams are names of ours, which mean nothing to who
// reads why something waits.

/** By what the names of buckets and streams begin with. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\bfs_objects_/, 'objects'],
  [/\bfs_index_/, 'the index'],
  [/\bfs_nodes_/, 'the records of nodes'],
  [/\bfs_jobs_/, 'the records of jobs'],
  [/\bfs_shares_/, 'the share links'],
  [/\bfs_tokens_/, 'the API tokens'],
  [/\bfs_webhooks_/, 'the webhooks'],
  [/\bFS_EVENTS_|^fs\.events\./, 'the events'],
  [/\bFS_AUDIT_|^fs\.audit\./, 'the audit log'],
];

/** Such as `reading the index`. */
export function doingOf(subject: string): string {
  // A bucket's name follows its stream's prefix, which is a part of the same word.
  const name = subject.replaceAll(/(KV|OBJ)_/g, ' ');
  const kind = KINDS.find(([begins]) => begins.test(name))?.[1];
  const isOfJetStream = subject.startsWith('$JS.');
  if (kind === undefined) return isOfJetStream ? 'asking JetStream' : `asking ${subject}`;
  return isOfJetStream ? `reading ${kind}` : `writing ${kind}`;
}
