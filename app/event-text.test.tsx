import { expect, test } from 'vitest';
import { eventText } from './event-text.tsx';
import { oneOfEach } from './testing/fake-events.ts';
import { FAKE_NOW } from './testing/fake-time.ts';

test('what nodes and their workspaces do is told in words', () => {
  const told = oneOfEach(FAKE_NOW, 'docs')
    .filter(({ type }) => type.startsWith('Node') || type.startsWith('Workspace'))
    .map((event) => `${event.type}: ${eventText(event).subject} ${eventText(event).detail}`);
  expect(told).toEqual([
    'NodeJoined: node-b version 0.1.0',
    'NodeLeft: node-b stopped by hand',
    'WorkspaceActivated: node-b holds the project in /srv/demo',
    'WorkspaceDeactivated: node-b does not hold docs of the project in /srv/handbook any more',
  ]);
});
