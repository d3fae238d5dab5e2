import { expect, test } from 'vitest';
import { parseTenant } from '../model/ids.ts';
import { eventStream, indexBucket, kvStream, objectBucket, objectStream } from './nats-names.ts';
import { doingOf } from './nats-subject-words.ts';

const tenant = parseTenant('default');
const index = indexBucket(tenant);
const objects = objectBucket(tenant, 3);

test.each([
  [`$JS.API.DIRECT.GET.${kvStream(index)}.$KV.${index}.projects.demo.current`, 'reading the index'],
  [`$KV.${index}.projects.demo.current`, 'writing the index'],
  [`$JS.API.DIRECT.GET.${objectStream(objects)}`, 'reading objects'],
  [`$O.${objects}.C.9f2c`, 'writing objects'],
  [`$JS.API.CONSUMER.MSG.NEXT.${eventStream(tenant)}.archiver`, 'reading the events'],
  ['fs.events.default.demo.PathCreated', 'writing the events'],
  ['$JS.API.INFO', 'asking JetStream'],
])('%s is %s', (subject, words) => expect(doingOf(subject)).toBe(words));
