import { createContext, use } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { CommandResult, FillValue, PressResult, SubmitResult } from '../../simulators/slack/types.js';
import { ask } from '../frame/api.js';

/** Where something is pressed. */
export type Where =
  | { readonly kind: 'message'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'modal' }
  | { readonly kind: 'home' };

/** A value as the control interface takes it: a file's bytes as base64. */
export type Filled =
  | Exclude<FillValue, object>
  | readonly string[]
  | { readonly file: { readonly name: string; readonly mimetype: string; readonly base64: string } };

/** Everything a person can do in the workspace. Each call throws `Refused` with the reason. */
export interface Acting {
  command(channel: string, line: string): Promise<CommandResult>;
  say(channel: string, text: string): Promise<unknown>;
  press(where: Where, action: string, choice?: string): Promise<PressResult>;
  fill(values: Readonly<Record<string, Filled>>): Promise<unknown>;
  submit(): Promise<SubmitResult>;
  dismiss(): Promise<unknown>;
  openHome(): Promise<unknown>;
}

/** What the person who is played can do. */
export function useActing(): Acting {
  const person = use(PersonContext);
  const client = useQueryClient();
  const act = async <T>(what: string, body: object): Promise<T> => {
    const result = await ask<T>(`/slack/people/${person}/${what}`, body);
    await client.invalidateQueries({ queryKey: ['slack'] });
    return result;
  };
  return {
    command: (channel, line) => act('command', { channel, line }),
    say: (channel, text) => act('say', { channel, text }),
    press: ({ kind, ...place }, action, choice) =>
      act('press', { where: kind, ...place, action, ...(choice === undefined ? {} : { choice }) }),
    fill: (values) => act('fill', { values }),
    submit: () => act('submit', {}),
    dismiss: () => act('dismiss', {}),
    openHome: () => act('home', {}),
  };
}

/** The id of the person who is played. */
export const PersonContext = createContext('');

/** What Slack's client says where the app did not answer. */
export const UNANSWERED: Readonly<Record<string, string>> = {
  operation_timeout: 'The app did not answer in time. Try again.',
  not_connected: 'The app is not connected.',
  invalid_response: 'We had some trouble connecting. Try again?',
};
