import { type Fields, visibleText } from '../../simulators/slack/json.js';
import { Dialog } from './dialog.js';

interface ConfirmProps {
  readonly confirm: Fields;
  onConfirm(): void;
  onDeny(): void;
}

/** The question Slack asks before something is done. */
export function Confirm({ confirm, onConfirm, onDeny }: ConfirmProps) {
  const isDanger = confirm['style'] === 'danger';
  return (
    <Dialog title={visibleText(confirm['title'])} onClose={onDeny}>
      <p>{visibleText(confirm['text'])}</p>
      <footer className="dialog-foot">
        <button type="button" onClick={onDeny}>
          {visibleText(confirm['deny']) || 'Cancel'}
        </button>
        <button type="button" className={isDanger ? 'danger solid' : 'primary'} onClick={onConfirm}>
          {visibleText(confirm['confirm']) || 'OK'}
        </button>
      </footer>
    </Dialog>
  );
}
