import { menu, type Select } from './kit.js';

/** Which ends of requests a person is told. */
export type PreferenceName = 'all' | 'own' | 'none';

const WORDS: Readonly<Record<PreferenceName, string>> = {
  all: 'how what I asked or decided ends',
  own: 'how what I asked ends',
  none: 'nothing',
};

/** What a preference means, as the end of “You are told …”. */
export function preferenceWords(preference: PreferenceName): string {
  return WORDS[preference].replaceAll('I ', 'you ');
}

/** The menu in which a person chooses what they are told, with what holds now. */
export function preferenceMenu(preference: PreferenceName): Select {
  const select = menu(
    'notify.choose',
    'Tell me…',
    Object.entries(WORDS).map(([value, words]) => ({ value, text: `Tell me ${words}` })),
  );
  const initial = select.options?.find(({ value }) => value === preference);
  return initial === undefined ? select : { ...select, initial_option: initial };
}
