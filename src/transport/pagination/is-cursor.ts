import { ValidateBy } from 'class-validator';

/** Any text. `Cursors` refuses what is none of its own, by the same code whatever is wrong with it. */
export const IsCursor = () =>
  ValidateBy({
    name: 'isCursor',
    validator: {
      validate: (value: unknown) => typeof value === 'string',
      defaultMessage: () => 'must be a cursor',
    },
  });
