import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { words } from '../words.ts';
import { Button } from './button.tsx';
import { ErrorNote } from './notes.tsx';
import './dialog.css';

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** `edge`: the whole height at the left edge. */
  kind?: 'middle' | 'edge';
}

/** Keeps the focus while it is open and gives it back after; Escape and a press beside it close it. */
export function Dialog({ title, isOpen, onClose, children, kind = 'middle' }: Props) {
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={(open) => open || onClose()} isDismissable className={`shade ${kind}`}>
      <Modal className="modal">
        <AriaDialog className="dialog">
          <div className="row apart">
            <Heading slot="title">{title}</Heading>
            <Button kind="quiet" slot="close" aria-label={words.close}>
              <span aria-hidden="true">×</span>
            </Button>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps {
  title: string;
  /** What will happen, and what will be lost. */
  children: ReactNode;
  /** The verb on the button. */
  action: string;
  isOpen: boolean;
  isPending?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asked before what cannot be taken back. */
export function ConfirmDialog({ title, children, action, isOpen, isPending, error, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <div className="soft">{children}</div>
      <ErrorNote error={error} />
      <div className="row end">
        <Button onPress={onClose}>{words.cancel}</Button>
        <Button kind="danger" isPending={isPending ?? false} onPress={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
