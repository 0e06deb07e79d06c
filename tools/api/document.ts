// docs/openapi.json of the routes: what is sent and answered, and who may ask.

import { isDeepStrictEqual } from 'node:util';
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import type { Content, Route } from '../../src/management/route.ts';
import { routes } from '../../src/management/routes.ts';
import { ErrorReport } from '../../src/management/schema/common.ts';

type Schema = Record<string, unknown>;
// JSON Schema's own words.
const id = '$id';
const reference = '$ref';

export async function describeApi(): Promise<object> {
  const server = fastify();
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'punktfunk',
        version: '1',
        description: 'The management API of a host. `x-access` of a route says who may use it.',
        license: { name: 'MIT OR Apache-2.0' },
      },
      tags: tagsOf(),
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
  });
  const documents = new Map<string, Schema>();
  for (const route of routes) addRoute(server.route.bind(server), route, documents);
  for (const document of documents.values()) server.addSchema(document);
  await server.ready();
  return server.swagger();
}

const subjectOf = ({ path }: Route): string => path.split('/')[1] ?? '';
const tagsOf = () => [...new Set(routes.map(subjectOf))].map((name) => ({ name }));

function addRoute(add: (options: never) => unknown, route: Route, documents: Map<string, Schema>): void {
  const { params, query, body, upload, answer } = route.schema;
  const name = (schema: unknown): unknown => byName(schema, documents);
  const granted = isContent(answer)
    ? { content: { [answer.content_type]: { schema: answer.messages ? name(answer.messages) : {} } } }
    : name(answer);
  const consumes = upload && {
    body: { content: { [upload.content_type]: { schema: { type: 'string', format: 'binary' } } } },
  };
  add({
    method: route.method,
    url: route.at_root ? route.path : `/api/v1${route.path}`,
    schema: {
      summary: route.summary,
      tags: [subjectOf(route)],
      'x-access': route.access,
      ...(params && { params: name(params) }),
      ...(query && { querystring: name(query) }),
      ...(body && { body: name(body) }),
      ...consumes,
      response: { 200: granted, default: name(ErrorReport) },
    },
    handler: () => ({}),
  } as never);
}

const isContent = (answer: Route['schema']['answer']): answer is Content => 'content_type' in answer;

/** The same with a reference in the place of each document that has a title; those are noted under it. */
function byName(schema: unknown, documents: Map<string, Schema>): unknown {
  if (Array.isArray(schema)) return schema.map((part) => byName(part, documents));
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, byName(part, documents)]));
  const { title, ...rest } = parts;
  if (typeof title !== 'string') return parts;
  const document = { [id]: title, ...rest };
  if (!isDeepStrictEqual(documents.get(title) ?? document, document))
    throw new Error(`two documents of the API have the title ${title}, and are not the same`);
  documents.set(title, document);
  return { [reference]: `${title}#` };
}
