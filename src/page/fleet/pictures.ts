const TYPES: readonly (readonly [string, string])[] = [
  ['iVBOR', 'png'],
  ['/9j/', 'jpeg'],
  ['R0lG', 'gif'],
  ['UklG', 'webp'],
  ['PHN2', 'svg+xml'],
  ['PD94', 'svg+xml'],
];

/** A picture that can be drawn, from the base64 that a PBX keeps; null for an address or an identifier. */
export function pictureOf(value: string): { readonly url: string; readonly size: string } | null {
  const type = TYPES.find(([start]) => value.startsWith(start))?.[1];
  if (type === undefined) return null;
  return { url: `data:image/${type};base64,${value}`, size: sizeOf(Math.floor((value.length * 3) / 4)) };
}

/** The base64 of a chosen file. */
export async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (const byte of bytes) text += String.fromCodePoint(byte);
  return btoa(text);
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KiB`;
}
