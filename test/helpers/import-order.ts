/**
 * The units of `src` from the lowest to the highest: a unit may import itself and what stands before its line.
 * `docs/architecture.md` and its picture tell the same.
 */
export const ORDER: readonly (readonly string[])[] = [
  ['errors'],
  ['telemetry'],
  ['settings'],
  ['storage'],
  ['xapi'],
  ['ctx'],
  ['audit'],
  ['fleet'],
  ['baseline'],
  ['changes'],
  ['drift'],
  ['jobs'],
  ['http'],
  ['config'],
  ['slack', 'cli'],
  ['app'],
  ['main', 'cli.ts', 'demo'],
  ['page'],
];
