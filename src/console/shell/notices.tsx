import { dismiss, useNotices } from '../notices.ts';
import { Button } from '../parts/button.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { words } from '../words.ts';

export function Notices() {
  return (
    <div className="notices" role="log" aria-live="polite">
      {useNotices().map(({ id, kind, sentence, cure }) => (
        <div key={id} className={`note ${kind}`}>
          <span>
            <strong>
              <Sentence text={sentence} />
            </strong>{' '}
            {cure && <Sentence text={cure} />}
          </span>
          <Button kind="quiet" aria-label={words.dismiss} onPress={() => dismiss(id)}>
            <span aria-hidden="true">×</span>
          </Button>
        </div>
      ))}
    </div>
  );
}
