import fc from 'fast-check';
import t from 'tap';
import '../../../test-limit.ts';
import { readCommand, writeCommand } from './command-line.ts';

const letter = fc.constantFrom('a', 'ß', ' ', '\n', '\\', '"', "'", '$', '-');
const words = (text: string) => readCommand(text).words;

t.test('a command reads as a shell reads its words', async (t) => {
  t.same(words('foot -e  htop'), ['foot', '-e', 'htop']);
  t.same(words(`steam "-start=big picture" 'a "b"' c\\ d ""`), ['steam', '-start=big picture', 'a "b"', 'c d', '']);
  t.same(words('  '), []);
  t.same(words(`a"b c"d`), ['ab cd']);
  t.same(words('$HOME *'), ['$HOME', '*'], 'nothing is put in for them: no shell reads it');
});

t.test('what has no end is told', async (t) => {
  t.ok(readCommand('foot "a b').unfinished);
  t.ok(readCommand('foot \\').unfinished);
  t.notOk(readCommand(`foot "a'b"`).unfinished);
});

t.test('what is written is read as the same words', async () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: letter, maxLength: 8 }), { maxLength: 6 }), (command) => {
      const { words, unfinished } = readCommand(writeCommand(command));
      return !unfinished && JSON.stringify(words) === JSON.stringify(command);
    }),
  );
});
