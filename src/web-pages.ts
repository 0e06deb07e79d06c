// A page in somebody's browser can make that browser ask any address it reaches. GameStream's servers and the local socket are for no page,
// and none of their clients sends these headers. (The console is: src/management/console-origin.ts.)

import type { IncomingHttpHeaders } from 'node:http';
import { PunktfunkError } from './errors.ts';

/** Headers that browsers add to what pages ask (RFC 6454, RFC 9110 10.1.3, Fetch Metadata). */
const of_pages = /^(?:origin|referer|sec-fetch-.*)$/;

/** Throws WEB_PAGE_REFUSED. */
export function refuseWebPages(headers: IncomingHttpHeaders): void {
  if (Object.keys(headers).some((name) => of_pages.test(name))) throw new PunktfunkError('WEB_PAGE_REFUSED');
}
