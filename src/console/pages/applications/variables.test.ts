import t from 'tap';
import '../../../test-limit.ts';
import { readVariables, writeVariables } from './variables.ts';

t.test('a line is a variable', async (t) => {
  const text = 'MANGOHUD=1\n\n  WINE_ARGS=-a=b "c d"\nEMPTY=';
  const values = { MANGOHUD: '1', WINE_ARGS: '-a=b "c d"', EMPTY: '' };
  t.same(readVariables(text), { values, wrong_line: undefined });
  t.same(readVariables(writeVariables(values)).values, values);
});

t.test('the first line that is none is told', async (t) => {
  t.equal(readVariables('A=1\nexport B=2\nC').wrong_line, 'export B=2');
  t.equal(readVariables('1A=1').wrong_line, '1A=1');
});
