import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import fastify from 'fastify';
import t from 'tap';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { serveConsoleFiles } from './console-files.ts';

t.test('what was there at the start is served as long as the host goes on, whatever an update does', async (t) => {
  const root = folder(t);
  mkdirSync(join(root, 'assets'));
  const put = (path: string, text: string) => {
    writeFileSync(join(root, path), text);
    writeFileSync(join(root, `${path}.br`), brotliCompressSync(text));
  };
  put('index.html', 'the old page');
  put('assets/old-12345678.js', 'the old script');
  const server = fastify();
  t.teardown(() => server.close());
  serveConsoleFiles(server, root);
  rmSync(join(root, 'assets'), { recursive: true });
  put('index.html', 'the new page');
  const get = (url: string, headers = {}) => server.inject({ url, headers });
  t.match(await get('/clients'), { statusCode: 200, body: 'the old page' });
  t.match(await get('/assets/old-12345678.js'), { statusCode: 200, body: 'the old script' });
  const short = await get('/assets/old-12345678.js', { 'accept-encoding': 'gzip, br' });
  t.match(short.headers, { 'content-encoding': 'br', 'content-type': /^text\/javascript/, vary: 'accept-encoding' });
  t.equal(brotliDecompressSync(short.rawPayload).toString(), 'the old script');
});
