/* Decode base64, the form in which pixels and weights stand inside JSON and HTML. */

/** Decode a text in base64 into an ArrayBuffer. */
export function decodeBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < letters.length; index += 1) bytes[index] = letters.charCodeAt(index);
  return bytes.buffer;
}
