import { fieldsIn, visibleText } from '../../simulators/slack/json.js';
import { type Control, labelled } from './control.js';

/** A file of the person's own machine. */
export function FileControl(control: Control) {
  const { element, entry, onChange, onLeave } = control;
  const types = Array.isArray(element['filetypes']) ? element['filetypes'] : [];
  const given = fieldsIn(entry['files']).map((file) => visibleText(file['name']));
  const give = async (file: File): Promise<void> => {
    onChange({ file: { name: file.name, mimetype: file.type, base64: await base64Of(file) } });
    onLeave();
  };
  return (
    <>
      <input
        {...labelled(control)}
        type="file"
        accept={types.map((type) => `.${String(type)}`).join(',')}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) void give(file);
        }}
      />
      {given.length === 0 ? null : <p className="hint">Given: {given.join(', ')}</p>}
    </>
  );
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
