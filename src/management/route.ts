// A route as data: what it is called, who may use it, what it takes and answers, and what does it. The documents in schema/ are validation,
// types and what is told of the API at once.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Caller } from '../service/access.ts';
import type { HostService } from '../service/host-service.ts';
import type { Access } from './access.ts';

/** An answer that is no JSON: the handler returns its bytes or a stream of them, or writes itself (`reply.hijack()`). */
export interface Content {
  content_type: string;
  /** Of a stream: what each message holds. */
  messages?: TSchema;
}

/** A body that is no JSON: the handler gets its bytes. */
interface Upload extends Content {
  max_bytes: number;
}

export interface RouteSchema {
  /** Of `:name` in the path. */
  params?: TSchema;
  /** After the `?`: numbers and booleans come as such. */
  query?: TSchema;
  body?: TSchema;
  upload?: Upload;
  answer: TSchema | Content;
}

type Given<S, Key extends string> = S extends { [K in Key]: infer T extends TSchema } ? Static<T> : undefined;
type Answer<S extends RouteSchema> = S['answer'] extends TSchema ? Static<S['answer']> : unknown;

/** What a handler gets. */
interface Asked<S> {
  service: HostService;
  /** Undefined on open routes alone, for somebody who is not signed in. Who signs in sets it. */
  caller: Caller | undefined;
  params: Given<S, 'params'>;
  query: Given<S, 'query'>;
  body: S extends { upload: Upload } ? Buffer : Given<S, 'body'>;
  request: FastifyRequest;
  reply: FastifyReply;
}

export interface Route<S extends RouteSchema = RouteSchema> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1. */
  path: `/${string}`;
  /** Where others look for it by themselves: not below. */
  at_root?: true;
  access: Access;
  /** What it does, in a line. */
  summary: string;
  schema: S;
  handler(asked: Asked<S>): Answer<S> | Promise<Answer<S>>;
  /** Of a change that was made: what of it the audit log names besides the path's parameters. Never a secret. */
  subject?(answer: Answer<S>, body: Given<S, 'body'>): string;
}

/** Checks that the handler fits its documents; after that a route is one of many. */
export const route = <S extends RouteSchema>(one: Route<S>): Route => one as unknown as Route;
