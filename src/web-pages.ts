// A page in somebody's browser can make that browser ask any address it reaches. Nothing of ours is for pages, and no client sends these
// headers.

import type { IncomingHttpHeaders } from 'node:http';

/** Headers that browsers add to what pages ask (RFC 6454, RFC 9110 10.1.3, Fetch Metadata). */
const of_pages = /^(?:origin|referer|sec-fetch-.*)$/;

export class NotForWebPages extends Error {
  readonly statusCode = 403;
  override readonly message = 'Web pages may not speak to this host.';
}

export const isOfWebPage = (headers: IncomingHttpHeaders): boolean =>
  Object.keys(headers).some((name) => of_pages.test(name));
