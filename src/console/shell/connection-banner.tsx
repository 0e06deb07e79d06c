import { useConnectionLost } from '../connection.ts';
import { words } from '../words.ts';

export function ConnectionBanner() {
  const lost = useConnectionLost();
  return (
    <div role="status" className="connection">
      {lost && (
        <p className="note warn">
          <strong>{words.connection.lost}</strong> {words.connection.mending}
        </p>
      )}
    </div>
  );
}
