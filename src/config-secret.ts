/** How to mend a secret that cannot be one. */
export const SECRET_MEND = 'Put the secret there alone: one line, without quotes or comments.';

/**
 * What is wrong with a secret or token that has no spaces around it, in words that follow “which”, or null. Something that
 * cannot be a secret is never sent: a PBX locks a client out after a few wrong ones. Never tells the secret.
 */
export function secretFault(secret: string): string | null {
  if (/^[ \t]*#/.test(secret)) return 'begins with a comment';
  if (/[\r\n]/.test(secret)) return 'holds a line break';
  if (/[\p{Cc}\p{Cf}\uFFFD]/u.test(secret)) return 'holds a character that cannot be seen or read';
  return /^(["'`]).*\1$/.test(secret) ? 'has quotes around it' : null;
}
