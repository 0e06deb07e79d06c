// Signing in and out, and tokens.

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { plainAddress } from '../../gamestream/connections.ts';
import type { Caller, SignedIn, Visitor } from '../../service/access.ts';
import type { HostService } from '../../service/host-service.ts';
import type { BrowserSession } from '../../trust/browser-sessions.ts';
import type { TokenRecord } from '../../trust/credentials.ts';
import { Cookies } from '../cookies.ts';
import { route } from '../route.ts';
import {
  Browser,
  BrowserPath,
  ConsoleLink,
  ConsoleState,
  LinkRequest,
  NewToken,
  PasswordRequest,
  SetUpRequest,
  SignInState,
  Token,
  TokenPath,
  TokenRequest,
} from '../schema/access.ts';
import { Done } from '../schema/common.ts';

/** Who speaks for others is no neighbour, wherever he stands: behind a proxy every visitor of the world would be one. */
function addressOf({ headers, socket }: FastifyRequest): string {
  const speaks_for_others = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => name in headers);
  return `${speaks_for_others ? 'proxy ' : ''}${plainAddress(socket.remoteAddress)}`;
}

const cookiesOf = ({ unique_id }: HostService): Cookies => new Cookies(unique_id);

function visitorOf(request: FastifyRequest, service: HostService): Visitor {
  const { cookie, 'user-agent': agent = '' } = request.headers;
  const cookies = cookiesOf(service);
  return {
    address: addressOf(request),
    agent,
    session: cookies.find(cookie, 'session'),
    device: cookies.find(cookie, 'device'),
  };
}

const stateOf = (service: HostService, caller: Caller | undefined, request: FastifyRequest): SignInState => ({
  signed_in: caller !== undefined,
  recent: caller?.recent ?? false,
  csrf: caller?.csrf ?? null,
  has_password: service.access.has_password,
  first_visit_s: service.access.firstVisit(addressOf(request)),
});

interface Signing {
  service: HostService;
  caller: Caller | undefined;
  request: FastifyRequest;
  reply: { header(name: string, value: string): unknown };
}

function signedIn(asked: Signing, { cookie, device, caller }: SignedIn): SignInState {
  const { service, request, reply } = asked;
  const cookies = cookiesOf(service);
  reply.header('set-cookie', cookies.keep('session', cookie));
  if (device !== undefined) reply.header('set-cookie', cookies.keep('device', device));
  asked.caller = caller;
  return stateOf(service, caller, request);
}

const tokenOf = ({ hash: _, ...token }: TokenRecord): Token => token;

const signing_routes = [
  route({
    method: 'GET',
    path: '/session',
    access: 'open',
    summary: 'Whether this browser is signed in, and how it can be',
    schema: { answer: SignInState },
    handler: ({ service, caller, request }) => stateOf(service, caller, request),
  }),
  route({
    method: 'POST',
    path: '/session',
    access: 'open',
    summary: 'Sign this browser in with the password',
    schema: { body: PasswordRequest, answer: SignInState },
    handler: async (asked) => {
      const { service, body, request } = asked;
      return signedIn(asked, await service.access.signIn(body.password, visitorOf(request, service)));
    },
  }),
  route({
    method: 'POST',
    path: '/session/set-up',
    access: 'open',
    summary: 'Choose the first password, with the set-up code or on the first visit',
    schema: { body: SetUpRequest, answer: SignInState },
    handler: async (asked) => {
      const { service, body, request } = asked;
      return signedIn(asked, await service.access.setUp(body.password, body.code, visitorOf(request, service)));
    },
    subject: (_, { code }) => (code === undefined ? 'on the first visit' : 'with the set-up code'),
  }),
  route({
    method: 'POST',
    path: '/session/link',
    access: 'open',
    summary: 'Sign this browser in with a link of the last minute, once',
    schema: { body: LinkRequest, answer: SignInState },
    handler: (asked) => {
      const { service, body, request } = asked;
      return signedIn(asked, service.access.followLink(body.secret, visitorOf(request, service)));
    },
  }),
  route({
    method: 'POST',
    path: '/session/confirm',
    access: 'admin',
    summary: 'Give the password once more, for what needs it within 10 minutes',
    schema: { body: PasswordRequest, answer: Done },
    handler: async ({ service, caller, body }) => {
      if (caller) await service.access.confirm(caller, body.password);
      return {};
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    access: 'read',
    summary: 'Sign this browser out',
    schema: { answer: Done },
    handler: ({ service, caller, reply }) => {
      if (caller?.kind === 'session') service.access.endBrowser(caller.id);
      reply.header('set-cookie', cookiesOf(service).signOut());
      return {};
    },
  }),
  route({
    method: 'PUT',
    path: '/password',
    access: 'admin_recent',
    summary: 'Choose another password; every other browser is signed out',
    schema: { body: PasswordRequest, answer: Done },
    handler: async ({ service, caller, body, reply }) => {
      const device = caller && (await service.access.changePassword(caller, body.password));
      if (caller?.kind === 'session') reply.header('set-cookie', cookiesOf(service).keep('device', device ?? ''));
      return {};
    },
  }),
];

const browserOf = (
  { id, address, agent, signed_in_at, last_used_at }: BrowserSession,
  caller: Caller | undefined,
): Browser => ({ id, address, agent, signed_in_at, last_used_at, current: caller?.id === id });

const browser_routes = [
  route({
    method: 'GET',
    path: '/browsers',
    access: 'admin',
    summary: 'The browsers that are signed in, the newest first',
    schema: { answer: Type.Array(Browser) },
    handler: ({ service, caller }) => service.access.browsers().map((one) => browserOf(one, caller)),
  }),
  route({
    method: 'DELETE',
    path: '/browsers/:id',
    access: 'admin',
    summary: 'Sign a browser out, wherever it is',
    schema: { params: BrowserPath, answer: Browser },
    handler: ({ service, caller, params }) => browserOf(service.access.endBrowser(params.id), caller),
    subject: ({ address }) => address,
  }),
];

const console_routes = [
  route({
    method: 'GET',
    path: '/console',
    access: 'admin_recent',
    summary: 'Where the console is, and the set-up code while there is no password',
    schema: { answer: ConsoleState },
    handler: ({ service }) => service.console(),
  }),
  route({
    method: 'POST',
    path: '/console/link',
    access: 'admin_recent',
    summary: 'A link that signs one browser in, within a minute',
    schema: { answer: ConsoleLink },
    handler: ({ service }) => service.consoleLink(),
  }),
];

const token_routes = [
  route({
    method: 'GET',
    path: '/tokens',
    access: 'admin',
    summary: 'The tokens of scripts, without their secrets',
    schema: { answer: Type.Array(Token) },
    handler: ({ service }) => service.access.tokens().map(tokenOf),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    access: 'admin_recent',
    summary: 'Make a token; its secret is told here and never again',
    schema: { body: TokenRequest, answer: NewToken },
    handler: ({ service, body }) => {
      const { token, secret } = service.access.createToken(body.name, body.scope, body.expires_days);
      return { token: tokenOf(token), secret };
    },
    subject: ({ token: { name, scope, id } }) => `${name}, ${scope}, ${id}`,
  }),
  route({
    method: 'DELETE',
    path: '/tokens/:id',
    access: 'admin',
    summary: 'Revoke a token',
    schema: { params: TokenPath, answer: Token },
    handler: ({ service, params }) => tokenOf(service.access.revokeToken(params.id)),
    subject: ({ name }) => name,
  }),
];

export const access_routes = [...signing_routes, ...browser_routes, ...console_routes, ...token_routes];
