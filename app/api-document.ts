// As much of an OpenAPI document as is shown to people, and what is read from it: the type of a value in a word, the fields of a
// body, and a command that asks for an operation.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
export interface ApiDocument {
  readonly info: { readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
}
type Schemas = Readonly<Record<string, Schema>>;

/** An operation where it stands. */
export interface Placed {
  readonly path: string;
  /** in capitals */
  readonly method: string;
  readonly operation: Operation;
}

export const operationsOf = ({ paths }: ApiDocument): readonly Placed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

/** All that an operation takes, a row each: parameters, then the fields of a JSON body. */
export function takenBy({ parameters = [], requestBody }: Operation, schemas: Schemas): readonly Parameter[] {
  const { properties = {}, required = [] } = resolved(requestBody?.content['application/json']?.schema, schemas);
  const fields = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'body', schema, required: required.includes(name) },
  }));
  return [...parameters, ...fields];
}

const resolved = (schema: Schema | undefined, schemas: Schemas): Schema =>
  schema?.$ref === undefined ? (schema ?? {}) : (schemas[nameIn(schema.$ref)] ?? {});

const nameIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return nameIn(schema.$ref);
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  const some = schema.anyOf ?? schema.oneOf;
  if (some) return some.map(typeOf).join(' | ');
  if (schema.items) return `${typeOf(schema.items)}[]`;
  return schema.format ?? [schema.type ?? ''].flat().join(' | ');
}

/** @param base  address of the server, without a path */
export function curlOf({ path, method, operation }: Placed, base: string, schemas: Schemas): string {
  const { parameters = [], requestBody } = operation;
  const query = parameters.filter((one) => one.in === 'query' && one.required === true).map(({ name }) => `${name}=…`);
  const address = `${base}${path.replace(/\{(\w+)\}/g, '$1')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  const headers = parameters.filter((one) => one.in === 'header' && one.required === true);
  const schema = requestBody?.content['application/json']?.schema;
  const lines = [
    `curl${METHOD_OPTIONS[method] ?? ` -X ${method}`} -H "Authorization: Bearer $TOKEN"`,
    ...headers.map(({ name }) => `  -H '${name}: …'`),
    ...(schema ? [`  -H 'Content-Type: application/json' -d '${JSON.stringify(exampleOf(schema, schemas))}'`] : []),
    ...(requestBody && !schema ? ['  --data-binary @file'] : []),
    `  '${address}'`,
  ];
  return lines.join(' \\\n');
}

/** After a HEAD that it is only told of, curl waits for a body that never comes. */
const METHOD_OPTIONS: Readonly<Record<string, string>> = { GET: '', HEAD: ' --head' };

/** What is required of it, and one field where nothing is. */
function exampleOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const { type, properties, required = [], items, enum: words, const: word, anyOf, oneOf } = resolved(schema, schemas);
  const [some] = anyOf ?? oneOf ?? [];
  if (word !== undefined) return word;
  if (words) return words[0];
  if (some) return exampleOf(some, schemas, depth);
  if (properties && depth < 4) {
    const names = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
    return Object.fromEntries(names.map((name) => [name, exampleOf(properties[name] ?? {}, schemas, depth + 1)]));
  }
  if (items && depth < 4) return [exampleOf(items, schemas, depth + 1)];
  switch ([type].flat()[0]) {
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    default:
      return '…';
  }
}
