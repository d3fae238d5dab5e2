import { expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { Books } from './books.ts';

test('what was synced is owed after a power loss, until somebody writes the same bytes into it again', () => {
  const sha = shaOf('content');
  const owedAfter = (isWrittenAgain: boolean) => {
    const books = new Books();
    const files = new Map([['file', sha]]);
    books.note(new Map(), files, true);
    books.synced(sha);
    if (isWrittenAgain) books.written(sha);
    books.powerLost(files, new Map(), new Map());
    return [...books.owed.keys()];
  };
  expect(owedAfter(false)).toEqual([sha]);
  expect(owedAfter(true)).toEqual([]);
});

test('what was moved out and back is the power’s again, until it is synced where it came back to', () => {
  const sha = shaOf('content');
  const books = new Books();
  const files = new Map([['file', sha]]);
  books.note(new Map(), files, true);
  books.synced(sha);
  books.note(files, new Map(), true);
  books.note(new Map(), files, true);
  expect([...books.owed.keys()]).toEqual([sha]);
  books.powerLost(files, new Map(), new Map());
  expect([...books.owed.keys()]).toEqual([]);
});
