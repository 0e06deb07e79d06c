// The console's files as they are when the host starts: a map from path to content, so that no path of a request ever becomes one of the
// disk, and a host that goes on while it is updated serves whole pages of its own version.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PunktfunkError } from '../errors.ts';
import { package_root, repair } from '../installation.ts';
import { plainPage } from './plain-page.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

const folder = join(package_root, 'build/console');
const not_built = plainPage({ message: "The console's pages are not there.", cure: `Run: \`${repair}\`` }, false);

interface File {
  type: string;
  content: Buffer;
  brotli: Buffer | undefined;
  /** Its name has a hash of what is in it. */
  forever: boolean;
}

/** What is served, by the path in its address. */
function filesIn(root: string): Map<string, File> {
  if (!existsSync(root)) return new Map();
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile() && Object.hasOwn(types, extname(entry.name)));
  return new Map(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const address = path.slice(root.length);
      const file = {
        type: types[extname(path)] ?? '',
        content: readFileSync(path),
        brotli: existsSync(`${path}.br`) ? readFileSync(`${path}.br`) : undefined,
        forever: address.startsWith('/assets/'),
      };
      return [address, file];
    }),
  );
}

/** Adds the console to a server: its files, and its document for each address that is a page. */
export function serveConsoleFiles(server: FastifyInstance, root = folder): void {
  const files = filesIn(root);
  const send = ({ type, content, brotli, forever }: File, request: FastifyRequest, reply: FastifyReply) => {
    reply
      .type(type)
      .header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
      .header('vary', 'accept-encoding');
    if (!brotli || !/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(content);
    return reply.header('content-encoding', 'br').send(brotli);
  };
  for (const [address, file] of files) server.get(address, (request, reply) => send(file, request, reply));
  // The document for every address that is a page, as the console's own router knows them.
  for (const page of ['/', '/:page', '/:page/:part'])
    server.get(page, (request, reply) => {
      const [path = ''] = request.url.split('?', 1);
      // No page has such a name: it is a file that is not there, of another version maybe.
      if (path.startsWith('/api/') || extname(path) !== '') throw new PunktfunkError('REQUEST_UNKNOWN');
      const document = files.get('/index.html');
      if (document) return send(document, request, reply);
      return reply.type('text/html; charset=utf-8').send(not_built);
    });
}
