/** One member of a list of structured fields (RFC 9651): a string with integer parameters. */
export interface ListMember {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>>;
}

const STRING = /^"[^"\\]*"$/;
const PARAMETER = /^[a-z*][a-z0-9_.*-]*=-?\d{1,15}$/;

/** Reads a list whose members are strings with integer parameters. @throws Error if it is anything else */
export function parseList(field: string | null | undefined): ListMember[] {
  if (field === null || field === undefined) throw new Error('the field is not there');
  return field.split(',').map((text) => {
    const [name = '', ...parameters] = text.trim().split(';');
    if (!STRING.test(name) || !parameters.every((parameter) => PARAMETER.test(parameter))) {
      throw new Error(`not a member of a list: ${text}`);
    }
    const pairs = parameters.map((parameter) => parameter.split('='));
    return {
      name: name.slice(1, -1),
      parameters: Object.fromEntries(pairs.map(([key, value]) => [key, Number(value)])),
    };
  });
}
