/** Words of ours and of the host, in which `what is typed` stands between backticks. */
export function Sentence({ text }: { text: string }) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
