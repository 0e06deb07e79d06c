// Opens a link that has a secret. What a program is started with can be read by every user of the machine; so it is started with a file
// that its own user alone can read, and that leads on.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** $1: the file; $2: what opens it, which may go on for as long as the browser; $3: seconds in which the link is good. */
const open_and_remove = '"$2" "$1" & sleep "$3"; rm -f "$1"';

const page = (url: string): string =>
  `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>punktfunk</title>
<meta http-equiv="refresh" content="0;url=${url}"><a href="${url}">The console</a>
`;

/** `folder`: of this user alone. Returns at once; the file goes when the link is good no more. Throws the file system's errors. */
export function openPrivateLink(
  url: string,
  { folder, program, good_s }: { folder: string; program: string; good_s: number },
): void {
  const file = join(folder, `punktfunk-${randomBytes(8).toString('hex')}.html`);
  writeFileSync(file, page(url), { mode: 0o600, flag: 'wx' });
  spawn('sh', ['-c', open_and_remove, 'sh', file, program, String(good_s)], { detached: true, stdio: 'ignore' })
    .on('error', () => {})
    .unref();
}
