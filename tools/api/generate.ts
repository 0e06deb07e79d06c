// Makes docs/openapi.json of the API's routes, and src/api/schema.ts, the types of its clients, of that.
//   npm run api                             writes them
//   node tools/api/generate.ts --check      says what is stale; exit code 1

import { keepGenerated } from '../generated.ts';
import { describeApi } from './document.ts';
import { typesOf } from './types.ts';

const document = `${JSON.stringify(await describeApi(), null, 2)}\n`;
const files = { 'docs/openapi.json': document, 'src/api/schema.ts': await typesOf(document) };
keepGenerated(files, 'the routes', 'npm run api');
