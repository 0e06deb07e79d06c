// What is typed and chosen: a label, the control, a line of help, what is wrong with it.

import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  SearchField as AriaSearchField,
  Select as AriaSelect,
  Switch as AriaSwitch,
  TextField as AriaTextField,
  FieldError,
  Input,
  type Key,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
  TextArea,
  type TextFieldProps,
} from 'react-aria-components';
import { words } from '../words.ts';
import './fields.css';

interface Described {
  label: string;
  help?: ReactNode;
}

interface TextProps extends Omit<TextFieldProps, 'children' | 'className'>, Described {
  /** Of the box, in characters; without it: as wide as its place. */
  width_ch?: 4 | 8 | 16;
  lines?: number;
  /** What is wrong with what is in it. */
  error?: string | undefined;
}

export function TextField({ label, help, width_ch, lines, error, ...rest }: TextProps) {
  return (
    <AriaTextField {...rest} isInvalid={error !== undefined} className={`field ${width_ch ? `wide-${width_ch}` : ''}`}>
      <Label>{label}</Label>
      {lines ? <TextArea rows={lines} /> : <Input />}
      {help && (
        <Text slot="description" className="help">
          {help}
        </Text>
      )}
      <FieldError className="wrong">{error}</FieldError>
    </AriaTextField>
  );
}

interface SearchProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
}

/** Without a visible label: its placeholder says the same. */
export function SearchField({ label, value, onChange }: SearchProps) {
  return (
    <AriaSearchField aria-label={label} value={value} onChange={onChange} className="field search">
      <Input placeholder={label} />
      <AriaButton className="clear">
        <span aria-hidden="true">×</span>
      </AriaButton>
    </AriaSearchField>
  );
}

interface SelectProps<T extends string> extends Described {
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; name: string }[];
  isDisabled?: boolean;
}

export function Select<T extends string>({
  label,
  help,
  value,
  onChange,
  options,
  isDisabled = false,
}: SelectProps<T>) {
  const choose = (key: Key | null) => {
    const chosen = options.find((option) => option.value === key);
    if (chosen) onChange(chosen.value);
  };
  return (
    <AriaSelect value={value} onChange={choose} isDisabled={isDisabled} className="field select">
      <Label>{label}</Label>
      <AriaButton className="box">
        <SelectValue />
        <span className="arrow" aria-hidden="true" />
      </AriaButton>
      {help && (
        <Text slot="description" className="help">
          {help}
        </Text>
      )}
      <Popover className="popover">
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem id={option.value} className="option">
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface SwitchProps extends Described {
  isSelected: boolean;
  onChange: (on: boolean) => void;
  isDisabled?: boolean;
}

export function Switch({ label, help, ...rest }: SwitchProps) {
  return (
    <AriaSwitch {...rest} className="switch">
      {({ isSelected }) => (
        <>
          <span className="track" aria-hidden="true" />
          <span>
            {label}
            <span className="unseen">{isSelected ? words.on : words.off}</span>
            {help && <span className="help">{help}</span>}
          </span>
        </>
      )}
    </AriaSwitch>
  );
}
