// How long a test file may take, imported for that alone: by `node FILE` the same as by tap (.taprc). No judgement, an end for what hangs:
// a busy machine takes minutes for what an idle one does in seconds.

import t from 'tap';

t.setTimeout(900_000);
