export function Fleet() {
  return <p>…</p>;
}
