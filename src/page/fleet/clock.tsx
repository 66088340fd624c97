export function Clock() {
  return null;
}
