import { type Static, Type } from 'typebox';
import { max_token_name_length, scopes } from '../../trust/credentials.ts';
import { Nullable } from './common.ts';

const password = Type.String({ maxLength: 256 });
const closed = { additionalProperties: false };

/** What a page has to know before anything else. */
export const SignInState = Type.Object(
  {
    signed_in: Type.Boolean(),
    recent: Type.Boolean({ description: 'the password was given within the last 10 minutes' }),
    csrf: Nullable(Type.String({ description: 'goes with each change, as the header x-punktfunk-csrf' })),
    has_password: Type.Boolean({ description: 'false: it is chosen with the set-up code' }),
    first_visit_s: Type.Integer({ description: 'so long the password may be chosen from here without the code' }),
  },
  { title: 'SignInState' },
);
export type SignInState = Static<typeof SignInState>;

export const PasswordRequest = Type.Object({ password }, { title: 'PasswordRequest', ...closed });
export const SetUpRequest = Type.Object(
  { password, code: Type.Optional(Type.String({ maxLength: 32 })) },
  { title: 'SetUpRequest', ...closed },
);
export const LinkRequest = Type.Object({ secret: Type.String({ maxLength: 64 }) }, { title: 'LinkRequest', ...closed });

/** What the person at the machine is told. */
export const ConsoleState = Type.Object(
  {
    addresses: Type.Array(Type.String(), { description: 'where browsers find the console; none: it is switched off' }),
    fingerprint: Type.String({ description: "SHA-256 of the host's certificate" }),
    set_up_code: Nullable(Type.String()),
    first_visit_s: Type.Integer(),
  },
  { title: 'ConsoleState' },
);
export type ConsoleState = Static<typeof ConsoleState>;

export const ConsoleLink = Type.Object({ url: Type.String(), expires_s: Type.Integer() }, { title: 'ConsoleLink' });

export const Browser = Type.Object(
  {
    id: Type.String(),
    address: Type.String({ description: 'from where it signed in' }),
    agent: Type.String({ description: 'what it says that it is (User-Agent)' }),
    signed_in_at: Type.String(),
    last_used_at: Type.String(),
    current: Type.Boolean({ description: 'it is the one that asks' }),
  },
  { title: 'Browser', description: 'One that is signed in.' },
);
export type Browser = Static<typeof Browser>;
export const BrowserPath = Type.Object({ id: Type.String({ maxLength: 64 }) });

export const Token = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    scope: Type.Enum([...scopes]),
    created_at: Type.String(),
    expires_at: Nullable(Type.String()),
    last_used_at: Nullable(Type.String()),
  },
  { title: 'Token' },
);
export type Token = Static<typeof Token>;

export const TokenRequest = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: max_token_name_length,
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
    }),
    scope: Type.Enum([...scopes]),
    expires_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  { title: 'TokenRequest', ...closed },
);

export const NewToken = Type.Object(
  { token: Token, secret: Type.String({ description: 'told here and never again' }) },
  { title: 'NewToken' },
);
export const TokenPath = Type.Object({ id: Type.String({ maxLength: 64 }) });
