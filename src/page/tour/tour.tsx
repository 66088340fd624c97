export function Tour() {
  return <p>…</p>;
}
