import { useState } from 'react';
import { words } from '../words.ts';
import { Button } from './button.tsx';

/** A value to be typed elsewhere, with a button that copies it. */
export function Copyable({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <span className="copyable">
      <code>{text}</code>
      <Button kind="quiet" aria-label={`${words.copy} ${text}`} onPress={() => void copy()}>
        {copied ? words.copied : words.copy}
      </Button>
    </span>
  );
}
