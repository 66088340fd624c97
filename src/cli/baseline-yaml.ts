import { stringify } from 'yaml';
import type { Rule } from '../baseline/rules.js';
import type { BaselineVersion } from '../baseline/store.js';
import { getSetting, settings } from '../settings/catalogue.js';
import { actorWords } from './command.js';

/**
 * A baseline version as YAML that is the same for the same rules: in catalogue order, each rule under its label, pictures
 * whole. Long texts stay on one line.
 */
export function baselineYaml({ version, publishedAt, publishedBy, rules }: BaselineVersion): string {
  const head = `# Baseline v${version}, published ${publishedAt} by ${actorWords(publishedBy)}.\n`;
  if (rules.length === 0) return `${head}rules: []\n`;
  return `${head}rules:\n${inOrder(rules).map(ruleYaml).join('')}`;
}

/** Rules in catalogue order; of one setting the widest target first. */
export function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const places = new Map(settings.map(({ key }, index) => [key, index]));
  const placeOf = ({ key }: Rule): number => places.get(key) ?? settings.length;
  return rules.toSorted(
    (a, b) => placeOf(a) - placeOf(b) || breadth(a) - breadth(b) || (a.target < b.target ? -1 : 1),
  );
}

function ruleYaml({ key, value, mode, target }: Rule): string {
  const text = stringify([{ setting: key, value, mode, target }], { lineWidth: 0 });
  return `  # ${getSetting(key).label}\n${text.replace(/^(?=.)/gm, '  ')}`;
}

function breadth({ target }: Rule): number {
  if (target === 'all') return 0;
  return target.startsWith('tag:') ? 1 : 2;
}
