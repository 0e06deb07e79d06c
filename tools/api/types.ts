// TypeScript's types of an OpenAPI document, by openapi-typescript. It wants an older TypeScript than ours, so it is among the packages of
// src/console.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

interface Generator {
  default(document: string): Promise<unknown[]>;
  astToString(nodes: unknown[]): string;
}

const package_of_console = join(resolve(import.meta.dirname, '../..'), 'src/console/package.json');

export async function typesOf(document: string): Promise<string> {
  const generator = createRequire(package_of_console)('openapi-typescript') as Generator;
  const types = generator.astToString(await generator.default(document));
  return `// Made of docs/openapi.json by \`npm run api\`: what the clients of the API send and get.\n\n${types}`;
}
