export const MAX_DEVICE_BYTES = 2048;

/** A text or a JSON object, neither empty nor beyond `MAX_DEVICE_BYTES`, that UTF-8 can hold. */
export function isDevice(value: unknown): boolean {
  const isText = typeof value === 'string' && value.length > 0;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isText && !isObject) return false;
  const json = JSON.stringify(value);
  const bytes = Buffer.byteLength(isText ? value : json);
  return bytes <= MAX_DEVICE_BYTES && !/\\ud[89a-f]/.test(json.replaceAll('\\\\', ''));
}
