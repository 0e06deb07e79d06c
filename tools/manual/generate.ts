// Makes packaging/manual of what --help shows, of the host and of the kit: the manual page, and completion for three shells.
//   npm run manual                             writes them
//   node tools/manual/generate.ts --check      says what is stale; exit code 1

import { keepGenerated } from '../generated.ts';
import { bashCompletion } from './bash.ts';
import { describeHost } from './description.ts';
import { fishCompletion } from './fish.ts';
import { describeKit } from './kit.ts';
import { kitPage } from './kit-page.ts';
import { manualPage } from './page.ts';
import { zshCompletion } from './zsh.ts';

// The reader's default, not that of who runs this.
process.env.PUNKTFUNK_DATA_DIR = '~/.local/share/punktfunk';
const host = await describeHost();
const kit = describeKit();
const completions = [host, kit].flatMap((description) => {
  const path = (name: string) => `packaging/manual/${name}`;
  const { program } = description;
  return [
    [path(`${program}.bash`), bashCompletion(description)],
    [path(`_${program}`), zshCompletion(description)],
    [path(`${program}.fish`), fishCompletion(description)],
  ] as const;
});
const files = {
  'packaging/manual/punktfunk-host.1': manualPage(host),
  'packaging/manual/punktfunk-harness.1': kitPage(kit),
  ...Object.fromEntries(completions),
};
keepGenerated(files, 'the texts of --help', 'npm run manual');
