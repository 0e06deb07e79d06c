// A program for tests that changes what a host keeps, again and again, until it is killed: it tells of each round when that is written.

import { LiveConfig } from './config/live.ts';
import { createLogger } from './log.ts';
import { Credentials } from './trust/credentials.ts';

const data_dir = process.env.TEST_DATA_DIR ?? '';
const config = new LiveConfig(data_dir, {}, {});
const credentials = Credentials.open(data_dir, createLogger({ level: 'silent', pretty: false }));

function change(round: number): void {
  config.change({ name: `${round}`, encoder_crf: 10 + (round % 30) });
  config.changeApps(() => [{ title: `${round}`, command: ['x'.repeat(round % 4096 || 1)] }]);
  for (const { id } of credentials.tokens()) credentials.removeToken(id);
  credentials.addToken(`${round}`, 'read', undefined);
}

const first = Number(process.env.TEST_FIRST_ROUND);
const next = (round: number) => {
  change(round);
  process.send?.(round);
  setImmediate(next, round + 1);
};
next(first);
