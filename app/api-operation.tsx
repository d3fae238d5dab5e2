// One operation of the HTTP API as its page shows it: a line to find it by, and under it what it takes, what it answers, and a
// command to try it with.
import { CopyButton } from '../components/copy-button.tsx';
import { Icon } from '../components/icon.tsx';
import { type ApiDocument, curlOf, type Parameter, type Placed, takenBy, typeOf } from './api-document.ts';

interface Shown extends Placed {
  /** address of the server, without a path */
  readonly base: string;
  readonly schemas: ApiDocument['components']['schemas'];
}

export function OperationPart({ base, schemas, ...placed }: Shown) {
  const { path, method, operation } = placed;
  const { operationId, summary, description } = operation;
  const taken = takenBy(operation, schemas);
  const command = curlOf(placed, base, schemas);
  return (
    <details class="api-operation">
      <summary>
        <Icon name="chevron-right" />
        <code class={METHOD_LOOKS[method]}>{method}</code>
        <code class="breakable">{path}</code>
        <span class="muted">{summary}</span>
      </summary>
      {/* Within what is folded: a browser unfolds it for who follows a link to it. */}
      <div class="api-body" id={operationId}>
        {description
          .split('\n\n')
          .filter((text) => text !== summary)
          .map((text) => (
            <p>
              <Words text={text} />
            </p>
          ))}
        {taken.length === 0 ? null : <Taken rows={taken} />}
        <dl class="api-answers">
          {Object.entries(operation.responses)
            .filter(([status]) => status !== 'default')
            .map(([status, answer]) => (
              <div>
                <dt class="num">{status}</dt>
                <dd>
                  <Words text={answer.description} />
                </dd>
              </div>
            ))}
          <div>
            <dt>else</dt>
            <dd>
              <p>
                a <a href="#problems">problem</a>
              </p>
            </dd>
          </div>
        </dl>
        <div class="command">
          <code>{command}</code>
          <CopyButton value={command} label={`Copy the command of ${operationId}`} />
        </div>
      </div>
    </details>
  );
}

const METHOD_LOOKS: Readonly<Record<string, string>> = {
  POST: 'cat-create',
  PUT: 'cat-update',
  PATCH: 'cat-update',
  DELETE: 'cat-remove',
};

function Taken({ rows }: { rows: readonly Parameter[] }) {
  return (
    <table class="api-table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">In</th>
          <th scope="col">Type</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, in: where, required, schema, description = schema.description ?? '' }) => (
          <tr>
            <td>
              <code>{name}</code>
              {required === true ? null : <span class="muted"> optional</span>}
            </td>
            <td class="muted">{where}</td>
            <td>
              <code>{typeOf(schema)}</code>
            </td>
            <td>
              <Words text={description} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What stands between backticks is code. */
export function Words({ text }: { text: string }) {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code>{part}</code> : part))}</>;
}
