// The example of docs/EVENTS.md, run as it stands there: a stock NATS client, which knows nothing of this program, consumes events
// and checks each by its JSON Schema.
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneOfEach } from '../../app/testing/fake-events.ts';
import { eventJsonSchema } from '../../core/api/event.ts';
import { type FsEvent, subjectProject } from '../../core/model/event.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { useNats } from '../../core/testing/use-nats.ts';

const nats = useNats();
let plain: NatsConnection;
beforeAll(async () => {
  plain = await connect({ servers: nats.rig.url });
});
afterAll(() => plain.close());

async function told(): Promise<{ readonly tenant: string; readonly events: readonly FsEvent[] }> {
  const tenant = nats.rig.freshTenant();
  await ensureTenant(nats.link, tenant, { shards: 1 });
  const events = oneOfEach(Date.UTC(2026, 0, 1)).map((event) => ({ ...event, tenant }));
  await natsEventLog(nats.link, tenant).publish(events);
  return { tenant, events };
}

function schema() {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(eventJsonSchema());
}

test('a plain client gets every event under the subject that its name says, and each is what its schema says', async () => {
  const { tenant, events } = await told();
  const consumer = await jetstream(plain).consumers.get(`FS_EVENTS_${tenant}`);
  const validate = schema();
  const got: unknown[] = [];
  for await (const message of await consumer.consume()) {
    const event = message.json<FsEvent>();
    expect([event.type, validate(event), validate.errors]).toEqual([event.type, true, null]);
    expect(message.subject).toBe(`fs.events.${tenant}.${subjectProject(event.project)}.${event.type}`);
    expect(message.headers?.get('Nats-Msg-Id')).toBe(event.id);
    got.push(event);
    if (got.length === events.length) break;
  }
  expect(got).toEqual(events);
});

test('the example of docs/EVENTS.md gets the changes of a project, in order', async () => {
  const { tenant, events } = await told();
  const page = readFileSync(new URL('../../docs/EVENTS.md', import.meta.url), 'utf8');
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';
  const body = code.replace(/^import .*$/gm, '').replaceAll('default', tenant);
  const printed: string[] = [];
  const wanted = events
    .filter(({ type, project }) => type.startsWith('Path') && project === 'demo')
    .map(({ id }) => id);
  let stop: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => (stop = resolve));
  const print = (id: string) => {
    printed.push(id);
    if (printed.length === wanted.length) stop();
  };
  const example = new Function(...['connect', 'jetstream', 'process', 'print'], `return (async () => {${body}})()`) as (
    ...given: unknown[]
  ) => Promise<void>;
  let opened: NatsConnection | undefined;
  const connecting = async (options: object) => (opened = await connect(options));
  const running = example(connecting, jetstream, { env: { NATS_URL: nats.rig.url } }, print);
  await enough;
  await opened?.close();
  await running;
  expect(printed).toEqual(wanted);
});
