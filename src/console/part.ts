// What a page is made of is loaded when it is first shown.

import { PartMissing } from './errors.ts';

/** Its loader throws PartMissing, in whatever words the browser says it. */
export const part =
  <T>(load: () => Promise<T>): (() => Promise<T>) =>
  () =>
    load().catch((cause: unknown) => {
      throw new PartMissing('missing', { cause });
    });
