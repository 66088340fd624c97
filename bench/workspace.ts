/** How an app reaches the simulated workspace. */
export interface Workspace {
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
}

/** How many commands come at the same time. */
const AT_THE_SAME_TIME = 50;

export const CHANNEL = 'C0PBX';
export const PEOPLE: readonly string[] = Array.from({ length: AT_THE_SAME_TIME }, (_, nth) => `U0P${nth}`);
