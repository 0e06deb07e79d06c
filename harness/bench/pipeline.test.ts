import t from 'tap';
import { judgement } from './pipeline.ts';

t.test('the judgement', async (t) => {
  const row = (name: string, frames_per_s: number, other_cores = 0) => ({ case: name, frames_per_s, other_cores });
  t.equal(judgement([row('720p60', 59.9), row('1080p still', 1)]), 'Every case held its 60 frames a second.');
  t.equal(
    judgement([row('720p60', 60), row('1080p60', 41.26, 1.52)]),
    'Short of 60 frames a second: 1080p60 (41.3).\nOthers used up to 1.5 cores meanwhile: repeat it on an idle machine.',
  );
});
