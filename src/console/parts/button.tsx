import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import './button.css';

interface Props extends Omit<ButtonProps, 'children' | 'className'> {
  children: ReactNode;
  /** One `primary` a page: what most people came for. `danger`: what cannot be taken back. `quiet`: without a frame. */
  kind?: 'primary' | 'danger' | 'plain' | 'quiet';
}

/** While `isPending` it cannot be pressed, says so to screen readers, and turns. */
export function Button({ kind = 'plain', children, ...rest }: Props) {
  return (
    <AriaButton {...rest} className={`button ${kind}`}>
      {children}
      {rest.isPending && <span className="turning" aria-hidden="true" />}
    </AriaButton>
  );
}
