// An application as the form has it, and as the host takes it.

import type { components } from '../../../api/schema.ts';
import { words } from '../../words.ts';
import { readCommand, writeCommand } from './command-line.ts';
import { readVariables, writeVariables } from './variables.ts';

export type Application = components['schemas']['Application'];
export type ApplicationSummary = components['schemas']['ApplicationSummary'];
export type ApplicationEdit = components['schemas']['ApplicationEdit'];

export interface Step {
  key: number;
  do: string;
  undo: string;
}

/** As it is typed. */
export interface Form {
  title: string;
  command: string;
  working_directory: string;
  environment: string;
  steps: readonly Step[];
}

export function formOf(application: Application | undefined): Form {
  const { title = '', command = [], working_directory = '', environment = {}, prepare = [] } = application ?? {};
  return {
    title,
    command: writeCommand(command),
    working_directory,
    environment: writeVariables(environment),
    steps: prepare.map((step, key) => ({
      key,
      do: writeCommand(step.do ?? []),
      undo: writeCommand(step.undo ?? []),
    })),
  };
}

const say = words.applications.wrong;

/** What is wrong with what was typed, by place; nothing: it can be sent. */
export function wrongIn({
  title,
  command,
  working_directory,
  environment,
  steps,
}: Form): Partial<Record<keyof Form, string>> {
  const unfinished = (text: string) => readCommand(text).unfinished;
  const { wrong_line } = readVariables(environment);
  return {
    ...(title.trim() === '' && { title: say.title }),
    ...(unfinished(command) && { command: say.unfinished }),
    ...(!/^(?:\/.*)?$/.test(working_directory.trim()) && { working_directory: say.working_directory }),
    ...(wrong_line !== undefined && { environment: say.variable(wrong_line) }),
    ...(steps.some((step) => unfinished(step.do) || unfinished(step.undo)) && { steps: say.unfinished }),
  };
}

/** What is empty is left out. */
export function applicationOf({ title, command, working_directory, environment, steps }: Form): ApplicationEdit {
  const { words } = readCommand(command);
  const { values } = readVariables(environment);
  const prepare = steps.map((step) => ({ do: readCommand(step.do).words, undo: readCommand(step.undo).words }));
  const kept = prepare.filter((step) => step.do.length + step.undo.length > 0);
  return {
    title: title.trim(),
    ...(words.length > 0 && { command: words }),
    ...(working_directory.trim() !== '' && { working_directory: working_directory.trim() }),
    ...(Object.keys(values).length > 0 && { environment: values }),
    ...(kept.length > 0 && {
      prepare: kept.map((step) => ({
        ...(step.do.length > 0 && { do: step.do }),
        ...(step.undo.length > 0 && { undo: step.undo }),
      })),
    }),
  };
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const others = list.toSpliced(from, 1);
  return others.toSpliced(to, 0, ...list.slice(from, from + 1));
}
