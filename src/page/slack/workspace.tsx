import type { Theme } from '../frame/theme.js';

export function Workspace({ theme }: { readonly theme: Theme }) {
  return <p>{theme}</p>;
}
