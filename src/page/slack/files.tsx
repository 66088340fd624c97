import type { SlackState } from '../frame/world.js';

/** The files of a message, to be looked at or kept. */
export function Files({ slack, ids }: { readonly slack: SlackState; readonly ids: readonly string[] }) {
  const files = slack.files.filter(({ id }) => ids.includes(id));
  if (files.length === 0) return null;
  return (
    <ul className="files">
      {files.map(({ id, name, title, mimetype, size }) => (
        <li key={id}>
          <a href={`/files/${id}/${encodeURIComponent(name)}`} download={name}>
            {mimetype.startsWith('image/') ? (
              <img src={`/files/${id}/${encodeURIComponent(name)}`} alt={title} />
            ) : null}
            {name}
          </a>{' '}
          <small>{size.toLocaleString('en')} bytes</small>
        </li>
      ))}
    </ul>
  );
}
