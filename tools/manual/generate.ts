// Makes packaging/manual of what --help shows: the manual page, and completion for three shells.
//   npm run manual                             writes them
//   node tools/manual/generate.ts --check      says what is stale; exit code 1

import { keepGenerated } from '../generated.ts';
import { bashCompletion } from './bash.ts';
import { describeHost } from './description.ts';
import { fishCompletion } from './fish.ts';
import { manualPage } from './page.ts';
import { zshCompletion } from './zsh.ts';

// The reader's default, not that of who runs this.
process.env.PUNKTFUNK_DATA_DIR = '~/.local/share/punktfunk';
const description = await describeHost();
const files = {
  'packaging/manual/punktfunk-host.1': manualPage(description),
  'packaging/manual/punktfunk-host.bash': bashCompletion(description),
  'packaging/manual/_punktfunk-host': zshCompletion(description),
  'packaging/manual/punktfunk-host.fish': fishCompletion(description),
};
keepGenerated(files, 'the texts of --help', 'npm run manual');
